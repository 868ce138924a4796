"""Reading the log and asking the parts, and saying what is wrong."""
