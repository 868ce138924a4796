"""What is promised of the streaming risk monitor."""
