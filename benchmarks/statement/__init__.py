"""Statements and contract notes."""
