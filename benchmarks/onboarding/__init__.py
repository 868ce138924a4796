"""Remote account opening."""
