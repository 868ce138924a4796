"""Clients of the demonstration whom the machine plays: most of them ordinary investors, some who do
what surveillance is there to find. Nothing of it runs outside a demonstration.
"""
