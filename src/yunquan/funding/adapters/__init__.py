"""The simulated bank's socket."""
