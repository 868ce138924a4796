"""A security on one trading day: its board and product, its limits, the row that holds for it.

Prices are in milli (0.001 CNY). Limits are rounded half up to the tick, and are at least one tick
away from the previous close.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from yunquan_world.rules.rows import (
    BOARD_RULES,
    FIRST_DAYS,
    FREE_DAYS,
    BoardRule,
    on,
)

SYMBOL = re.compile(r"^(\d{6})\.(SH|SZ|BJ)$")
# What is announced as the upper limit where there is none.
UNLIMITED_MILLI = 99_999_990

# First digits of the codes, by market: board and product. An ETF's own kind (bonds, gold, another
# market's shares) does not show in its code: whoever lists it says so.
_CODES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "SH": (
        ("688", "star", "stock"),
        ("689", "star", "stock"),
        ("60", "main", "stock"),
        ("508", "fund", "reit"),
        ("50", "fund", "lof"),
        ("51", "fund", "etf"),
        ("56", "fund", "etf"),
        ("58", "fund", "etf"),
        ("110", "bond", "convertible"),
        ("111", "bond", "convertible"),
        ("113", "bond", "convertible"),
        ("118", "bond", "convertible"),
        ("019", "bond", "treasury"),
        ("000", "index", "index"),
    ),
    "SZ": (
        ("300", "chinext", "stock"),
        ("301", "chinext", "stock"),
        ("302", "chinext", "stock"),
        ("000", "main", "stock"),
        ("001", "main", "stock"),
        ("002", "main", "stock"),
        ("003", "main", "stock"),
        ("15", "fund", "etf"),
        ("16", "fund", "lof"),
        ("180", "fund", "reit"),
        ("123", "bond", "convertible"),
        ("127", "bond", "convertible"),
        ("128", "bond", "convertible"),
        ("10", "bond", "treasury"),
        ("399", "index", "index"),
    ),
    "BJ": (
        ("920", "bse", "stock"),
        ("43", "bse", "stock"),
        ("83", "bse", "stock"),
        ("87", "bse", "stock"),
        ("899", "index", "index"),
    ),
}


@dataclass(frozen=True)
class Instrument:
    """A security on one trading day. halted: no orders are taken all day.

    simulated: "intraday" if the day's close is a real one, "all" if the close is invented too.
    listing_day: n-th trading day since `listed_on`, 0 if that is long ago. delisting_day: n-th day
    of the delisting period, 0 for none. t0: what is bought may be sold on the same day, which
    members see to. issue_price_milli: 0 unless it decides a limit. industry: its code, "" for none.
    units: shares outside firm hands, or fund units, or bonds; 0 where nobody says.
    """

    security: str
    market: str
    name: str
    name_en: str
    board: str
    trading_day: str
    prev_close_milli: int
    limit_up_milli: int
    limit_down_milli: int
    halted: bool
    simulated: str
    rule: BoardRule
    product: str = "stock"
    risk_warned: bool = False
    listed_on: str = ""
    listing_day: int = 0
    delisting_day: int = 0
    t0: bool = False
    issue_price_milli: int = 0
    industry: str = ""
    units: int = 0

    @cached_property
    def symbol(self) -> str:
        return f"{self.security}.{self.market}"

    @cached_property
    def day(self) -> date:
        return date.fromisoformat(self.trading_day)

    @property
    def has_limit(self) -> bool:
        """Whether the day's prices are limited at all."""
        return self.limit_up_milli < UNLIMITED_MILLI

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The keys under which rows of the rule book may hold for it, the closest one first."""
        return row_keys(self.board, self.product)


def row_keys(board: str, product: str) -> tuple[str, ...]:
    """Such as ("main", "") for a share, ("etf_gold", "etf", "fund", "") for a fund."""
    if product == "stock":
        return (board, "")
    if product.startswith("etf"):
        return (product, "etf", board, "")
    return (product, board, "")


def board_of(symbol: str) -> str | None:
    """The board of a symbol such as "688981.SH"; None if it is no security we know."""
    found = _code(symbol)
    return found[0] if found else None


def product_of(symbol: str) -> str | None:
    """The product that a symbol's code tells of; None if it is no security we know."""
    found = _code(symbol)
    return found[1] if found else None


