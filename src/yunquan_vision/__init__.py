"""Looks at pictures, clips and voices from strangers, in a process of its own behind walls.

Shares no code with the brokerage and runs in an environment of its own (.venv-vision). What it is
asked and how it answers: __main__.py. It decides nothing: it says what is there.
"""
