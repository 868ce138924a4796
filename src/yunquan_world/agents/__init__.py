"""Everybody else in the market, one file for each kind of trader.

They see what a member sees, the book and the tape, and act through it; nobody sets a price. What a
security is worth (its plan) is known to the value traders only, each with an error of his own, and
reaches the market through their orders.
"""
