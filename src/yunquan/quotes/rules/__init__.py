"""Pure decisions on quotes: what a subscriber has still to hear, what a tape's bytes say."""
