"""Pure decisions on market data: whether a bar is believed, what a subscriber has still to hear."""
