"""What is promised of the one event stream of a page."""
