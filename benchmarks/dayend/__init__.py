"""Benchmarks of the day end."""
