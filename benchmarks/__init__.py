"""Measurements of what Yunquan promises, each beside the peer it is compared with, in the same
run.
"""
