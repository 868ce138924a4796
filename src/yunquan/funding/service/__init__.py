"""Use cases of transfers between banks and cash accounts."""
