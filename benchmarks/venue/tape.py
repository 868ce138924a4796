"""venue.tape: a real day's messages through the matching book, against the best prices recorded.

The data is a sample of LOBSTER, which is not part of the project: YUNQUAN_SHARED_DATA names the
folder that has it, or it lies beside the repository. Without it nothing is measured.
"""

from __future__ import annotations

import csv
import gzip
import os
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.rows import Row, row
from yunquan_world.book import BUY, SELL, Book

ROOT = Path(__file__).resolve().parents[2]
MESSAGES = "AAPL_2012-06-21_message_50_first_hour.csv.gz"
STATES = "AAPL_2012-06-21_orderbook_1.csv.gz"
SUBMIT, REDUCE, DELETE, EXECUTE, HIDDEN = 1, 2, 3, 4, 5
TICK, HIGHEST = 100, 100_000_000
WINDOW = 60
# Of the states, by a published rebuild of such a sample.
PUBLISHED_PERCENT = 0.3


class Change(NamedTuple):
    """A message: what happens to which order. Prices in ten thousandths of a dollar."""

    kind: int
    number: int
    shares: int
    price: int
    side: int


Best = tuple[int, int]


def data_folder() -> Path | None:
    """Where the sample is; None if it is nowhere."""
    named = os.environ.get("YUNQUAN_SHARED_DATA")
    places = [Path(named)] if named else [each / "shared" / "data" for each in ROOT.parents]
    folders = (place / "lob_lobster_aapl" for place in places)
    return next((folder for folder in folders if (folder / MESSAGES).exists()), None)


def changes(folder: Path) -> list[Change]:
    with gzip.open(folder / MESSAGES, "rt") as file:
        return [
            Change(int(kind), int(number), int(shares), int(price), BUY if way == "1" else SELL)
            for _, kind, number, shares, price, way in csv.reader(file)
        ]


def recorded(folder: Path) -> list[Best]:
    """(best ask, best bid) after each event at the best prices, without repetitions."""
    with gzip.open(folder / STATES, "rt") as file:
        rows = [(int(ask), int(bid)) for ask, _, bid, _ in csv.reader(file)]
    return [row for row, before in zip(rows, [None, *rows], strict=False) if row != before]


class Rebuild:
    """The sample's messages through the matching book.

    Orders that nobody saw coming are from before the opening, or from outside the 50 prices that
    are recorded. Numbers rise with time, so each comes in before the first order with a higher one.
    An execution is a new order that takes what rests: the book's own priority decides whom it
    fills.
    """

    def __init__(self, stream: list[Change]):
        self.book = Book(TICK, HIGHEST, TICK)
        self.executions = self.out_of_turn = 0
        seen: set[int] = set()
        unseen: dict[int, Change] = {}
        for change in stream:
            if change.kind == SUBMIT:
                seen.add(change.number)
            elif change.kind != HIDDEN and change.number not in seen:
                known = unseen.get(change.number)
                shares = change.shares + (known.shares if known else 0)
                unseen[change.number] = change._replace(shares=shares)
        self._unseen = sorted(unseen.values(), key=lambda change: -change.number)

    def _reveal(self, before: int) -> None:
        """Let in the unseen orders with lower numbers."""
        while self._unseen and self._unseen[-1].number < before:
            change = self._unseen.pop()
            self.book.rest(change.number, change.side, change.price, change.shares)

    def apply(self, change: Change) -> Best:
        book = self.book
        if change.kind == SUBMIT:
            self._reveal(change.number)
            book.add(change.number, change.side, change.price, change.shares)
        elif change.kind == DELETE:
            book.cancel(change.number)
        elif change.kind == REDUCE:
            left = book.cancel(change.number) - change.shares
            if left > 0:
                book.rest(change.number, change.side, change.price, left)
        elif change.kind == EXECUTE:
            self._execute(change)
        return book.ask_milli(), book.bid_milli()

    def _execute(self, change: Change) -> None:
        book = self.book
        self.executions += 1
        taker = SELL if change.side == BUY else BUY
        fills = book.take(taker, change.price, change.shares)
        if [number for number, _, _ in fills] == [change.number]:
            return
        # The market served another order first: put right what was filled out of its turn.
        self.out_of_turn += 1
        for number, price, shares in fills:
            left = book.cancel(number)
            book.rest(number, change.side, price, left + shares)
        left = book.cancel(change.number) - change.shares
        if left > 0:
            book.rest(change.number, change.side, change.price, left)


def errors(ours: list[Best], theirs: list[Best]) -> tuple[int, int]:
    """(recorded states that the rebuild passes over, recorded states compared), in order.

    Where the two differ, the nearest pair of equal states ahead is where they go on together.
    """
    mine = other = missed = 0
    while mine < len(ours) and other < len(theirs):
        if ours[mine] == theirs[other]:
            mine, other = mine + 1, other + 1
            continue
        ahead = next(
            (
                (step, back)
                for far in range(1, WINDOW)
                for step, back in ((far, far - near) for near in range(far + 1))
                if mine + back < len(ours) and other + step < len(theirs)
                if ours[mine + back] == theirs[other + step]
            ),
            None,
        )
        behind = next(
            (
                back
                for back in range(1, WINDOW)
                if mine + back < len(ours) and ours[mine + back] == theirs[other]
            ),
            None,
        )
        if behind is not None and (ahead is None or behind <= ahead[0]):
            mine += behind
        elif ahead is not None:
            missed += ahead[0]
            mine, other = mine + ahead[1], other + ahead[0]
        else:
            mine, other, missed = mine + 1, other + 1, missed + 1
    return missed, other


def bench(*, quick: bool) -> list[Row]:
    folder = data_folder()
    if folder is None:
        print("     venue.tape: the sample of LOBSTER is not here; not measured")
        return []
    stream, theirs = changes(folder), recorded(folder)
    if quick:
        stream = stream[:5_000]
    rebuild = Rebuild(stream)
    began = time.process_time()
    ours: list[Best] = []
    for change in stream:
        best = rebuild.apply(change)
        if not ours or best != ours[-1]:
            ours.append(best)
    spent_s = time.process_time() - began
    missed, compared = errors(ours, theirs)
    in_turn = 1 - rebuild.out_of_turn / max(rebuild.executions, 1)
    return [
        row(
            "venue.tape",
            100 * missed / compared,
            "% of states",
            size=f"{len(stream):,} messages of a share on one morning",
            limit="<= 0.3",
            peer="a published rebuild",
            peer_value=PUBLISHED_PERCENT,
            note=(
                f"{missed} of {compared:,} recorded pairs of best bid and ask are not rebuilt;"
                f" {len(ours):,} were; {in_turn:.1%} of {rebuild.executions:,} executions fill the"
                f" order whose turn it is in our book; {len(stream) / spent_s:,.0f} messages/s"
            ),
        )
    ]
