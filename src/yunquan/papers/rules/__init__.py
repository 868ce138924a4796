"""Pure checks of papers: the rows of the day, folded text, one rule a file."""
