"""Lists of orders and executions: what they are narrowed to, and as tables for a spreadsheet.
Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import Final

from yunquan.counter.types import OrderState
from yunquan.desk.types import FillLine, OrderFilter, OrderLine
from yunquan.history.types import Wanted
from yunquan.kernel.errors import Refused

# Sentences by code in one language.
Text = Callable[..., str]

SIDE_NUMBERS: Final = {"": 0, "buy": 1, "sell": 2}
OPEN: Final = (
    OrderState.UNSENT,
    OrderState.SENDING,
    OrderState.SENT,
    OrderState.CANCELLING,
    OrderState.PARTLY_FILLED,
)
STATES: Final = {
    "": (),
    "open": OPEN,
    "partly_filled": (OrderState.PARTLY_FILLED,),
    "filled": (OrderState.FILLED,),
    "cancelled": (OrderState.CANCELLED, OrderState.PARTLY_CANCELLED),
    "rejected": (OrderState.REJECTED,),
}
ORDER_COLUMNS: Final = (
    "day",
    "time",
    "id",
    "symbol",
    "name",
    "side",
    "kind",
    "price",
    "qty",
    "filled",
    "cancelled",
    "average",
    "amount",
    "commission",
    "state",
)
FILL_COLUMNS: Final = (
    "day",
    "time",
    "order",
    "execution",
    "symbol",
    "name",
    "side",
    "price",
    "qty",
    "amount",
    "commission",
    "stamp",
    "transfer",
)
LONGEST_PERIOD_DAYS: Final = 366
_SYMBOL: Final = re.compile(r"[0-9A-Za-z.]{1,16}")
# What a spreadsheet would take for a formula. A plain number may begin with a sign.
_FORMULA: Final = re.compile(r"[=+\-@\t\r]")
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def is_day(text: str) -> bool:
    """An ISO day that exists."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def wanted_of(asked: OrderFilter) -> Wanted | Refused:
    """The filter as history takes it; refuses what can't mean anything."""
    days = [day for day in (asked.from_day, asked.to_day) if day]
    known = asked.side in SIDE_NUMBERS and asked.state in STATES
    if not known or (asked.symbol and not _SYMBOL.fullmatch(asked.symbol)):
        return Refused("orders.filter_unknown")
    if not all(is_day(day) for day in days) or days != sorted(days):
        return Refused("orders.period_malformed")
    return Wanted(
        asked.symbol.upper(),
        SIDE_NUMBERS[asked.side],
        tuple(int(state) for state in STATES[asked.state]),
        asked.from_day,
        asked.to_day,
    )


def fits(order: OrderLine, asked: OrderFilter) -> bool:
    """Whether an order of today is among those asked for."""
    states = {state.name.lower() for state in STATES.get(asked.state, ())}
    return (
        (not asked.symbol or order.symbol == asked.symbol.upper())
        and (not asked.side or order.side == asked.side)
        and (not asked.state or (order.open if asked.state == "open" else order.state in states))
    )


def check_period(from_day: str, to_day: str) -> Refused | None:
    """Refuses an export without both ends, or of more than 366 days."""
    if not is_day(from_day) or not is_day(to_day) or from_day > to_day:
        return Refused("orders.period_malformed")
    span = date.fromisoformat(to_day) - date.fromisoformat(from_day)
    if span >= timedelta(days=LONGEST_PERIOD_DAYS):
        return Refused("orders.period_too_long", {"days": LONGEST_PERIOD_DAYS})
    return None


def safe_cell(value: object) -> str:
    """A cell no spreadsheet runs: what would begin a formula gets an apostrophe before it."""
    text = "" if value is None else str(value)
    if _NUMBER.fullmatch(text) or not _FORMULA.match(text):
        return text
    return f"'{text}"


def quoted(text: str) -> str:
    """A cell as RFC 4180 writes it."""
    if any(mark in text for mark in (",", '"', "\r", "\n")):
        return '"' + text.replace('"', '""') + '"'
    return text


def csv_text(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table for a spreadsheet: UTF-8 with its mark, so that Chinese names are read right."""
    lines = (",".join(quoted(safe_cell(cell)) for cell in row) for row in (head, *rows))
    return "\ufeff" + "".join(f"{line}\r\n" for line in lines)


def order_cells(order: OrderLine, clock: Callable[[int], str], text: Text) -> list[object]:
    """A row under ORDER_COLUMNS."""
    side = text(f"ui.investor.{order.side}")
    return [
        order.day,
        order.time or clock(order.at_ms),
        order.id,
        order.symbol,
        order.name,
        side,
        order.kind_text,
        order.price if order.named_price else "",
        order.qty,
        order.filled,
        order.cancelled,
        order.average,
        order.amount,
        order.commission,
        order.state_text,
    ]


def fill_cells(fill: FillLine, day: str, clock: Callable[[int], str], text: Text) -> list[object]:
    """A row under FILL_COLUMNS. day: the trading day of its order."""
    return [
        day,
        clock(fill.at_ms),
        fill.order,
        fill.execution,
        fill.symbol,
        fill.name,
        text(f"ui.investor.{fill.side}"),
        fill.price,
        fill.qty,
        fill.amount,
        fill.commission,
        fill.stamp,
        fill.transfer,
    ]
