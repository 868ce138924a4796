"""Screening people, taking lists, comparing faces."""
