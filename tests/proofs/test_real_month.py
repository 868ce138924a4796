"""A month of real bars, real minutes and real trades as the market of 1,000 clients, whose books
are held against the exchange's record each day.

`make test` plays a slice of each. The whole: YUNQUAN_PROOF_WHOLE=1 with this file.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

from benchmarks.sim.clients import Traders, openings
from benchmarks.sim.day import begin_next_day, check_books, trade
from benchmarks.sim.pair import NAME, Pair, settings_of
from tests.proofs import real_data
from tests.proofs.real_data import Tick
from tests.sim import exchange_record
from tests.sim.depository import Books
from yunquan.app.migrations import migrate
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.transaction import Database
from yunquan_world.bars import load_bars
from yunquan_world.book import BUY, SELL
from yunquan_world.hours import AFTER_LUNCH_S, CALL_S, CLOSED, NOON_S, PRE_OPEN
from yunquan_world.prices import Prices

WHOLE = bool(os.environ.get("YUNQUAN_PROOF_WHOLE"))
CLIENTS = 1_000 if WHOLE else 100
ORDERS_A_DAY = 5_000 if WHOLE else 400
# Days, securities of the daily month; days of the minutes; trades of each share.
DAYS, SECURITIES, MINUTE_DAYS, TICKS = (22, 300, 43, 10**6) if WHOLE else (2, 40, 2, 300)
PAUSES_S = dict.fromkeys(
    (
        *("pre_open", "opening_call", "opening_call_locked", "opening_gap", "lunch"),
        *("closing_call", "after_hours_entry", "after_hours", "closed"),
    ),
    0.3,
)
OLD_STAMP, OLD_TRANSFER = Decimal("0.001"), Decimal("0.00002")


@dataclass
class Stage:
    """A counter, an exchange, and the depository's own bookkeeping of what they do."""

    pair: Pair
    books: Books
    conduct: exchange_record.Conduct
    record: Path
    traders: Traders
    fills: int = 0

    def end_of_day(self) -> None:
        """Begin the next day, and compare everything there is."""
        begin_next_day(self.pair)
        state = self.pair.driver.state
        check_books(state)
        theirs = exchange_record.load_orders(self.record, [NAME])
        mark = state.marks.get("counter-0")
        taken = mark.next - 1 if mark else 0
        first = self.books.next_report(NAME)
        new = self.books.take_new(
            NAME, exchange_record.load_reports(self.record, NAME, first), taken, set()
        )
        self.conduct.check(new, theirs, exchange_record.load_closes(self.record))
        self.books.book(new, theirs)
        self.books.check(state, settled=True)
        today = f"ord_{state.day.replace('-', '')}"
        for name, order in self.books.take_finished(today):
            assert order.decided, f"{name} is undecided: {order}"
            known = theirs.get(name)
            assert (known.filled if known else 0) == order.filled, f"{name}: {order}, {known}"
        self.fills = self.books.fills


@contextmanager
def stage(
    bars: list[tuple[str, str, Decimal]],
    first_day: str,
    speed: float,
    orders_per_s: float,
    **fees: Any,
) -> Iterator[Stage]:
    """The counter has 1,000 clients with holdings, and it is the night before the second day."""
    # In memory where there is such a folder: what is proved here is not the disk.
    home = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(prefix="yq-month-", dir=home) as folder:
        place = Path(folder)
        real_data.write_bars(place / "bars.csv", bars)
        settings = settings_of(
            place,
            speed=speed,
            pauses_s=PAUSES_S,
            first_day=first_day,
            orders_per_s=orders_per_s,
            sync="normal",
        )
        clock = ManualClock()
        database = Database(f"sqlite:///{place / 'counter.db'}", clock)
        migrate(database.engine)
        prices = Prices(load_bars(place / "bars.csv"), settings.seed)
        pair = Pair(database, clock, settings, prices)
        books = Books(**fees)
        pair.driver.on_commit.append(lambda _seq, _body, events: books.hear_all(events))
        pair.open()
        begin_next_day(pair)
        symbols = sorted(pair.floor.reference(0).instruments)
        pair.do(list(openings(CLIENTS, symbols, settings.seed)))
        record = settings.data / "exchange.sqlite"
        traders = Traders(CLIENTS, symbols, settings.seed)
        yield Stage(pair, books, exchange_record.Conduct(), record, traders)
        pair.close()
        database.dispose()


