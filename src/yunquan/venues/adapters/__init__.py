"""Links to venues, one file per counterpart."""
