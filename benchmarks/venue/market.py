"""A market of the crowd alone, played minute by minute, for measuring and for looking at it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from yunquan_world.agents import institutions
from yunquan_world.agents.institutions import Parent
from yunquan_world.bars import sample_bars
from yunquan_world.blotter import At, Counters
from yunquan_world.book import BUY, SELL
from yunquan_world.crowd import Crowd
from yunquan_world.exchange import Exchange
from yunquan_world.prices import DayPlan, Prices, with_generated

FIRST_DAY = "2026-07-13"
MINUTES = 240
# As the floor does it: the crowd acts in small steps.
STEPS_A_MINUTE = 10


@dataclass(frozen=True)
class Minute:
    """A minute of a security: its last price and mid (milli), shares traded, and of the book at its
    end the spread (milli) and the shares of five prices on each side."""

    day: str
    minute: int
    last_milli: int
    mid_milli: float
    volume: int
    spread_milli: int
    depth: int


@dataclass
class Played:
    """What came of it. orders: sent by the crowd. cpu_s: for all of it, the book included."""

    orders: int = 0
    cpu_s: float = 0.0
    minutes: dict[str, list[Minute]] = field(default_factory=dict)


def prices_of(universe: str, seed: int = 7) -> Prices:
    return Prices(with_generated(sample_bars(), seed), seed, universe, FIRST_DAY)


def open_market(
    prices: Prices, plans: list[DayPlan], orders_per_minute: float, run: str = ""
) -> tuple[Exchange, Crowd]:
    """An exchange in its continuous session; orders_per_minute: of each security on average."""
    exchange = Exchange(Counters(), lambda _gateway, _order_id: None)
    exchange.open_day([plan.instrument for plan in plans], {})
    # A market minute takes six real seconds at the usual speed.
    rate = orders_per_minute * len(plans) / 6
    crowd = Crowd(exchange, plans, prices.seed, rate, run, prices.levels)
    crowd.open_books(0.0, At("", "continuous"))
    return exchange, crowd


def play(
    prices: Prices, symbols: Iterable[str] | None, days: int, orders_per_minute: float
) -> Played:
    """Let the crowd trade the symbols, None for all, for some days."""
    played = Played()
    closes: dict[str, int] = {}
    day = FIRST_DAY
    for _ in range(days):
        plans = prices.plans(day, closes)
        if symbols is not None:
            wanted = set(symbols)
            plans = [plan for plan in plans if plan.instrument.symbol in wanted]
        exchange, crowd = open_market(prices, plans, orders_per_minute)
        _play_day(played, day, exchange, crowd)
        closes |= {symbol: tape.price_milli for symbol, tape in exchange.tapes.items()}
        day = prices.calendar.next_day(day)
    return played


def _play_day(played: Played, day: str, exchange: Exchange, crowd: Crowd) -> None:
    volumes = dict.fromkeys(crowd.desks, 0)
    for minute in range(MINUTES):
        began = time.process_time()
        for step in range(STEPS_A_MINUTE):
            share = (minute + (step + 0.5) / STEPS_A_MINUTE) / MINUTES
            played.orders += crowd.act(6.0 / STEPS_A_MINUTE, share, At(day, "continuous"))
        exchange.take_prints()
        exchange.changed().clear()
        played.cpu_s += time.process_time() - began
        for symbol in crowd.desks:
            seen = _look(exchange, symbol, day, minute, volumes[symbol])
            volumes[symbol] += seen.volume
            played.minutes.setdefault(symbol, []).append(seen)


def _look(exchange: Exchange, symbol: str, day: str, minute: int, volume: int) -> Minute:
    tape, book = exchange.tapes[symbol], exchange.books[symbol]
    bid, ask = book.bid_milli(), book.ask_milli()
    both = bid and ask
    depth = sum(shares for side in (BUY, SELL) for _, shares in book.depth(side, 5))
    return Minute(
        day,
        minute,
        tape.price_milli,
        (bid + ask) / 2 if both else float(tape.price_milli),
        tape.volume - volume,
        ask - bid if both else 0,
        depth,
    )


def impact(prices: Prices, symbols: Iterable[str], usual_orders: float, trials: int) -> float:
    """How far a buyer of that many usual orders, sent in children over half an hour, moves the
    price on average: in usual minutes' moves, the market's own drift taken out by a seller of the
    same size. The worth stands still meanwhile."""
    moves: list[float] = []
    for symbol in symbols:
        plan = prices.plan(symbol, FIRST_DAY, None)
        assert plan is not None
        still = replace(plan, path_milli=(plan.path_milli[MINUTES // 2],) * 2, heat=())
        for trial in range(trials):
            up = _moved(prices, still, BUY, usual_orders, trial)
            down = _moved(prices, still, SELL, usual_orders, trial)
            moves.append((up - down) / 2)
    return sum(moves) / len(moves)


def _moved(prices: Prices, plan: DayPlan, side: int, usual_orders: float, trial: int) -> float:
    """The mid's move through half an hour around noon, in usual minutes' moves."""
    _, crowd = open_market(prices, [plan], 60.0, str(trial))
    desk = crowd.desks[plan.instrument.symbol]
    at = At("", "continuous")
    start, first, lasts = 0.0, 100, 30
    parent = Parent(side, round(usual_orders * desk.usual_qty), 0.0, 1.0)
    for step in range((10 + lasts) * STEPS_A_MINUTE):
        crowd.act(6.0 / STEPS_A_MINUTE, (first + step / STEPS_A_MINUTE) / MINUTES, at)
        desk.look((first + step / STEPS_A_MINUTE) / MINUTES)
        working = step - 10 * STEPS_A_MINUTE
        if working < 0:
            start = desk.mid
        else:
            institutions.act(desk, parent, (working + 1) / (lasts * STEPS_A_MINUTE), at)
    desk.look((first + 10 + lasts) / MINUTES)
    return (desk.mid - start) / desk.step_milli
