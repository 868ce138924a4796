"""The client's face: pages on a phone and on a desktop, from the market to the order and the money.

What must hold: a page shows what the desk says and decides nothing; every figure that can be
refused is shown with its limit first; nothing simulated goes unnamed.
"""
