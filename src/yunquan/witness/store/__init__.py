"""Tables of scripts and recordings, and of duty and calls."""
