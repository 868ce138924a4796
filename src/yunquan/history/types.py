"""What a list of orders, executions, postings or movements of cash may be narrowed to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which orders or executions. symbol: "" for all. side: as the counter numbers it, 0 for both.
    states: the counter's numbers, () for all. from_day, to_day: trading days, both included, "" for
    no bound.
    """

    symbol: str = ""
    side: int = 0
    states: tuple[int, ...] = ()
    from_day: str = ""
    to_day: str = ""


EVERYTHING: Final = Wanted()


@dataclass(frozen=True, slots=True)
class Span:
    """Places of one stream of the log, both ends included."""

    stream: str
    first_seq: int
    last_seq: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a posting stands among an account's: newest first goes by seq, stream, line."""

    seq: int
    stream: str
    line: int


@dataclass(frozen=True, slots=True)
class WantedPostings:
    """Which of an account's postings. asset, event: "" for all. spans: () for the whole log, else
    only within these.
    """

    account: str
    asset: str = ""
    event: str = ""
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Turnover:
    """What went into an account and out of it, of one asset, from and to one other account."""

    asset: str
    other: str
    came: int
    went: int


@dataclass(frozen=True, slots=True)
class House:
    """Which movements between an account and the other side. family: what the other side's name
    begins with. way: 1 into the account, -1 out of it, 0 both.
    """

    family: str
    way: int = 0


@dataclass(frozen=True, slots=True)
class WantedCash:
    """Which movements of cash. booked: kinds that clearing booked; houses: the others' other side;
    both empty for all. way: as above. after_seq, to_seq: places in the log between which a movement
    belongs to the days asked for, from_day and to_day those of what clearing booked; "" and None
    for no bound.
    """

    booked: tuple[str, ...] = ()
    houses: tuple[House, ...] = ()
    way: int = 0
    after_seq: int | None = None
    to_seq: int | None = None
    from_day: str = ""
    to_day: str = ""


ALL_CASH: Final = WantedCash()
