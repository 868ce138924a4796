"""How papers are printed."""
