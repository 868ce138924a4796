"""Use cases of this room, by what is checked."""
