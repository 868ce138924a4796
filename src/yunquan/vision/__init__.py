"""What machines see and hear: cards, faces, voices. Pure rules on facts, ports to the worker."""
