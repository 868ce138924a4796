"""What goes between the distributor, the partitions and the teller. Rows are numbered through the
whole stream: a frame follows the one whose `next_row` is its `first_row`.
"""

from __future__ import annotations

import msgspec

from yunquan.rulebook.types import RuleText


class RunningRule(msgspec.Struct, frozen=True, array_like=True):
    """A rule that runs: its number in the kernel, and what an alert tells of it. subject: a
    `Family`; places: of the values it looks at, in the catalogue.
    """

    number: int
    text: RuleText
    version: int
    shadow: bool
    subject: int
    places: tuple[int, ...]


class Forgotten(msgspec.Struct, frozen=True, array_like=True, tag="forgotten"):
    """A number goes to another rule: what was remembered under it is gone."""

    number: int


class Published(msgspec.Struct, frozen=True, array_like=True, tag="published"):
    """What runs from the next row on. program: its columns by name, each as the bytes of its array
    behind the array's type.
    """

    program: dict[str, tuple[str, bytes]]
    rules: list[RunningRule]


class Names(msgspec.Struct, frozen=True, array_like=True):
    """Names that got their numbers since the frame before, in the order of the numbers."""

    accounts: list[str] = []
    symbols: list[str] = []
    devices: list[str] = []


class Frame(msgspec.Struct, frozen=True, array_like=True):
    """A piece of the stream: what changed before it, new names, and its rows as bytes of EVENT. A
    frame's head is the frame without its rows.
    """

    first_row: int
    next_row: int
    changes: list[Forgotten | Published]
    names: Names
    rows: bytes = b""


class Found(msgspec.Struct, frozen=True, array_like=True):
    """What one partition found in a frame. hits: bytes of ALERT, each with the place of a condition
    in the program as its rule; values: for each hit those its rule looks at, as doubles.
    """

    partition: int
    first_row: int
    next_row: int
    hits: bytes
    values: bytes
