"""From what moved to what a statement says. Pure."""
