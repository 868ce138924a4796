"""Use cases of this room, by what they look after."""
