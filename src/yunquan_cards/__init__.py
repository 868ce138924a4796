"""Prints synthetic resident ID cards of people who don't exist, and spoils the pictures of them.

The world's side of account opening: it shares no code with the brokerage nor with the worker that
reads cards. Every card is from 云渺省, a province that no map has (its codes begin with 99), bears
an emblem of its own and the word SPECIMEN: none can pass for a real one. People need the standard
library only; drawing needs Pillow, numpy and OpenCV, so it runs where those are (`.venv-vision`):
`python -m yunquan_cards --folder out --count 3`.
"""
