"""What the archive does."""