@pytest.mark.skipif(bool(real_data.missing(real_data.DAILY)), reason="no real daily bars here")
def test_a_month_of_csi_300() -> None:
    """April 2026: whatever the clients do, each day closes where it really closed."""
    bars = real_data.daily_bars("2026-03-20", "2026-04-30", SECURITIES)
    real = {(day, symbol): int(close * 1000) for symbol, day, close in bars}
    rate = 8.0 * SECURITIES
    with stage(bars, "2026-03-31", 7_200.0, rate) as found:
        played = 0
        while played < DAYS and found.pair.world.trading_day <= "2026-04-30":
            trade(found.pair, found.traders, ORDERS_A_DAY, batch=50)
            found.end_of_day()
            played += 1
        closes = exchange_record.load_closes(found.record)
        compared = {key: close for key, close in closes.items() if key in real}
        assert len(compared) >= 0.9 * played * SECURITIES
        assert {key: real[key] for key in compared} == compared
        assert found.conduct.auctions > 0
        assert found.fills > 0.1 * played * ORDERS_A_DAY
        print(f"{played} days, {found.fills} fills, {len(compared)} closes as they were")


@pytest.mark.skipif(bool(real_data.missing(real_data.MINUTES)), reason="no real minutes here")
def test_real_minutes() -> None:
    """December 2018 and January 2019 of six shares; the day's path is the real one."""
    bars = real_data.minute_bars("2018-12-03", "2019-02-01")
    real = {(when[:10], symbol): int(price * 1000) for symbol, when, price in bars}
    fees = {"stamp": OLD_STAMP, "transfer": OLD_TRANSFER}
    with stage(bars, "2018-12-03", 7_200.0, 400.0, **fees) as found:
        played = 0
        while played < MINUTE_DAYS and found.pair.world.trading_day <= "2019-02-01":
            trade(found.pair, found.traders, ORDERS_A_DAY, batch=50)
            found.end_of_day()
            played += 1
        closes = exchange_record.load_closes(found.record)
        compared = {key: close for key, close in closes.items() if key in real}
        assert len(compared) >= played * 5
        assert {key: real[key] for key in compared} == compared
        assert found.fills > 0.1 * played * ORDERS_A_DAY
        print(f"{played} days of minutes, {found.fills} fills")


@pytest.mark.skipif(bool(real_data.missing(real_data.TICKS)), reason="no real trades here")
def test_real_trades() -> None:
    """1 February 2019, trade by trade: each recorded trade comes again, at its price, and meets the
    clients' orders where theirs are better."""
    bars = real_data.minute_bars("2019-01-28", "2019-02-01")
    ticks = real_data.ticks("2019-02-01", TICKS)
    fees = {"stamp": OLD_STAMP, "transfer": OLD_TRANSFER}
    with stage(bars, "2019-01-30", 7_200.0, 0.0, **fees) as found:
        while found.pair.world.trading_day < "2019-02-01":
            found.end_of_day()
        replayed = replay(found, ticks)
        tape = found.pair.world.exchange.tapes
        recorded = sum(tick.qty for tick in ticks if tick.side != 2)
        assert replayed == recorded, "every recorded share has found somebody"
        assert sum(one.volume for one in tape.values()) >= recorded
        found.end_of_day()
        assert found.fills > 50
        print(f"{len(ticks)} trades, {found.fills} fills of clients")


def in_session(at_s: int) -> int:
    """A trade that was written down a few seconds late happened before the session's end."""
    return min(at_s, NOON_S - 1) if at_s < AFTER_LUNCH_S else min(at_s, CALL_S - 1)


def replay(found: Stage, ticks: list[Tick]) -> int:
    """Play the continuous trades at their time of day, and the clients in between; the shares that
    came again.
    """
    pair, world = found.pair, found.pair.world
    exchange, draw, traded = world.exchange, Random(1), 0
    clients = iter(range(ORDERS_A_DAY // 50))
    every = max(len(ticks) // (ORDERS_A_DAY // 50), 1)
    while world.moment.phase == PRE_OPEN:
        pair.advance(0.05)
    for number, tick in enumerate(tick for tick in ticks if tick.side != 2):
        while (away_s := in_session(tick.at_s) - world.moment.market_s) > 0:
            pair.advance(min(away_s / world.settings.speed + 1e-6, 0.02))
        if number % every == 0 and next(clients, None) is not None:
            commands = found.traders.commands(50, pair.floor.reference(0), pair.prices)
            found.traders.answered(commands, pair.do(commands))
            pair.settle()
        taker, maker = (BUY, SELL) if tick.side == 0 else (SELL, BUY)
        before = exchange.tapes[tick.symbol].volume
        resting = world.place_other(tick.symbol, maker, tick.price_milli, tick.qty)
        # A client's better order may have taken it already.
        met = exchange.tapes[tick.symbol].volume - before
        if met < tick.qty:
            taking = world.place_other(tick.symbol, taker, tick.price_milli, tick.qty - met)
            exchange.cancel_other(tick.symbol, taking)
        exchange.cancel_other(tick.symbol, resting)
        traded += min(exchange.tapes[tick.symbol].volume - before, tick.qty)
        if draw.random() < 0.02:
            pair.settle()
    while world.moment.phase != CLOSED:
        pair.advance(0.1)
    return traded