def board_rule(
    board: str, day: date, *, product: str = "stock", risk_warned: bool = False
) -> BoardRule:
    """The row of limits and sizes that holds on a trading day."""
    key = board if product == "stock" else product
    warned = f"{key}_st" if risk_warned else key
    rows = [rule for rule in BOARD_RULES if rule.board == warned] or [
        rule for rule in BOARD_RULES if rule.board == key
    ]
    # Bars from before a board's rules: the earliest row is the nearest truth.
    return on(rows, day) or min(rows, key=lambda rule: rule.effective_from)


def price_limits(prev_close_milli: int, limit_percent: int, tick_milli: int) -> tuple[int, int]:
    """The highest and the lowest price of the day, in milli; limit_percent above 0."""
    return _around(prev_close_milli, limit_percent * 10, limit_percent * 10, tick_milli)


def day_limits(
    prev_close_milli: int,
    rule: BoardRule,
    day: date,
    *,
    keys: Sequence[str],
    listing_day: int = 0,
    delisting_day: int = 0,
    issue_price_milli: int = 0,
) -> tuple[int, int]:
    """The highest and the lowest price of a day, with what is special about a new or a leaving
    security. Without a limit the highest is UNLIMITED_MILLI and the lowest one tick."""
    tick_milli = rule.tick_milli
    first = on((row for row in FIRST_DAYS if row.key in keys), day)
    if listing_day == 1 and first:
        issue_milli = issue_price_milli or prev_close_milli
        return _around(issue_milli, first.up_permille, first.down_permille, tick_milli)
    free = on((row for row in FREE_DAYS if row.key in keys), day)
    is_free = free is not None and (
        0 < listing_day <= free.listing_days or 0 < delisting_day <= free.delisting_days
    )
    if is_free or not rule.limit_percent:
        return UNLIMITED_MILLI, tick_milli
    return price_limits(prev_close_milli, rule.limit_percent, tick_milli)


def instrument_on(
    symbol: str,
    trading_day: str,
    prev_close_milli: int,
    *,
    name: str,
    name_en: str,
    product: str = "",
    halted: bool = False,
    simulated: str = "all",
    risk_warned: bool = False,
    listed_on: str = "",
    listing_day: int = 0,
    delisting_day: int = 0,
    t0: bool = False,
    issue_price_milli: int = 0,
) -> Instrument:
    """A security with the rules of a day. product: that of its code unless said otherwise."""
    found = _code(symbol)
    assert found is not None, symbol
    board, product = found[0], product or found[1]
    security, market = symbol.split(".")
    day = date.fromisoformat(trading_day)
    # In its delisting period a share moves as far as its board's others, whatever the warning.
    warned = risk_warned and not delisting_day
    rule = board_rule(board, day, product=product, risk_warned=warned)
    up, down = day_limits(
        prev_close_milli,
        rule,
        day,
        keys=row_keys(board, product),
        listing_day=listing_day,
        delisting_day=delisting_day,
        issue_price_milli=issue_price_milli,
    )
    return Instrument(
        security=security,
        market=market,
        name=name,
        name_en=name_en,
        board=board,
        trading_day=trading_day,
        prev_close_milli=prev_close_milli,
        limit_up_milli=up,
        limit_down_milli=down,
        halted=halted,
        simulated=simulated,
        rule=rule,
        product=product,
        risk_warned=risk_warned,
        listed_on=listed_on,
        listing_day=listing_day,
        delisting_day=delisting_day,
        t0=t0,
        issue_price_milli=issue_price_milli,
    )


def to_tick(price_milli: int, tick_milli: int) -> int:
    """A price rounded half up to the tick, at least one tick, in milli."""
    return max(half_up(price_milli, tick_milli) * tick_milli, tick_milli)


def half_up(numerator: int, denominator: int) -> int:
    """numerator / denominator, rounded half up."""
    return (2 * numerator + denominator) // (2 * denominator)


def _around(
    reference_milli: int, up_permille: int, down_permille: int, tick_milli: int
) -> tuple[int, int]:
    rounding = 1000 * tick_milli
    up = half_up(reference_milli * (1000 + up_permille), rounding) * tick_milli
    down = half_up(reference_milli * (1000 - down_permille), rounding) * tick_milli
    up = max(up, reference_milli + tick_milli)
    down = min(down, reference_milli - tick_milli)
    return up, max(down, tick_milli)


def _code(symbol: str) -> tuple[str, str] | None:
    match = SYMBOL.match(symbol)
    if match is None:
        return None
    security, market = match.groups()
    return next(
        (
            (board, product)
            for start, board, product in _CODES[market]
            if security.startswith(start)
        ),
        None,
    )
