"""Pure decisions on bars: which are believed, how they join and adjust."""
