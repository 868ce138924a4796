"""Peers, each in an environment of its own: what they need is no part of ours.

Their programs (`*_job.py`) are run by another Python and import nothing of this repository.
"""
