"""Where actions and rates come from."""
