"""Funding: money between a client's bank and their cash account. In work by another hand; see the history of this folder."""
