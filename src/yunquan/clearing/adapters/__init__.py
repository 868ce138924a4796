"""How entries reach the counters."""
