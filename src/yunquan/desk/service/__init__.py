"""What the desk does: the verbs of clients and staff, and what they see of the market."""
