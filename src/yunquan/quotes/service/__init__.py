"""What is done with quotes: pass them on, write them down."""
