"""The simulated exchange's promises: its book against barer ones, and against a real tape."""
