"""The rule book as dated rows, and how the row of a day is found.

A row holds from its day until the next row with the same key. The key of a share is its board
("main", "star", "chinext", "bse"), that of anything else its product ("etf", "convertible", ...).
Prices are in milli (0.001 CNY), quantities in shares, units or bonds (100 CNY of face value).

`certain` is False for what this exchange could not verify in the exchanges' own texts: a user with
the text at hand changes the row.

Sources, unless a row says otherwise: trading rules of the Shanghai and Shenzhen stock exchanges
(2026), in force since 2026-07-06, and the texts of 2023 before them; trading rules of the Beijing
Stock Exchange (2026).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

REGISTRATION = date(2023, 4, 10)  # the registration system reaches the main boards
REFORM = date(2026, 7, 6)
BEIJING = date(2021, 11, 15)
STAR = date(2019, 7, 22)
CHINEXT = date(2020, 8, 24)
LONG_AGO = date(1990, 12, 19)


class Dated(Protocol):
    """Anything with a first day."""

    @property
    def effective_from(self) -> date: ...


Row = TypeVar("Row", bound=Dated)


def on(rows: Iterable[Row], day: date) -> Row | None:
    """The last of the rows that holds on a day."""
    known = [row for row in rows if row.effective_from <= day]
    return max(known, key=lambda row: row.effective_from) if known else None


@dataclass(frozen=True)
class BoardRule:
    """Limits and sizes of a board's shares, or of a product, from a day on.

    limit_percent: daily price limit around the previous close, 0 for none. buy_min, buy_step: a
    purchase is buy_min + n x buy_step. max_qty, max_market_qty, max_after_hours_qty: the most in
    one order of limit, market and after-hours kind; the latter two are max_qty if 0.
    """

    board: str
    effective_from: date
    limit_percent: int
    buy_min: int
    buy_step: int
    max_qty: int
    tick_milli: int = 10
    max_market_qty: int = 0
    max_after_hours_qty: int = 0
    certain: bool = True

    def most(self, kind: str) -> int:
        """The largest order of a kind."""
        if kind == "limit":
            return self.max_qty
        special = self.max_after_hours_qty if kind == "after_hours" else self.max_market_qty
        return special or self.max_qty


_MILLION = 1_000_000

# The most in one order comes from the exchanges' notices to members, not from the rules' text.
BOARD_RULES = (
    BoardRule("main", date(1996, 12, 16), 10, 100, 100, _MILLION),
    BoardRule("chinext", date(2009, 10, 30), 10, 100, 100, _MILLION),
    BoardRule(
        "chinext",
        CHINEXT,
        20,
        100,
        100,
        300_000,
        max_market_qty=150_000,
        max_after_hours_qty=_MILLION,
    ),
    BoardRule(
        "star",
        STAR,
        20,
        200,
        1,
        100_000,
        max_market_qty=50_000,
        max_after_hours_qty=_MILLION,
    ),
    BoardRule("bse", BEIJING, 30, 100, 1, _MILLION),
    # Risk-warned shares: the main boards' were limited to 5 % until the reform of 2026.
    BoardRule("main_st", date(1998, 4, 22), 5, 100, 100, _MILLION),
    BoardRule("main_st", REFORM, 10, 100, 100, _MILLION),
    BoardRule("chinext_st", date(2009, 10, 30), 5, 100, 100, _MILLION, certain=False),
    BoardRule(
        "chinext_st",
        CHINEXT,
        20,
        100,
        100,
        300_000,
        max_market_qty=150_000,
        max_after_hours_qty=_MILLION,
    ),
    # Funds. The 20 % ones are those whose index holds only shares with a limit of 20 %.
    BoardRule("etf", LONG_AGO, 10, 100, 100, _MILLION, 1),
    BoardRule("etf_wide", LONG_AGO, 10, 100, 100, _MILLION, 1),
    BoardRule("etf_wide", CHINEXT, 20, 100, 100, _MILLION, 1),
    BoardRule("etf_bond", LONG_AGO, 10, 100, 100, _MILLION, 1),
    BoardRule("etf_gold", LONG_AGO, 10, 100, 100, _MILLION, 1),
    BoardRule("etf_commodity", LONG_AGO, 10, 100, 100, _MILLION, 1),
    BoardRule("etf_money", LONG_AGO, 10, 100, 100, _MILLION, 1),
    BoardRule("etf_cross_border", LONG_AGO, 10, 100, 100, _MILLION, 1),
    BoardRule("lof", LONG_AGO, 10, 100, 100, _MILLION, 1),
    # The largest order of a REIT is not verified; the exchanges' notices name more.
    BoardRule("reit", date(2021, 6, 21), 10, 100, 100, _MILLION, 1, certain=False),
    # Bonds, in bonds of 100 CNY. Sizes are not verified.
    BoardRule("convertible", LONG_AGO, 0, 10, 10, _MILLION, 1, certain=False),
    BoardRule("convertible", date(2022, 8, 1), 20, 10, 10, _MILLION, 1, certain=False),
    BoardRule("treasury", LONG_AGO, 0, 10, 10, _MILLION, 1, certain=False),
    # An index is quoted, never ordered; only its tick matters.
    BoardRule("index", LONG_AGO, 0, 1, 1, _MILLION),
)


@dataclass(frozen=True)
class FreeDays:
    """No price limit on the first days after listing and of the delisting period."""

    key: str
    effective_from: date
    listing_days: int
    delisting_days: int = 1
    certain: bool = True


FREE_DAYS = (
    # Before the registration system a new main-board share had a limit of its own (44 % up, 36 %
    # down on its first day), which this exchange leaves out.
    FreeDays("main", REGISTRATION, 5),
    FreeDays("star", STAR, 5),
    FreeDays("chinext", CHINEXT, 5),
    FreeDays("bse", BEIJING, 1),
)


@dataclass(frozen=True)
class FirstDay:
    """The limit of the listing day itself, in parts of a thousand of the issue price."""

    key: str
    effective_from: date
    up_permille: int
    down_permille: int
    certain: bool = True


FIRST_DAYS = (
    FirstDay("convertible", date(2022, 8, 1), 573, 433),
    # Verified for Shenzhen only.
    FirstDay("reit", date(2021, 6, 21), 300, 300, certain=False),
)


@dataclass(frozen=True)
class OrderRange:
    """What an order may ask for where no price limit holds, in percent of the previous close.

    in_calls: the range holds in call auctions only; the price cage takes over afterwards.
    """

    key: str
    effective_from: date
    least_percent: int
    most_percent: int
    in_calls: bool
    certain: bool = False


# The ranges of the exchanges' texts of 2023 for call auctions; whether 2026 kept them is not
# verified. Without them one order could stretch a book to any price.
ORDER_RANGES = (
    OrderRange("main", REGISTRATION, 50, 900, in_calls=True),
    OrderRange("star", STAR, 50, 900, in_calls=True),
    OrderRange("chinext", CHINEXT, 50, 900, in_calls=True),
    OrderRange("bse", BEIJING, 50, 900, in_calls=True),
    OrderRange("treasury", LONG_AGO, 70, 150, in_calls=False),
    OrderRange("convertible", LONG_AGO, 70, 150, in_calls=False),
)


@dataclass(frozen=True)
class Cage:
    """How far from the market a limit order may ask in continuous trading.

    percent of the reference price; floor_ticks: at least so many ticks, 0 for no such floor.
    """

    market: str
    key: str
    effective_from: date
    percent: int
    floor_ticks: int
    certain: bool = True


CAGES = (
    Cage("SH", "main", REGISTRATION, 2, 10),
    Cage("SZ", "main", REGISTRATION, 2, 10),
    Cage("SZ", "chinext", CHINEXT, 2, 0),
    Cage("SZ", "chinext", REGISTRATION, 2, 10),
    Cage("SH", "star", STAR, 2, 0),
    Cage("BJ", "bse", BEIJING, 5, 10),
)


@dataclass(frozen=True)
class Kinds:
    """The order kinds of continuous trading. markets_unlimited: market orders are taken for a
    security without price limit too.
    """

    market: str
    key: str
    effective_from: date
    kinds: tuple[str, ...]
    protected: bool
    markets_unlimited: bool
    certain: bool = True


_FIVE_KINDS = ("limit", "best5_cancel", "best5_limit", "own_best", "counter_best")
_SHENZHEN = (
    "limit",
    "best5_cancel",
    "own_best",
    "counter_best",
    "immediate_cancel",
    "fill_or_kill",
)

# key "" is everything of the market that has no row of its own. Whether a security without limit
# takes market orders is not verified.
KINDS = (
    Kinds("SH", "", LONG_AGO, _FIVE_KINDS, True, True, certain=False),
    Kinds("SH", "convertible", LONG_AGO, ("limit",), True, False, certain=False),
    Kinds("SH", "treasury", LONG_AGO, ("limit",), True, False, certain=False),
    Kinds("SZ", "", LONG_AGO, _SHENZHEN, False, False, certain=False),
    Kinds("SZ", "convertible", LONG_AGO, ("limit",), False, False, certain=False),
    Kinds("SZ", "treasury", LONG_AGO, ("limit",), False, False, certain=False),
    Kinds("BJ", "", LONG_AGO, _FIVE_KINDS, True, False, certain=False),
)

KNOWN_KINDS = {*_FIVE_KINDS, *_SHENZHEN, "after_hours"}


@dataclass(frozen=True)
class Close:
    """How the last three minutes are traded. by_call: in a call auction."""

    market: str
    key: str
    effective_from: date
    by_call: bool
    certain: bool = True


# key "" is everything of the market that has no row of its own.
CLOSES = (
    Close("SH", "", LONG_AGO, by_call=False),
    Close("SH", "", date(2018, 8, 20), by_call=True),
    Close("SH", "fund", LONG_AGO, by_call=False),
    Close("SH", "fund", REFORM, by_call=True),
    # Shanghai's bonds are matched continuously to the end, by the bond rules of 2022.
    Close("SH", "convertible", LONG_AGO, by_call=False, certain=False),
    Close("SH", "treasury", LONG_AGO, by_call=False, certain=False),
    Close("SZ", "", date(2006, 7, 1), by_call=True),
    Close("BJ", "", BEIJING, by_call=True),
)


@dataclass(frozen=True)
class AfterHours:
    """Trading at the close from 15:05 to 15:30, and when its orders are taken before."""

    market: str
    key: str
    effective_from: date
    takes_in: tuple[str, ...]
    operative: bool = True
    certain: bool = True


_SHANGHAI_ENTRY = ("continuous", "closing_call", "after_hours_entry", "after_hours")
_SHENZHEN_ENTRY = (
    "opening_call",
    "opening_call_locked",
    "opening_gap",
    "continuous",
    "closing_call",
    "after_hours_entry",
    "after_hours",
)

# Whether risk-warned shares take part is not verified; here they do.
AFTER_HOURS_ROWS = (
    AfterHours("SH", "star", STAR, _SHANGHAI_ENTRY),
    AfterHours("SH", "main", REFORM, _SHANGHAI_ENTRY),
    AfterHours("SH", "etf", REFORM, _SHANGHAI_ENTRY),
    AfterHours("SZ", "chinext", CHINEXT, _SHENZHEN_ENTRY),
    AfterHours("SZ", "main", REFORM, _SHENZHEN_ENTRY),
    AfterHours("SZ", "etf", REFORM, _SHENZHEN_ENTRY),
    # Published, not in force: it awaits a notice of the exchange.
    AfterHours("BJ", "bse", REFORM, _SHANGHAI_ENTRY, operative=False),
)


@dataclass(frozen=True)
class Between:
    """A pause in which the host takes orders and cancels but matches nothing until it is over."""

    market: str
    phase: str
    effective_from: date
    operative: bool
    certain: bool = True


BETWEEN = (
    Between("SZ", "opening_gap", LONG_AGO, operative=True),
    # Over lunch too, by a secondary source: not verified.
    Between("SZ", "lunch", LONG_AGO, operative=True, certain=False),
)


@dataclass(frozen=True)
class Volatility:
    """When continuous trading halts after a move, in percent of a reference price.

    steps: (percent, minutes), each once a day and direction; 0 minutes: until the closing call.
    of: "open" (the day's opening price) or "prev_close". days: listing days it holds for, 0 for
    every day without price limit.
    """

    key: str
    effective_from: date
    steps: tuple[tuple[int, int], ...]
    of: str
    days: int = 0
    certain: bool = True


VOLATILITIES = (
    Volatility("main", REGISTRATION, ((30, 10), (60, 10)), "open"),
    Volatility("star", STAR, ((30, 10), (60, 10)), "open"),
    Volatility("chinext", CHINEXT, ((30, 10), (60, 10)), "open"),
    Volatility("bse", BEIJING, ((30, 10), (60, 10)), "open", days=1),
    # The steps are verified, how long each halts is not.
    Volatility(
        "convertible", date(2022, 8, 1), ((20, 30), (30, 0)), "prev_close", days=1, certain=False
    ),
)
