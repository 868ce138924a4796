"""Keeping what was shown, collecting packs, verifying them."""
