"""How the demonstration's world is asked."""
