"""What signing does."""
