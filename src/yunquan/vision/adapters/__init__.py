"""Adapters of the vision room."""
