"""Decisions of signing: which texts are in force, what is filled in, what must have been shown."""
