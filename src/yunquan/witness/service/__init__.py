"""Use cases of the witness."""
