"""The archive as a file."""
