"""The market tape in files."""
