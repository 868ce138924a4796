"""Asking the depository, and settling by hand what it answered oddly."""
