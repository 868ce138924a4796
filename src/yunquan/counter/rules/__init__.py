"""The counter's state machine: `decide(state, command, reference)` gives events, `apply(state,
event)` changes state.

No clock, database, randomness or network. Compiled by mypyc where a C compiler is at hand; the same
code runs interpreted.
"""
