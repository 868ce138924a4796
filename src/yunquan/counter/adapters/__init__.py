"""Implementations of the counter's ports: direct and socket clients, the socket server, snapshot
files, the gateway's glue.
"""
