"""The exchange's own record, read from its disk, and whether it kept to its rules: one price in an
auction, the close after hours, nothing while halted, no cancel in a locked call. Times and prices
are looked up in a table of this file's own.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

AUCTIONS = ("09:25:00.000", "15:00:00.000")
CLOSE, LATE_MATCHES = "15:00:00.000", "15:05:00.000"
REFORM = "2026-07-06"
# When nothing may be taken back, by market; the closing call is for whatever has one.
LOCKED = {
    "SH": (("09:20:00.000", "09:30:00.000"), ("11:30:00.000", "13:00:00.000")),
    "SZ": (("09:20:00.000", "09:25:00.000"),),
    "BJ": (("09:20:00.000", "09:30:00.000"), ("11:30:00.000", "13:00:00.000")),
}
CLOSING_CALL = ("14:57:00.000", "15:00:00.000")
LATE_ENTRY = ("15:00:00.000", "15:05:00.000")
SH_BONDS, SH_FUNDS = ("11", "019"), ("5",)


@dataclass
class TheirOrder:
    """An order as the exchange has it. account: the number at the depository. price: milli, 0 for
    a market order without one.
    """

    gateway: str
    account: str
    symbol: str
    side: str
    kind: str
    price: int
    qty: int
    state: str
    filled: int
    day: str


@dataclass
class Halts:
    """When the operator had halted a market: (market, stamp from, stamp until; "" still)."""

    spans: list[tuple[str, str, str]] = field(default_factory=list)

    def begin(self, market: str, stamp: str) -> None:
        self.spans.append((market, stamp, ""))

    def end(self, market: str, stamp: str) -> None:
        self.spans = [
            (of, since, stamp if of == market and not until else until)
            for of, since, until in self.spans
        ]

    def is_halted(self, market: str, stamp: str) -> bool:
        """Strictly inside: at its first and last moment both are true."""
        return any(
            of == market and since < stamp and (not until or stamp < until)
            for of, since, until in self.spans
        )


@dataclass
class Conduct:
    """Checks every report once. fills, late, auctions: how many fills, after hours, in a call."""

    halts: Halts = field(default_factory=Halts)
    test_days: set[str] = field(default_factory=set)
    fills: int = 0
    late: int = 0
    auctions: int = 0
    _one_price: dict[tuple[str, str], int] = field(default_factory=dict)
    _cut: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))

    def check(
        self,
        reports: Iterable[dict[str, Any]],
        orders: dict[str, TheirOrder],
        closes: dict[tuple[str, str], int],
    ) -> None:
        for report in reports:
            order = orders.get(report["id"])
            if order is None or report["kind"] not in ("accepted", "filled", "cancelled"):
                continue
            what = f"{report} of {order}"
            day, clock = report["at"][:10], report["at"][11:23]
            assert day not in self.test_days, f"in a rehearsal: {what}"
            if report["code"] == "expired":
                continue
            assert not self.halts.is_halted(order.symbol[-2:], report["at"]), f"halted: {what}"
            if report["kind"] == "cancelled" and report["code"] == "user":
                assert not locked(order, day, clock), f"cancelled in a locked phase: {what}"
            if report["kind"] == "filled":
                self._filled(report, order, day, clock, closes, what)

    def _filled(
        self,
        report: dict[str, Any],
        order: TheirOrder,
        day: str,
        clock: str,
        closes: dict[tuple[str, str], int],
        what: str,
    ) -> None:
        self.fills += 1
        price = report["price_milli"]
        if order.price:
            worse = price > order.price if order.side == "B" else price < order.price
            assert not worse, f"worse than its limit: {what}"
        if order.kind == "after_hours":
            self.late += 1
            assert clock >= LATE_MATCHES, f"too early: {what}"
            known = self._one_price.setdefault((f"{day} late", order.symbol), price)
            assert price == known == closes.get((day, order.symbol), price), f"no close: {what}"
            return
        assert clock <= CLOSE, f"after the close: {what}"
        in_call = clock in AUCTIONS and (clock != CLOSE or has_closing_call(order.symbol, day))
        if in_call:
            self.auctions += 1
            known = self._one_price.setdefault((report["at"], order.symbol), price)
            assert price == known, f"the auction traded at {known} too: {what}"


def has_closing_call(symbol: str, day: str) -> bool:
    if not symbol.endswith("SH"):
        return True
    return not (symbol.startswith(SH_BONDS) or (symbol.startswith(SH_FUNDS) and day < REFORM))


def locked(order: TheirOrder, day: str, clock: str) -> bool:
    """Whether the rules let nobody take this order back at that time."""
    if order.kind == "after_hours":
        return LATE_ENTRY[0] < clock < LATE_ENTRY[1]
    spans = [*LOCKED[order.symbol[-2:]]]
    if has_closing_call(order.symbol, day):
        spans.append(CLOSING_CALL)
    return any(since < clock < until for since, until in spans)


def load_orders(record: Path, gateways: Iterable[str]) -> dict[str, TheirOrder]:
    """Every order the exchange ever took from these gateways; each came by one of them only."""
    found: dict[str, TheirOrder] = {}
    query = "SELECT id, body, state, filled, trading_day FROM orders WHERE gateway = ?"
    with closing(sqlite3.connect(record)) as connection:
        for gateway in gateways:
            for name, body, state, filled, day in connection.execute(query, (gateway,)):
                order = msgspec.msgpack.decode(body)
                assert name not in found, f"{name} came by two gateways"
                found[name] = TheirOrder(
                    gateway,
                    order["account"],
                    f"{order['security']}.{order['market']}",
                    order["side"],
                    order["kind"],
                    order["price_milli"],
                    order["qty"],
                    state,
                    filled,
                    day,
                )
    return found


def load_reports(record: Path, gateway: str, first: int) -> list[dict[str, Any]]:
    """The exchange's reports to a gateway from an index on."""
    query = "SELECT body FROM reports WHERE gateway = ? AND idx >= ? ORDER BY idx"
    with closing(sqlite3.connect(record)) as connection:
        return [
            msgspec.msgpack.decode(body) for (body,) in connection.execute(query, (gateway, first))
        ]


def load_closes(record: Path) -> dict[tuple[str, str], int]:
    """Official closes in milli by day and symbol."""
    query = "SELECT trading_day, symbol, close_milli FROM closes"
    with closing(sqlite3.connect(record)) as connection:
        return {(day, symbol): close for day, symbol, close in connection.execute(query)}


def last_report_of_days_before(record: Path, gateway: str, day: str) -> int:
    """The index of the last report of the trading days before `day`; 0 if there was none."""
    query = "SELECT max(last_report) FROM day_ends WHERE gateway = ? AND trading_day < ?"
    with closing(sqlite3.connect(record)) as connection:
        (last,) = connection.execute(query, (gateway, day)).fetchone()
    return last or 0
