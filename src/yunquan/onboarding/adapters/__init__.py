"""Tables beside the rules."""
