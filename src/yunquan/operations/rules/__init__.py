"""Facts of the log and of processes become figures."""
