"""Seeded dice: the same words give the same numbers in every run."""

from __future__ import annotations

import random


def dice(*words: object) -> random.Random:
    """A generator seeded by what it is for, such as dice(seed, "path", symbol, day)."""
    text = ":".join(str(word) for word in words)
    return random.Random(text)
