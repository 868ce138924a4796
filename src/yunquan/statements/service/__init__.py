"""What may be asked of statements."""
