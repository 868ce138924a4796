"""Rules of the witness: ways, scripts, recordings, calls, waits."""
