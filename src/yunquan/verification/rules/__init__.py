"""Decisions about codes and checks. Pure."""
