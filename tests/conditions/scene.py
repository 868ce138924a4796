"""A brokerage with an engine beside its board: quotes go to both, as a feed would send them."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import msgspec

from tests.partners.brokerage import DAY, HAIYUAN, RULES, Brokerage, make_brokerage, quote
from yunquan.bars import record_day_bar
from yunquan.bars.types import DayBar
from yunquan.conditions import ConditionEngine, Conditions, Wish
from yunquan.conditions.types import (
    ConditionDetail,
    ConditionFields,
    ConditionLine,
    ConditionPreview,
)
from yunquan.counter.rules.reference import Reference
from yunquan.counter.types import RollDay
from yunquan.kernel.errors import Unavailable
from yunquan.kernel.transaction import Database
from yunquan.market.types import MarketStatus, TradingStatus

NEXT_DAY = "2026-07-14"
STOP = ConditionFields("stop", HAIYUAN, "sell", 100, DAY, "9.00", "", "at_or_below", "9.50")
TIMED = ConditionFields("timed", HAIYUAN, "buy", 100, DAY, at="10:00", offset="0.05")
GRID = ConditionFields(
    "grid",
    HAIYUAN,
    "both",
    100,
    "2026-07-20",
    base="10.00",
    step="0.20",
    low="9.00",
    high="11.00",
    rounds=3,
)


class Scene:
    """One client's conditions and the market they wait for."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.brokerage: Brokerage = make_brokerage(database, folder)
        desk = self.brokerage.desk
        self.database, self.board, self.counters = database, desk.quotes, desk.counters
        self.office = Conditions(database, self.board, RULES, desk.catalogue)
        self.engine = self.another_engine()
        self.account = self.brokerage.accounts["linxz"]
        self.client = self.brokerage.clients["linxz"]
        self._numbers = itertools.count(100)
        self.shown: list[ConditionPreview] = []

    def another_engine(self, counters: Any = None) -> ConditionEngine:
        """As after a restart, or in a second process."""
        return ConditionEngine(self.database, counters or self.counters, self.board)

    async def confirm(self, fields: ConditionFields = STOP, key: str = "") -> ConditionLine:
        """Through preview and confirmation, as a face does it."""
        shown = self.office.preview(fields, "en")
        actor = f"client:{self.client}"
        wish = Wish(
            self.account,
            self.client,
            actor,
            f"{actor}:{key or next(self._numbers)}",
            fields,
            shown.digest,
            ticked=True,
        )
        return await self.office.confirm(wish, "en", self._keep)

    async def _keep(self, shown: ConditionPreview) -> None:
        self.shown.append(shown)

    async def settled(self, engine: ConditionEngine | None = None) -> None:
        """Everything due is done and answered."""
        engine = engine or self.engine
        await engine.step()
        await engine.settle()

    def hear(self, last: int, engine: ConditionEngine | None = None, **changes: Any) -> None:
        """A quote, heard by the board and then by the engine."""
        seq = next(self._numbers)
        fields = {"prev_close_milli": 10_000} | changes
        heard = msgspec.structs.replace(quote(HAIYUAN, last, seq), **fields)
        self.board.on_heard()
        self.board.on_quote(heard)
        (engine or self.engine).on_quote(heard)

    def market(self, time: str = "09:45:00", phase: str = "continuous", day: str = DAY) -> None:
        """Where the venue stands."""
        status = MarketStatus(day, time, phase, 10.0)
        self.board.on_heard()
        self.board.on_market(status)
        self.engine.on_market(status)

    def halt(self, status: str) -> None:
        """The venue stops the symbol, or goes on with it."""
        told = TradingStatus(HAIYUAN, "SZ", status)
        self.board.on_trading_status(told)
        self.engine.on_trading_status(told)

    def close(self, milli: int, day: str = DAY) -> None:
        """Keep a day's close, as the keeper of market data does when a day ends."""
        with self.database.transaction() as tx:
            bar = DayBar(HAIYUAN, day, milli, milli, milli, milli, 100, 100, "simulated", False)
            record_day_bar(tx, bar)

    def next_day(self, prev_close: int = 10_000) -> None:
        """The next trading day begins, for the venue and the counter."""
        driver, before = self.brokerage.driver, self.brokerage.driver.reference_parts

        def reference(now_ms: int) -> Reference:
            parts = before(now_ms)
            days = {
                symbol: msgspec.structs.replace(day, trading_day=NEXT_DAY)
                for symbol, day in parts.instruments.items()
            }
            links, nothing = frozenset(("SH", "SZ")), dict[str, Any]()
            return Reference(NEXT_DAY, now_ms, days, parts.sessions, links, nothing, {}, 38_538)

        driver.reference_parts = reference
        self.brokerage.submit(RollDay(f"system:roll:{NEXT_DAY}", NEXT_DAY))
        notice = self.board.book.instruments[HAIYUAN]
        self.board.on_instrument(
            msgspec.structs.replace(notice, trading_day=NEXT_DAY, prev_close_milli=prev_close)
        )
        self.market(day=NEXT_DAY)

    async def detail(self, condition: str) -> ConditionDetail:
        return await self.office.detail(self.account, condition, "en")

    def orders(self) -> list[str]:
        """Ids of what reached the venue."""
        return self.brokerage.venue.orders


class Silent:
    """Counters that take an order or don't, and whose answer is lost either way."""

    def __init__(self, counters: Any, *, takes: bool) -> None:
        self._counters = counters
        self._takes = takes

    def number_of(self, account: str) -> int:
        return self._counters.number_of(account)

    def of(self, account: str) -> Any:
        self._client = self._counters.of(account)
        return self

    async def submit(self, command: Any) -> Any:
        if self._takes:
            await self._client.submit(command)
        raise Unavailable("counter.unreachable")
