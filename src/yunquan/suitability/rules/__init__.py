"""Pure decisions: what is asked, what answers come to, what suits, what a permission takes."""
