"""An exchange for tests: keeps its own record of orders and reports, whatever happens to the
counter.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import msgspec

from yunquan.kernel.wire import FrameBuffer, frame

SYMBOLS = (("600519.SH", "SH", "main"), ("000001.SZ", "SZ", "main"), ("688001.SH", "SH", "star"))
PREV_CLOSE, LIMITS = 10_000, {"main": (11_000, 9_000), "star": (12_000, 8_000)}


def market(kind: str, day: str, **more: Any) -> dict[str, Any]:
    """A message that tells the time."""
    clock = {"trading_day": day, "time": "10:00:00", "phase": "continuous", "speed": 1.0}
    return {"type": kind, **clock, **more}


def instrument(symbol: str, market_code: str, board: str, day: str) -> dict[str, Any]:
    """Reference data of one share for a day."""
    up, down = LIMITS[board]
    return {
        "type": "instrument",
        "symbol": symbol,
        "security": symbol[:6],
        "market": market_code,
        "name": "样例",
        "name_en": "Sample",
        "board": board,
        "trading_day": day,
        "prev_close_milli": PREV_CLOSE,
        "limit_up_milli": up,
        "limit_down_milli": down,
        "status": "trading",
    }


@dataclass
class KnownOrder:
    """What the exchange has of an order."""

    message: dict[str, Any]
    filled: int = 0
    cancelled: int = 0
    executions: int = 0
    indexes: list[int] = field(default_factory=list)

    @property
    def leaves(self) -> int:
        return self.message["qty"] - self.filled - self.cancelled


class Session(asyncio.Protocol):
    """One connection of the counter's gateway."""

    def __init__(self, venue: ScriptedVenue) -> None:
        self._venue = venue
        self._frames = FrameBuffer()
        self.transport: Any = None
        self.logged_on = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self._venue.sessions.discard(self)

    def data_received(self, data: bytes) -> None:
        for body in self._frames.feed(data):
            self._venue.hear(self, msgspec.msgpack.decode(body))

    def send(self, message: dict[str, Any]) -> None:
        if self.transport is not None:
            self.transport.write(frame(msgspec.msgpack.encode(message)))


class ScriptedVenue:
    """Accepts, fills at random, cancels; numbers its reports; answers queries; one trading day
    after the other.
    """

    def __init__(self, chance: random.Random, days: list[str]) -> None:
        self.chance = chance
        self.days = days
        self.loses = 0.03
        self.orders: dict[str, KnownOrder] = {}
        self.reports: list[dict[str, Any]] = []
        self.sessions: set[Session] = set()
        self.came: Counter[str] = Counter()
        self.called_unknown: Counter[str] = Counter()
        self.contradicted: list[str] = []

    @property
    def day(self) -> str:
        return self.days[0]

    def hear(self, session: Session, message: dict[str, Any]) -> None:
        match message["type"]:
            case "logon":
                self._log_on(session, message["next_report"])
            case "order":
                self._order(message)
            case "cancel":
                self._cancel(message["id"])
            case "query":
                self._query(session, message["id"])
            case "resend":
                for report in self.reports[message["first"] - 1 : message["last"]]:
                    session.send(report)
            case _:
                pass

    def _log_on(self, session: Session, first: int) -> None:
        session.send(market("logon_ok", self.day, next_report=len(self.reports) + 1))
        for symbol, market_code, board in SYMBOLS:
            session.send(instrument(symbol, market_code, board, self.day))
        for report in self.reports[first - 1 :]:
            session.send(report)
        session.logged_on = True
        self.sessions.add(session)

    def _say(self, kind: str, order: str, **more: Any) -> None:
        index = len(self.reports) + 1
        report = {"type": "report", "index": index, "kind": kind, "id": order, **more}
        self.reports.append(report)
        if order in self.orders:
            self.orders[order].indexes.append(index)
        # Now and then a report is lost on the way, or two overtake each other; the gap is asked
        # for.
        if self.chance.random() < self.loses:
            return
        for session in self.sessions:
            session.send(report)

    def _order(self, message: dict[str, Any]) -> None:
        name = message["id"]
        self.came[name] += 1
        if name in self.orders:
            if self.orders[name].message != message:
                self.contradicted.append(name)
            return
        order = self.orders[name] = KnownOrder(message)
        self._say("accepted", name, qty=message["qty"])
        for _ in range(self.chance.choice((0, 0, 1, 1, 2))):
            self._fill(name, order)

    def _fill(self, name: str, order: KnownOrder) -> None:
        if not order.leaves:
            return
        qty = order.leaves if self.chance.random() < 0.5 else max(order.leaves // 2, 1)
        order.filled += qty
        order.executions += 1
        price = order.message["price_milli"]
        self._say("filled", name, exec=f"E{len(self.reports) + 1}", price_milli=price, qty=qty)

    def _cancel(self, name: str) -> None:
        order = self.orders.get(name)
        if order is None:
            self._say("cancel_rejected", name, code="V201_unknown_order")
        elif not order.leaves:
            self._say("cancel_rejected", name, code="V202_already_done")
        else:
            if self.chance.random() < 0.3:
                self._fill(name, order)
            if order.leaves:
                qty, order.cancelled = order.leaves, order.leaves
                self._say("cancelled", name, qty=qty, code="user")

    def _query(self, session: Session, name: str) -> None:
        order = self.orders.get(name)
        if order is None:
            self.called_unknown[name] += 1
            session.send(
                {"type": "status", "id": name, "state": "unknown", "filled": 0, "leaves": 0}
            )
            return
        state = "open" if order.leaves else ("cancelled" if order.cancelled else "filled")
        session.send(
            {
                "type": "status",
                "id": name,
                "state": state,
                "filled": order.filled,
                "leaves": order.leaves,
            }
        )
        for index in order.indexes:
            session.send(self.reports[index - 1])

    def tick(self) -> None:
        """Something trades by itself, and the phase is announced."""
        working = [name for name, order in self.orders.items() if order.leaves]
        for name in self.chance.sample(working, min(len(working), 2)):
            self._fill(name, self.orders[name])
        for session in self.sessions:
            session.send(market("market", self.day))

    def end_day(self) -> None:
        """Everything left expires, the day is closed, the next begins."""
        for name, order in self.orders.items():
            if order.leaves:
                qty, order.cancelled = order.leaves, order.cancelled + order.leaves
                self._say("cancelled", name, qty=qty, code="expired")
        for session in self.sessions:
            session.send(
                {"type": "day_end", "trading_day": self.day, "last_report": len(self.reports)}
            )
        self.days.pop(0)
        # The new day's reference data comes with a new logon.
        self.hang_up()

    def hang_up(self) -> None:
        """Close every session; a gateway logs on again and gets what it missed."""
        for session in list(self.sessions):
            if session.transport is not None:
                session.transport.close()
