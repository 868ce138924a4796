"""Whole simulated days: the counter and the exchange together."""
