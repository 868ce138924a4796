"""The margin system: its files in a folder, and one that is simulated."""
