"""What is promised of the pages."""
