"""Conditional orders: what a quote costs while many wait."""
