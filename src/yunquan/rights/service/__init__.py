"""Subscribing, the end of a day, how issues end, and what people see."""
