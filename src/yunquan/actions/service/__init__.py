"""Entering actions, the end of a day, and what people see."""
