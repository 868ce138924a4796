"""The exchange's own reading of the rule book: boards, price limits, ticks, lots, refusals.

Rules are rows with the day from which they hold, looked up by trading day. Prices are in milli
(0.001 CNY), quantities in shares. All limits are rounded half up to the tick, and are at least one
tick away from the previous close.

Sources: trading rules of the Shanghai and Shenzhen stock exchanges (2026), 3.3 (size, tick, price
limits); trading rules of the Beijing Stock Exchange (2026), chapter 3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

SYMBOL = re.compile(r"^(\d{6})\.(SH|SZ|BJ)$")

# First digits of the security codes of shares, by market.
_BOARDS = {
    "SH": (("688", "star"), ("689", "star"), ("60", "main")),
    "SZ": (
        ("300", "chinext"),
        ("301", "chinext"),
        ("302", "chinext"),
        ("000", "main"),
        ("001", "main"),
        ("002", "main"),
        ("003", "main"),
    ),
    "BJ": (("920", "bse"), ("43", "bse"), ("83", "bse"), ("87", "bse")),
}


@dataclass(frozen=True)
class BoardRule:
    """What holds for the shares of a board from a day on.

    limit_percent: daily price limit around the previous close. buy_min, buy_step: a purchase is
    buy_min + n x buy_step shares. max_qty: shares in one limit order.
    """

    board: str
    effective_from: date
    limit_percent: int
    buy_min: int
    buy_step: int
    max_qty: int
    tick_milli: int = 10


BOARD_RULES = (
    BoardRule("main", date(1996, 12, 16), 10, 100, 100, 1_000_000),
    BoardRule("chinext", date(2009, 10, 30), 10, 100, 100, 1_000_000),
    BoardRule("chinext", date(2020, 8, 24), 20, 100, 100, 300_000),
    BoardRule("star", date(2019, 7, 22), 20, 200, 1, 100_000),
    BoardRule("bse", date(2021, 11, 15), 30, 100, 1, 1_000_000),
)


@dataclass(frozen=True)
class Instrument:
    """A security on one trading day. halted: no orders are taken all day.

    simulated: "intraday" if the day's close is a real one, "all" if the close is invented too.
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

    @property
    def symbol(self) -> str:
        return f"{self.security}.{self.market}"


def board_of(symbol: str) -> str | None:
    """The board of a share's symbol such as "688981.SH"; None if it is no share we know."""
    match = SYMBOL.match(symbol)
    if match is None:
        return None
    security, market = match.groups()
    return next((board for start, board in _BOARDS[market] if security.startswith(start)), None)


def board_rule(board: str, day: date) -> BoardRule:
    """The row that holds for a board on a trading day."""
    rows = [rule for rule in BOARD_RULES if rule.board == board and rule.effective_from <= day]
    if not rows:
        # Bars from before a board's rules: the earliest row is the nearest truth.
        return min(
            (rule for rule in BOARD_RULES if rule.board == board),
            key=lambda rule: rule.effective_from,
        )
    return max(rows, key=lambda rule: rule.effective_from)


def price_limits(prev_close_milli: int, limit_percent: int, tick_milli: int) -> tuple[int, int]:
    """The highest and the lowest price of the day, in milli."""
    rounding = 100 * tick_milli
    up = _half_up(prev_close_milli * (100 + limit_percent), rounding) * tick_milli
    down = _half_up(prev_close_milli * (100 - limit_percent), rounding) * tick_milli
    up = max(up, prev_close_milli + tick_milli)
    down = min(down, prev_close_milli - tick_milli)
    return up, max(down, tick_milli)


def to_tick(price_milli: int, tick_milli: int) -> int:
    """A price rounded half up to the tick, at least one tick, in milli."""
    return max(_half_up(price_milli, tick_milli) * tick_milli, tick_milli)


def refusal(
    instrument: Instrument | None, phase: str, *, kind: str, side: str, price_milli: int, qty: int
) -> str:
    """The code with which an order is rejected; empty if it is valid."""
    if instrument is None:
        return "V105_unknown_security"
    rule = instrument.rule
    checks = (
        ("V104_closed", phase != "continuous"),
        ("V107_halted", instrument.halted),
        ("V109_kind", kind != "limit"),
        (
            "V101_price_limit",
            not instrument.limit_down_milli <= price_milli <= instrument.limit_up_milli,
        ),
        ("V102_tick", price_milli % rule.tick_milli != 0),
        ("V108_max_size", qty > rule.max_qty),
        ("V103_lot", not _size_allowed(rule, side, qty)),
    )
    return next((code for code, wrong in checks if wrong), "")


def _size_allowed(rule: BoardRule, side: str, qty: int) -> bool:
    if side == "S":
        # An odd balance may be sold in one go. Only the depository knows the balance, so the
        # matching host takes any size and the member answers for it.
        return qty >= 1
    return qty >= rule.buy_min and (qty - rule.buy_min) % rule.buy_step == 0


def _half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)
