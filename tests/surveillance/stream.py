"""A stream as counters and rooms write it, made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from yunquan.app.event_kinds import event_kinds
from yunquan.counter import events as counter
from yunquan.indicators import sizes_for
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.events import EventCodec
from yunquan.kernel.log import PLAIN, append, lock_head
from yunquan.kernel.transaction import ROOMS_STREAM, Database
from yunquan.kernel.zone import in_market_zone
from yunquan.quotes import TapeReader, TapeWriter
from yunquan.quotes.rules.ticks import row_of
from yunquan.quotes.types import Quote, Trade
from yunquan.surveillance.service.monitor import Monitor
from yunquan.surveillance.service.sources import LogSource, Source, TapeSource
from yunquan.surveillance.types import AlertView

BUY, SELL = 1, 2
SIZES = sizes_for(256, 128, 64)


class Stream:
    """Writes events at the clock's time; orders get numbers of their own."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database = database
        self.clock = clock
        self.orders = 0
        # Where the market's ticks are written, for those who want a tape.
        self.tape: Path | None = None

    @property
    def now_ms(self) -> int:
        with self.database.read() as tx:
            return tx.now_ms()

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def say(self, *events: Any, stream: str = "counter-0") -> None:
        """One record."""
        with self.database.transaction("test") as tx:
            if stream == ROOMS_STREAM:
                for event in events:
                    tx.emit(event)
                return
            head = lock_head(tx.connection, stream)
            append(tx.connection, head, PLAIN.encode(list(events)), len(events), at_ms=tx.now_ms())

    def open(self, *accounts: str) -> None:
        self.say(
            *(
                counter.AccountOpened("c", 0, one, f"cli_{one}", "cash", "CNY", (), (), "")
                for one in accounts
            )
        )

    def order(self, account: str, symbol: str, side: int, price: int, qty: int) -> str:
        self.orders += 1
        name = f"o{self.orders}"
        self.say(
            counter.OrderPlaced(
                name, 0, name, account, symbol, side, price, qty, 0, self.now_ms,
                0, 0, 0, 0, 0, 0, (), clock_s=36_000,
            )
        )  # fmt: skip
        return name

    def cancel(self, order: str, account: str, qty: int) -> None:
        self.say(
            counter.OrderCancelled(
                "g", 0, "c", 0, order, account, qty, "user", closes=True, postings=()
            )
        )

    def fill(
        self, order: str, account: str, symbol: str, side: int, price: int, qty: int, execution: str
    ) -> None:
        self.say(
            counter.OrderFilled(
                "g", 0, order, account, symbol, side, execution, price, qty,
                price * qty // 10, 0, 0, 0, 0, True, self.now_ms, (),
            )
        )  # fmt: skip

    def cash(self, account: str, kind: str, yuan: int) -> None:
        self.say(counter.CashMoved("c", 0, account, kind, yuan * 100, "bank", ()))

    def spoof(self, account: str, symbol: str = "600519.SH") -> None:
        """Four large buys cancelled, and a sale while they stood."""
        placed = [self.order(account, symbol, BUY, 10_000, 600_000) for _ in range(4)]
        sale = self.order(account, symbol, SELL, 10_010, 400_000)
        self.fill(sale, account, symbol, SELL, 10_010, 400_000, f"E{self.orders}")
        for one in placed:
            self.wait(1)
            self.cancel(one, account, 600_000)

    def sources(self) -> list[Source]:
        codec = EventCodec(event_kinds().values())
        logs = [LogSource(one, self.database, codec) for one in ("counter-0", ROOMS_STREAM)]
        return [*logs, TapeSource(TapeReader(self.tape))] if self.tape else logs

    def ticks(self, symbol: str, count: int) -> None:
        """Trades of the market, a second apart."""
        for number in range(count):
            self._tape(Trade(symbol, number, self._at, 10_000, 100, "B"))
            self.wait(1)

    def quote(self, symbol: str) -> None:
        """A quote of the market, with nothing in its book."""
        prices = (10_000, 10_000, 10_000, 10_000, 10_000)
        self._tape(Quote(symbol, 1, self._at, *prices, 100, 100_000, (), ()))

    @property
    def _at(self) -> str:
        return in_market_zone(self.now_ms).strftime("%Y-%m-%d %H:%M:%S")

    def _tape(self, told: Quote | Trade) -> None:
        assert self.tape is not None
        writer = TapeWriter(self.tape)
        writer.write(told.at[:10], [row_of(told, self.now_ms)], self.now_ms)
        writer.close()

    def monitor(self, folder: Path, told: list[AlertView] | None = None) -> Monitor:
        """One that has begun."""

        def raised(found: Sequence[AlertView]) -> None:
            if told is not None:
                told.extend(found)

        made = Monitor(
            self.database, self.sources(), SIZES, lambda _s, _d: (0, 0, 0), folder, raised
        )
        made.start()
        return made


def run(monitor: Monitor) -> None:
    """Until there is nothing more."""
    while monitor.step():
        pass
