"""Standing 适当性与权限: the client's pages of what they can bear and what they may trade.

What must hold: a page shows what suitability says and decides nothing; what is signed or ticked is
the text that was on the page; a refusal says which gate, what it takes and what there is.
"""
