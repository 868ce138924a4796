"""The depository behind the offices' address."""
