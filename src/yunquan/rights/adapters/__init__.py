"""Where rules of rights issues come from."""
