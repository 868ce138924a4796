"""Two readings of one rule book side by side: the counter that checks an order before it goes out,
and the exchange that takes or rejects it. Both are the real code; the orders are drawn from a seed.

A scene is a moment of a trading day: every kind of security with books in some state. The counter
hears of the securities by the venue's own messages, so what it knows is what a member knows.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import msgspec

from yunquan.counter.rules.place import decide_place
from yunquan.counter.rules.reference import Reference, Session, session_key, session_now
from yunquan.counter.rules.state import SENDING, State
from yunquan.counter.types import PlaceOrder, SecuritiesAccount
from yunquan.market import day_of_notice
from yunquan.market.rules import RuleBook, day_phases
from yunquan.market.types import MARKETS, InstrumentDay
from yunquan.venues.adapters.exchange import notice_of
from yunquan_world.blotter import REJECTED, At, Counters
from yunquan_world.book import BUY as BUYS
from yunquan_world.book import SELL as SELLS
from yunquan_world.exchange import Exchange
from yunquan_world.market_data import instrument_message
from yunquan_world.messages import NewOrder
from yunquan_world.rules import Instrument, instrument_on, to_tick
from yunquan_world.statuses import VOLATILITY_HALT

BUY, SELL = 1, 2
MEMBER = "YQ01.counter-0"
ACCOUNT = "6000000001"
# Trading days on both sides of the rules of 2026-07-06, and of the Beijing cap of 2026-08-31.
DAYS = ("2026-06-15", "2026-07-03", "2026-07-06", "2026-07-07", "2026-08-28", "2026-08-31")
# Phase, and a second of the day within it.
PHASES = (
    ("pre_open", 9 * 3600 + 600),
    ("opening_call", 9 * 3600 + 16 * 60),
    ("opening_call_locked", 9 * 3600 + 22 * 60),
    ("opening_gap", 9 * 3600 + 27 * 60),
    *(("continuous", 10 * 3600 + minute * 60) for minute in range(6)),
    *(("continuous", 13 * 3600 + minute * 60) for minute in range(3)),
    ("lunch", 12 * 3600),
    ("closing_call", 14 * 3600 + 58 * 60),
    ("after_hours_entry", 15 * 3600 + 60),
    ("after_hours", 15 * 3600 + 600),
    ("closed", 15 * 3600 + 40 * 60),
)
LATE = ("after_hours_entry", "after_hours", "closed")
# Symbol, product where the code does not tell it, risk-warned.
LISTED = (
    ("600519.SH", "", False),
    ("600101.SH", "", True),
    ("688001.SH", "", False),
    ("689101.SH", "", True),
    ("000001.SZ", "", False),
    ("002101.SZ", "", True),
    ("300001.SZ", "", False),
    ("301101.SZ", "", True),
    ("920002.BJ", "", False),
    ("830101.BJ", "", True),
    ("510300.SH", "", False),
    ("159901.SZ", "", False),
    ("588001.SH", "etf_wide", False),
    ("159915.SZ", "etf_wide", False),
    ("511010.SH", "etf_bond", False),
    ("518880.SH", "etf_gold", False),
    ("159934.SZ", "etf_gold", False),
    ("159985.SZ", "etf_commodity", False),
    ("511880.SH", "etf_money", False),
    ("159941.SZ", "etf_cross_border", False),
    ("501001.SH", "", False),
    ("160105.SZ", "", False),
    ("508001.SH", "", False),
    ("180101.SZ", "", False),
    ("113001.SH", "", False),
    ("123001.SZ", "", False),
    ("019001.SH", "", False),
    ("101001.SZ", "", False),
)
KINDS = {
    "limit": 50,
    "best5_cancel": 8,
    "best5_limit": 6,
    "own_best": 8,
    "counter_best": 8,
    "immediate_cancel": 4,
    "fill_or_kill": 4,
    "after_hours": 11,
    "stop_loss": 1,
}
PLENTY_FEN = 10**17
PLENTY_SHARES = 10**9


@dataclass(frozen=True)
class Case:
    """One order, and what became of it on either side.

    ours: "sent", "waits" (kept for a later phase), or the counter's refusal. theirs: "" when the
    exchange took it, else its reject code.
    """

    instrument: Instrument
    day: str
    phase: str
    kind: str
    side: int
    price: int
    qty: int
    ours: str
    theirs: str

    @property
    def is_alike(self) -> bool:
        """Sent and taken, refused and rejected, or kept while the exchange takes nothing like it
        now."""
        if self.ours == "waits":
            return self.theirs in ("V104_closed", "V113_phase_kind")
        return (self.ours == "sent") == (self.theirs == "")


class Scene:
    """A moment of a day on both sides."""

    def __init__(self, draw: Random, book: RuleBook) -> None:
        self.draw = draw
        self.day = draw.choice(DAYS)
        self.phase, self.second = draw.choice(PHASES)
        self.at = At(f"{self.day}T10:00:00.000+08:00", self.phase, float(self.second))
        self.instruments = [listed(draw, self.day, *row) for row in LISTED]
        self.rehearses = draw.random() < 0.02
        self.exchange = Exchange(Counters(), lambda _gateway, _order: None)
        self.exchange.open_day(self.instruments, {}, "test" if self.rehearses else "trading")
        self._trade_before()
        self.halts = self._halt_some()
        self.exchange.take_batch()
        notices = [notice_of(_as_sent(instrument)) for instrument in self.instruments]
        self.days: dict[str, InstrumentDay] = {
            notice.instrument.symbol: day_of_notice(book, notice) for notice in notices
        }
        self.sessions: dict[str, Session] = {}
        for day in self.days.values():
            phases = day_phases(book, day.market, day.board, day.product, self.day)
            key = session_key(day.market, day.board, day.product)
            self.sessions[key] = session_now(phases, self.phase, self.second)
        self.state = self._rich_state()
        self._count = 0

    def _trade_before(self) -> None:
        """Books as they may be: two-sided, one-sided or empty, with a last price or without."""
        draw, exchange = self.draw, self.exchange
        earlier = dataclasses.replace(self.at, phase="continuous")
        if self.phase == "pre_open":
            return
        for instrument in self.instruments:
            if instrument.halted:
                continue
            tick, middle = instrument.rule.tick_milli, instrument.prev_close_milli
            sides = draw.choice(((BUYS, SELLS), (BUYS, SELLS), (BUYS,), (SELLS,), ()))
            if draw.random() < 0.5:
                last = min(max(middle, instrument.limit_down_milli), instrument.limit_up_milli)
                for side in (BUYS, SELLS):
                    exchange.place_other(instrument.symbol, side, last, 500, earlier)
            for side in sides:
                for _ in range(draw.choice((1, 3, 7))):
                    away = draw.randint(1, 12) * tick
                    price = middle - away if side == BUYS else middle + away
                    if instrument.limit_down_milli <= price <= instrument.limit_up_milli:
                        exchange.place_other(instrument.symbol, side, price, 1_000, earlier)
        if self.phase in LATE:
            exchange.end_session({}, earlier)
        exchange.take_prints()

    def _halt_some(self) -> dict[str, str]:
        """What stands still, as a member is told it: by symbol or market."""
        draw, halted = self.draw, {}
        if draw.random() < 0.1:
            market = draw.choice(MARKETS)
            self.exchange.halt_exchange(market, "drill", self.at)
            halted[market] = "exchange_halt"
        for instrument in draw.sample(self.instruments, 2):
            self.exchange.halt(instrument.symbol, "news", self.at)
            halted[instrument.symbol] = "halted"
        for instrument in self.instruments:
            pit = self.exchange.pits[instrument.symbol]
            if pit.volatility and instrument.symbol not in halted and draw.random() < 0.4:
                self.exchange.halts.set(pit, VOLATILITY_HALT, "up30", self.at)
                halted[instrument.symbol] = "volatility_halt"
        return halted

    def _rich_state(self) -> State:
        """An account that may do everything and can pay for it, so that the rules alone decide."""
        state = State("0")
        state.day = self.day
        securities = (
            SecuritiesAccount("SH", "A000000001", designated=True),
            SecuritiesAccount("SZ", "0000000001", custody_unit="YQ01"),
        )
        permissions = ("star", "chinext", "bse", "convertible")
        account = state.open(ACCOUNT, "cli_1", "ordinary", "CNY", securities, permissions)
        account.id_expires_on = "2099-01-01"
        account.book.cash.available = PLENTY_FEN
        for symbol in self.days:
            account.book.position(symbol).available = PLENTY_SHARES
        return state

    # Orders.

    def cases(self, count: int) -> Iterator[Case]:
        for _ in range(count):
            yield self._case()

    def _case(self) -> Case:
        draw = self.draw
        instrument = draw.choice(self.instruments)
        (kind,) = draw.choices(list(KINDS), list(KINDS.values()))
        side = draw.choice((BUY, SELL))
        price, qty = self._price(instrument, kind, side), self._quantity(instrument, kind)
        self._count += 1
        number = str(self._count)
        ours = self._ours(number, instrument, kind, side, price, qty)
        order = NewOrder(
            number,
            "A000000001",
            instrument.security,
            instrument.market,
            "B" if side == BUY else "S",
            kind,
            price,
            qty,
        )
        assert self.exchange.place(MEMBER, order, self.at)
        batch = self.exchange.take_batch()
        placed = self.exchange.find(MEMBER, number)
        assert placed is not None
        theirs = ""
        if placed.state == REJECTED:
            theirs = msgspec.msgpack.decode(batch.reports[0].body)["code"]
        for status in batch.statuses.values():
            # A large move has halted it: members are told.
            self.halts[status.symbol] = status.status
        return Case(instrument, self.day, self.phase, kind, side, price, qty, ours, theirs)

    def _ours(
        self, number: str, instrument: Instrument, kind: str, side: int, price: int, qty: int
    ) -> str:
        symbol = instrument.symbol
        pit = self.exchange.pits[symbol]
        prices = {symbol: (pit.best(BUYS), pit.best(SELLS), pit.tape.last_milli)}
        reference = Reference(
            self.day,
            1,
            self.days,
            self.sessions,
            frozenset(MARKETS),
            prices,
            self.halts,
            self.second,
            ("",),
            self.rehearses,
        )
        command = PlaceOrder(f"c:{number}", ACCOUNT, symbol, side, price, qty, self.day, kind)
        event: Any = decide_place(self.state, command, 0, reference)
        if hasattr(event, "code"):
            return event.code
        return "sent" if event.state == SENDING else "waits"

    def _price(self, instrument: Instrument, kind: str, side: int) -> int:
        """Inside the limits, at them, a tick beyond, around the cage, off the tick, or none."""
        draw, tick = self.draw, instrument.rule.tick_milli
        up, down = instrument.limit_up_milli, instrument.limit_down_milli
        unprotected = instrument.market == "SZ" and kind not in ("limit", "after_hours")
        if unprotected and draw.random() < 0.8:
            return 0
        chance = draw.random()
        if chance < 0.35:
            around = instrument.prev_close_milli
            return to_tick(int(around * math.exp(draw.gauss(0, 0.02))), tick)
        if chance < 0.6:
            pit = self.exchange.pits[instrument.symbol]
            around = pit.best(SELLS if side == BUY else BUYS) or instrument.prev_close_milli
            percent = 5 if instrument.market == "BJ" else 2
            bound = around * (100 + (percent if side == BUY else -percent)) // 100
            return max(to_tick(bound, tick) + draw.randint(-11, 11) * tick, 0)
        if chance < 0.75:
            return draw.choice((up, down, up - tick, down + tick))
        if chance < 0.85:
            return draw.choice((up + tick, down - tick))
        if chance < 0.9:
            return to_tick(instrument.prev_close_milli, tick) + draw.choice((-1, 1, 3, 5))
        if chance < 0.95:
            times = draw.choice((0.3, 0.5, 0.7, 0.71, 1.5, 1.51, 4.0, 9.0, 9.5))
            return to_tick(int(instrument.prev_close_milli * times), tick)
        return draw.choice((0, 0, -10, 10**9))

    def _quantity(self, instrument: Instrument, kind: str) -> int:
        draw, rule = self.draw, instrument.rule
        chance = draw.random()
        if chance < 0.55:
            return rule.buy_min + rule.buy_step * draw.choice((0, 0, 1, 7, 100))
        if chance < 0.8:
            most = rule.most(kind)
            return most + draw.choice((-rule.buy_step, 0, 1, rule.buy_step))
        return draw.choice((1, 7, 99, 100, 101, 150, 199, 200, 201, 300_000, 500_100, 0, -100))


def listed(draw: Random, day: str, symbol: str, product: str, warned: bool) -> Instrument:
    """A security on some day of its life: new, old, or about to leave."""
    chance = draw.random()
    listing_day = draw.choice((1, 1, 2, 5, 6)) if chance < 0.3 else 0
    delisting_day = draw.choice((1, 2, 15)) if 0.3 <= chance < 0.4 else 0
    bond = symbol.startswith(("11", "12", "019", "10"))
    prev = math.exp(draw.uniform(math.log(200), math.log(400_000)))
    if bond:
        prev = draw.uniform(70_000, 180_000)
    tick = 1 if product or symbol.startswith(("5", "15", "16", "18")) or bond else 10
    return instrument_on(
        symbol,
        day,
        to_tick(round(prev), tick),
        name="样例",
        name_en="Sample",
        product=product,
        halted=draw.random() < 0.03,
        risk_warned=warned,
        listed_on=day if listing_day == 1 else "",
        listing_day=listing_day,
        delisting_day=delisting_day if symbol[0] in "60389" and not bond else 0,
        issue_price_milli=100_000 if bond and listing_day == 1 else 0,
    )


def _as_sent(instrument: Instrument) -> dict[str, Any]:
    """The venue's message about it, through the wire's encoding."""
    found: dict[str, Any] = msgspec.msgpack.decode(
        msgspec.msgpack.encode(instrument_message(instrument))
    )
    return found
