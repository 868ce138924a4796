"""A small living brokerage for the pages: nine instruments that move, a client mid-day.

`python -m tests.investor.stall 8123` serves it, to look at the pages by hand; `... 8123 pre_open
20:15:00` at another time of the market's day.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from litestar import Litestar

from tests.fixtures_database import migrate
from tests.partners.brokerage import DAY, PASSWORD, RULES, Brokerage, make_brokerage
from yunquan import investor, opening, riskdesk, standing, workbench
from yunquan.actions import Action, DayActions, load_tax_rates
from yunquan.actions.store import save_action
from yunquan.actions.types import ActionState, Standing
from yunquan.app.web import WebValues
from yunquan.bars import store as bars_store
from yunquan.bars.types import DayBar, MinuteBar
from yunquan.clients.types import DemoLogin
from yunquan.counter.rules.reference import Reference, session_key, session_now
from yunquan.counter.types import CancelOrder, PlaceOrder
from yunquan.desk.rules import clock_text
from yunquan.investor.pages import router as investor_pages
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.ids import IdSource
from yunquan.kernel.transaction import Database
from yunquan.market import day_of_notice, seed_calendar
from yunquan.market.rules import day_phases, seconds_of
from yunquan.market.types import Instrument, InstrumentNotice, MarketStatus
from yunquan.quotes import grant_level
from yunquan.quotes.types import Quote, Trade
from yunquan.rights import DayRights
from yunquan.riskdesk.pages import router as riskdesk_pages
from yunquan.standing.pages import router as standing_pages
from yunquan.workbench.pages import router as workbench_pages

SYMBOLS = (
    ("600519.SH", "main", "海棠酒业", "Haitang Spirits", 1_488_000),
    ("688981.SH", "star", "澄光微电", "Chengguang Micro", 99_700),
    ("603375.SH", "main", "青禾精机", "Qinghe Precision Machinery", 45_120),
    ("000001.SZ", "main", "临江银行", "Linjiang Bank", 11_500),
    ("300001.SZ", "chinext", "晨曦电池", "Chenxi Energy Storage", 24_330),
    ("300059.SZ", "chinext", "松涛信息", "Songtao Information", 21_980),
    ("301499.SZ", "chinext", "白鹭光学", "Bailu Optical Instruments", 38_450),
    ("518880.SH", "fund", "金穗黄金ETF", "Jinsui Gold ETF", 9_412),
    ("113050.SH", "bond", "临江转债", "Linjiang Convertible", 118_350),
)
PRODUCTS = {"518880.SH": "etf_gold", "113050.SH": "convertible"}
GATEWAYS = ("", "b")
ROOMS = {
    room.__name__.rpartition(".")[2]: Path(room.__file__ or "").parent
    for room in (investor, opening, riskdesk, standing, workbench)
}


@dataclass
class Stall:
    """The brokerage, its web app, and the hand that moves its market."""

    brokerage: Brokerage
    app: Litestar
    market: Market


class Market:
    """Random walks within a percent or two of the previous close."""

    def __init__(self, board: Any, seed: int = 7) -> None:
        self.board = board
        self.chance = random.Random(seed)
        self.last = {symbol: close for symbol, _, _, _, close in SYMBOLS}
        self.opened = dict(self.last)
        self.high, self.low = dict(self.last), dict(self.last)
        self.volume = dict.fromkeys(self.last, 0)
        self.turnover = dict.fromkeys(self.last, 0)
        self.bars: dict[str, list[MinuteBar]] = {symbol: [] for symbol in self.last}
        self.seq = 0
        self.second = 9 * 3600 + 30 * 60
        self.phase = "continuous"

    def begin(self) -> None:
        # The brokerage's own first bar belongs to another price.
        self.board.book._minutes.clear()
        for symbol, board, name_zh, name_en, close in SYMBOLS:
            instrument = Instrument(
                symbol,
                symbol[-2:],
                board,
                name_zh,
                name_en,
                product=PRODUCTS.get(symbol, "stock"),
                simulated="intraday",
            )
            width = 200 if board in ("star", "chinext", "bond") else 100
            up, down = (round(close * (1000 + w) // 1000, -1) for w in (width, -width))
            self.board.on_instrument(
                InstrumentNotice(instrument, DAY, close, up, down, halted=False)
            )
        for _ in range(72):
            self.minute()
        for symbol in self.last:
            self.board.on_minutes(symbol, DAY, self.bars[symbol])
            self.quote(symbol)
            for _ in range(12):
                self.trade(symbol)

    def minute(self) -> None:
        self.second += 60
        for symbol, last in self.last.items():
            step = max(10, last * 12 // 100_000 * 10)
            path = [last]
            for _ in range(6):
                path.append(
                    max(
                        path[-1]
                        + self.chance.choice((-1, -1, 0, 0, 1, 1, 1))
                        * self.chance.randint(1, step // 10)
                        * 10,
                        10,
                    )
                )
            volume = self.chance.randint(20, 900) * 100
            self.last[symbol] = path[-1]
            self.high[symbol], self.low[symbol] = (
                max(self.high[symbol], *path),
                min(self.low[symbol], *path),
            )
            turnover = volume * sum(path) // len(path) // 10
            self.volume[symbol] += volume
            self.turnover[symbol] += turnover
            at = f"{self.second // 3600:02d}:{self.second // 60 % 60:02d}"
            self.bars[symbol].append(
                MinuteBar(at, path[0], max(path), min(path), path[-1], volume, turnover)
            )

    def quote(self, symbol: str) -> None:
        self.seq += 1
        last = self.last[symbol]
        levels = [self.chance.randint(1, 90) * 100 for _ in range(20)]
        bids = tuple((last - 10 * i, levels[i]) for i in range(10))
        asks = tuple((last + 10 * (i + 1), levels[10 + i]) for i in range(10))
        prev = next(close for name, _, _, _, close in SYMBOLS if name == symbol)
        self.board.on_quote(
            Quote(
                symbol,
                self.seq,
                f"{DAY}T10:42:18.000+08:00",
                last,
                self.opened[symbol],
                self.high[symbol],
                self.low[symbol],
                prev,
                self.volume[symbol],
                self.turnover[symbol],
                bids,
                asks,
            )
        )

    def trade(self, symbol: str) -> None:
        self.seq += 1
        clock = f"{self.second // 3600:02d}:{self.second // 60 % 60:02d}:{self.second % 60:02d}"
        qty, side = self.chance.randint(1, 40) * 100, self.chance.choice("BS")
        at = f"{DAY}T{clock}.000+08:00"
        self.board.on_trade(Trade(symbol, self.seq, at, self.last[symbol], qty, side))

    async def live(self) -> None:
        """Move until cancelled."""
        while True:
            await asyncio.sleep(0.4)
            self.board.on_heard()
            self.second += 4
            status = MarketStatus(
                DAY,
                clock_text(self.second),
                self.phase,
                10.0,
            )
            self.board.on_market(status)
            if self.phase != "continuous":
                continue
            for symbol in self.chance.sample(sorted(self.last), 3):
                self.last[symbol] += (
                    self.chance.choice((-20, -10, 0, 10, 20))
                    if self.last[symbol] > 50_000
                    else self.chance.choice((-10, 0, 10))
                )
                self.trade(symbol)
                self.quote(symbol)


def make_stall(folder: Path, database: Database | None = None, **values: Any) -> Stall:
    """Client "linxz" (PASSWORD) with Level 2, money, shares, and orders in every state."""
    if database is None:
        url = f"sqlite:///{folder}/stall.db"
        migrate(url)
        database = Database(url, SystemClock(), IdSource(SystemClock(), 7))
    brokerage = make_brokerage(database, folder, WebValues(demo=True))
    market = Market(brokerage.desk.quotes)
    market.begin()
    set_time(brokerage, market, "continuous", 38_538)
    save_bars(database)
    with database.transaction("staff:stf_stall") as tx:
        # Level 2 for one client, so that both looks can be seen.
        grant_level(tx, str(brokerage.clients["linxz"]), DAY, "", "contract 7/2026")
        seed_calendar(tx)
    trade(brokerage)
    offer_rights(brokerage)
    app = brokerage.app(
        [investor_pages, standing_pages, workbench_pages, riskdesk_pages], ROOMS, **values
    )
    app.state.demo_logins = (DemoLogin("client", "linxz", PASSWORD, "demo.demo"),)
    return Stall(brokerage, app, market)


RIGHTS = Action(
    "300059.SZ:2026-07-22",
    "300059.SZ",
    "2026-07-10",
    "2026-07-22",
    listing_day="2026-07-28",
    rights_e6=3_000_000,
    rights_price_milli=12_500,
    rights_from=DAY,
    rights_to="2026-07-17",
    rights_code="080059",
)


def offer_rights(brokerage: Brokerage) -> None:
    """The demo client held 1,000 shares when a rights issue was recorded; its window is open."""
    database = brokerage.desk.database
    with database.transaction() as tx:
        save_action(tx, Standing(RIGHTS, 1, ActionState.ANNOUNCED, "Notice 2026-017"))
    held = [(brokerage.accounts["linxz"], RIGHTS.symbol, 1_000)]
    acting = DayRights(DayActions(load_tax_rates()))
    acting.act(database, RIGHTS.record_day, "0", held, {})


def set_time(brokerage: Brokerage, market: Market, phase: str, second: int) -> None:
    """It is this phase and this second of the day, for the pages and for the counter."""
    market.phase, market.second = phase, second
    board = brokerage.desk.quotes
    board.on_market(MarketStatus(DAY, clock_text(second), phase, 10.0))
    days = {
        symbol: day_of_notice(RULES, notice) for symbol, notice in board.book.instruments.items()
    }
    sessions = {
        session_key(day.market, day.board, day.product): session_now(
            day_phases(RULES, day.market, day.board, day.product, DAY), phase, second
        )
        for day in days.values()
    }

    def reference(now_ms: int) -> Reference:
        prices = {
            symbol: (quote.bids[0][0], quote.asks[0][0], quote.last_milli)
            for symbol, quote in board.book.quotes.items()
            if quote.bids and quote.asks
        }
        links = frozenset(("SH", "SZ"))
        return Reference(
            DAY, now_ms, days, sessions, links, prices, brokerage.halts, second, GATEWAYS
        )

    brokerage.driver.reference_parts = reference


def save_bars(database: Database) -> None:
    """A year of closes, and two weeks of whole days as the simulated market leaves them."""
    chance = random.Random(3)
    with database.transaction() as tx:
        for symbol, _, _, _, close in SYMBOLS:
            rows, day, price = [], date(2026, 7, 10), close
            for i in range(260):
                while day.weekday() > 4:
                    day -= timedelta(days=1)
                whole = i < 12
                other = round(price * (1 + chance.uniform(-0.022, 0.021)), -1)
                spread = round(price * 0.008, -1)
                rows.append(
                    DayBar(
                        symbol,
                        day.isoformat(),
                        other if whole else None,
                        max(price, other) + spread if whole else None,
                        min(price, other) - spread if whole else None,
                        price,
                        chance.randint(10, 90) * 10_000 if whole else None,
                        None,
                        "simulated" if whole else "import",
                        not whole,
                    )
                )
                day, price = day - timedelta(days=1), other
            bars_store.save_bars(tx, rows, "stall")


def trade(brokerage: Brokerage) -> None:
    """Orders of the client in every state people meet."""
    account = brokerage.accounts["linxz"]
    actor = f"client:{brokerage.clients['linxz']}"

    def place(key: str, symbol: str, side: int, price: int, qty: int) -> str:
        return brokerage.submit(
            PlaceOrder(f"{actor}:{key}", account, symbol, side, price, qty, DAY)
        ).order

    quote = brokerage.desk.quotes.quote("000001.SZ")
    assert quote
    bid, ask = quote.bids[0][0], quote.asks[0][0]
    filled = place("a", "000001.SZ", 1, ask + 10, 800)
    brokerage.report("accepted", filled)
    brokerage.report("filled", filled, ask, 300)
    brokerage.report("filled", filled, ask + 10, 500)
    sold = place("b", "000001.SZ", 2, bid - 10, 400)
    brokerage.report("accepted", sold)
    brokerage.report("filled", sold, bid, 400)
    place("c", "600519.SH", 1, 1_640_000, 100)
    cancelled = place("d", "300059.SZ", 1, 21_500, 500)
    brokerage.report("accepted", cancelled)
    brokerage.submit(CancelOrder(f"{actor}:e", account, cancelled))
    brokerage.report("cancelled", cancelled, 0, 500)
    partly = place("f", "300059.SZ", 1, 21_960, 600)
    brokerage.report("accepted", partly)
    brokerage.report("filled", partly, 21_960, 200)
    waiting = place("g", "600519.SH", 2, 1_499_000, 100)
    brokerage.report("accepted", waiting)
    place("h", "000001.SZ", 1, 11_300, 1000)


@asynccontextmanager
async def moving(stall: Stall) -> AsyncIterator[None]:
    """The market moves, and the exchange accepts and fills what is new, while this lasts."""
    tasks = [
        asyncio.create_task(stall.market.live()),
        asyncio.create_task(answer_orders(stall.brokerage)),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()


async def answer_orders(brokerage: Brokerage) -> None:
    """Every new order is accepted a moment later; every cancel done."""
    seen_orders, seen_cancels = len(brokerage.venue.orders), len(brokerage.venue.cancels)
    while True:
        await asyncio.sleep(0.5)
        for order in brokerage.venue.orders[seen_orders:]:
            brokerage.report("accepted", order)
        for order in brokerage.venue.cancels[seen_cancels:]:
            brokerage.report("cancelled", order, 0, 100)
        seen_orders, seen_cancels = len(brokerage.venue.orders), len(brokerage.venue.cancels)


async def serve(port: int, phase: str = "", time: str = "") -> None:
    from granian.constants import Interfaces
    from granian.server.embed import Server

    with tempfile.TemporaryDirectory() as folder:
        stall = make_stall(Path(folder))
        if phase:
            set_time(stall.brokerage, stall.market, phase, seconds_of(time))
        print("staff", stall.brokerage.totp, flush=True)
        async with moving(stall):
            await Server(stall.app, port=port, interface=Interfaces.ASGI).serve()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), *sys.argv[2:4]))
