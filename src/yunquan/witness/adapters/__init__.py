"""Where chunks lie until a recording is whole."""
