"""Decisions of the archive: words to find by, kinds and their years, what may be shown."""
