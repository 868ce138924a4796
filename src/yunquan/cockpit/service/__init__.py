"""What the cockpit shows."""
