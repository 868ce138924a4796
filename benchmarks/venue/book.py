"""venue.book: events of the matching book, against a bare tick ladder and a book of sorted maps;
venue.book_slope: what ten times as many events add to the cost of one.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from random import Random
from typing import Any

from sortedcontainers import SortedDict

from benchmarks import child
from benchmarks.rows import Row, middle, row, spread
from benchmarks.venue.peers import BUY, SELL, AnyBook, Ladder, SortedBook
from yunquan_world.book import Book

LOW, HIGH, TICK = 9_000, 11_000, 10
CANCELS, MARKETABLE = 0.30, 0.10
Event = tuple[int, int, int, int]


def events(count: int, seed: int = 11) -> list[Event]:
    """(number, side, price, shares) of orders; side 0 cancels the order of that number.

    30 % cancels, most of them of orders that still rest, and 10 % orders that trade at once.
    """
    draw = Random(seed)
    middle_tick = (LOW + HIGH) // (2 * TICK)
    resting: list[int] = []
    found: list[Event] = []
    for number in range(count):
        kind = draw.random()
        if kind < CANCELS and resting:
            place = int(draw.random() * len(resting))
            resting[place], resting[-1] = resting[-1], resting[place]
            found.append((resting.pop(), 0, 0, 0))
            continue
        side = BUY if draw.random() < 0.5 else SELL
        away = 1 + min(int(draw.expovariate(0.25)), 60)
        lots = 1 + int(draw.random() * 9)
        if kind < CANCELS + MARKETABLE:
            # Large enough to take what comes in and isn't cancelled: the book keeps its size.
            away, lots = -8, 5 * lots
        else:
            resting.append(number)
        price = (middle_tick + (-away if side == BUY else away)) * TICK
        found.append((number, side, price, 100 * lots))
        if draw.random() < 0.001:
            middle_tick += 1 if draw.random() < 0.5 else -1
    return found


def run(book: AnyBook, stream: list[Event]) -> tuple[float, int, int]:
    """CPU seconds, fills, shares filled."""
    add, cancel = book.add, book.cancel
    fills = shares = 0
    gc.collect()
    gc.disable()
    began = time.process_time()
    for number, side, price, quantity in stream:
        if side:
            for _, _, traded in add(number, side, price, quantity):
                fills += 1
                shares += traded
        else:
            cancel(number)
    spent_s = time.process_time() - began
    gc.enable()
    return spent_s, fills, shares


def measure(count: int, rounds: int) -> dict[str, Any]:
    """CPU seconds by book and round, the books taking turns; all must fill the same."""
    stream = events(count)
    makers: dict[str, Callable[[], AnyBook]] = {
        "ours": lambda: Book(LOW, HIGH, TICK),
        "ladder": lambda: Ladder(LOW, HIGH, TICK),
        "sorted": lambda: SortedBook(SortedDict),
    }
    spent_s: dict[str, list[float]] = {name: [] for name in makers}
    answers = set()
    for _ in range(rounds):
        for name, make in makers.items():
            seconds, fills, shares = run(make(), stream)
            spent_s[name].append(seconds)
            answers.add((fills, shares))
    assert len(answers) == 1, "the books disagree"
    book = Book(LOW, HIGH, TICK)
    run(book, stream)
    return {"spent_s": spent_s, "fills": answers.pop()[0], "resting": len(book.orders)}


def bench(*, quick: bool) -> list[Row]:
    small, rounds = (2_000, 2) if quick else (100_000, 7)
    few = child.run("benchmarks.venue.book:measure", count=small, rounds=rounds)
    many = child.run("benchmarks.venue.book:measure", count=10 * small, rounds=3)
    rates = {name: [small / each for each in found] for name, found in few["spent_s"].items()}
    large = 10 * small / middle(many["spent_s"]["ours"])
    ours, ladder = middle(rates["ours"]), middle(rates["ladder"])
    size = f"{small:,} events, 30 % cancels, 10 % trade at once, {few['fills']:,} fills"
    return [
        row(
            "venue.book",
            ours / ladder,
            "of the ladder",
            size=size,
            limit=">= 0.6",
            peer="bare tick ladder in the same run",
            peer_value=1.0,
            note=(
                f"{ours:,.0f} events/s of CPU ({spread(rates['ours'])}); bare ladder"
                f" {ladder:,.0f}/s ({spread(rates['ladder'])}); sortedcontainers"
                f" {middle(rates['sorted']):,.0f}/s; ours also bounds the cost of a sparse book and"
                f" of a cancel, and holds call auctions"
            ),
        ),
        row(
            "venue.book_slope",
            ours / large,
            "times the cost of an event",
            size=f"{10 * small:,} events over {small:,}",
            limit="<= 1.3",
            note=(
                f"{large:,.0f} events/s of CPU at the larger size, which ends with"
                f" {many['resting']:,} resting orders ({few['resting']:,} at the smaller)"
            ),
        ),
    ]
