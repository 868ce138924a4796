"""Yunquan (云券): an open internet brokerage. One folder per capability; see docs/tour.md for the reading order."""
