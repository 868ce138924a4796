"""What a program of conditions is made of: known to whoever writes rules, without the compiler."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Op(IntEnum):
    """Of the stack machine. CONST, VALUE and FIELD push; the rest take what they need. AND and OR
    stand between their two sides: they drop the left one, or keep it and skip the right, whose
    length is their number.
    """

    CONST = 0
    VALUE = 1
    FIELD = 2
    ADD = 3
    SUB = 4
    MUL = 5
    DIV = 6
    NEG = 7
    ABS = 8
    MIN = 9
    MAX = 10
    LT = 11
    LE = 12
    GT = 13
    GE = 14
    EQ = 15
    NE = 16
    AND = 17
    OR = 18
    NOT = 19


# Fields of an event a condition may name, in the order of their numbers.
FIELDS: Final = (
    "kind",
    "side",
    "price",
    "qty",
    "amount",
    "age",
    "minute",
    "account",
    "symbol",
)
DEPTH: Final = 32
KINDS: Final = 16
NO_GUARD: Final = 0
# What a condition is for.
PLAIN, STEP, WITHOUT = range(3)
# Of a rule's `state`: off, told as an alert, told apart (a shadow run).
OFF, LIVE, SHADOW = range(3)
# Why an alert is what it is.
NORMAL, FLOOD = range(2)
# Rules there can be at once, those that run in the shadow included.
RULES: Final = 2048
