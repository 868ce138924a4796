"""The day end, step by step."""
