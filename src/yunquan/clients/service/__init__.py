"""Use cases of this room, by noun."""
