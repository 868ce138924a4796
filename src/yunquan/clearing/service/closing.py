"""The books of a counter as a day left them, made from its log alone: the counter itself never
stops for it.
"""

from __future__ import annotations

import gc
import logging
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from yunquan.clearing.rules.figures import DayBook, Figures, summed
from yunquan.clearing.rules.purses import covered
from yunquan.clearing.types import Closing, DayRow, PositionRow
from yunquan.counter import Journal, SnapshotFiles
from yunquan.counter.events import DayEnded, EntriesBooked
from yunquan.counter.rules.apply import apply
from yunquan.counter.rules.state import State
from yunquan.kernel.errors import Conflict
from yunquan.kernel.log import each_record
from yunquan.ledger.rules import Balance
from yunquan.ledger.types import AVAILABLE, HOUSE, SETTLING

logger = logging.getLogger("yunquan.clearing")
_ENDED: Final = str(DayEnded.__struct_config__.tag).encode()
_BOOKED: Final = str(EntriesBooked.__struct_config__.tag).encode()
CHECKPOINTS_KEPT: Final = 2


def endings(journal: Journal, from_seq: int) -> Iterator[tuple[str, int]]:
    """(day, seq) of every end of a day from a sequence on. Records without one are not decoded."""
    with journal.database.read() as tx:
        for record in each_record(tx.connection, journal.stream, from_seq):
            if _ENDED not in record.body:
                continue
            for place, event in enumerate(journal.codec.decode(record.body)):
                if isinstance(event, DayEnded) and record.first_seq + place >= from_seq:
                    yield event.day, record.first_seq + place


def booked_since(journal: Journal, from_seq: int) -> list[EntriesBooked]:
    """What clearing has booked since a sequence, for whatever day, in order."""
    found: list[EntriesBooked] = []
    with journal.database.read() as tx:
        for record in each_record(tx.connection, journal.stream, from_seq):
            if _BOOKED in record.body:
                events: list[Any] = journal.codec.decode(record.body)
                found += [event for event in events if isinstance(event, EntriesBooked)]
    return found


class ClosingBooks:
    """A counter at the end of a day. state: with everything up to its DayEnded; day_book: what
    moved on the day; late: what was booked for earlier days only after it. Those days were cleared
    before this one is, so it is complete.
    """

    def __init__(
        self, closing: Closing, state: State, day_book: DayBook, late: list[EntriesBooked]
    ) -> None:
        self.closing = closing
        self.state = state
        self.day_book = day_book
        self.late = late

    @classmethod
    def build(cls, journal: Journal, checkpoints: Checkpoints, closing: Closing) -> ClosingBooks:
        """From the checkpoint of the day before, or from the first event. Raises Conflict
        clearing.log_differs when the log has no such end.
        """
        name = closing.counter
        state, seq = checkpoints.load(name, closing.first_seq - 1) or (State(name), 0)
        day_book = DayBook(closing.day)
        enabled = gc.isenabled()
        gc.disable()  # no cycle to find, and millions of objects to walk each time
        try:
            for events in journal.replay(seq + 1):
                for event in events:
                    seq += 1
                    apply(state, event)
                    if seq >= closing.first_seq:
                        day_book.take(event)
                    if seq == closing.ended_seq:
                        if not isinstance(event, DayEnded) or event.day != closing.day:
                            raise Conflict("clearing.log_differs", day=closing.day, seq=seq)
                        after = booked_since(journal, closing.ended_seq + 1)
                        late = [one for one in after if one.day < closing.day]
                        return cls(closing, state, day_book, late)
                # Nobody repeats a command to books: a day's answers would be a quarter of them.
                state.answered.clear()
                state.answered_before.clear()
        finally:
            if enabled:
                gc.enable()
        raise Conflict("clearing.log_differs", day=closing.day, seq=seq)

    @property
    def traded(self) -> set[str]:
        """Symbols with a fill on the day."""
        return set(self.day_book.turnover)

    def holdings(self) -> Iterator[tuple[str, str, int]]:
        """(account, symbol, shares) of everything held."""
        late = _overlay(self.late)
        for account, book in self.state.books.clients.items():
            more = late.get(account, {})
            for symbol in sorted({*book.positions, *more} - {book.currency}):
                position = book.positions.get(symbol) or Balance()
                if owned := sum(_with(position, more.get(symbol))):
                    yield account, symbol, owned

    def means(self, booked: list[EntriesBooked]) -> Callable[[str], int]:
        """What an account could pay at the end of the day. booked: for it so far, after its end."""
        later = _overlay([*self.late, *booked])

        def cash(account: str) -> int:
            book = self.state.books.clients[account]
            found = _with(book.cash, later.get(account, {}).get(book.currency))
            return max(found[AVAILABLE] + found[SETTLING], 0)

        return cash

    def subscribed(self) -> dict[tuple[str, str], tuple[int, int]]:
        """By account and action, shares of rights issues and the fen frozen for them."""
        return {
            (account.id, action): held
            for account in self.state.accounts.values()
            if account.rights is not None
            for action, held in account.rights.items()
        }

    def rows(
        self,
        booked: list[EntriesBooked],
        openings: dict[str, int],
        closes: dict[str, int],
        not_listed: Mapping[tuple[str, str], int],
    ) -> Iterator[tuple[DayRow, list[PositionRow]]]:
        """Every account that owns, moved or owned something, with its holdings. booked: what was
        booked for the day after its end; openings: closing cash of the day before; not_listed: of
        that, new shares that nobody can sell yet, which the day's price has in it already.
        """
        later, more = _overlay([*self.late, *booked]), DayBook(self.closing.day)
        for event in booked:
            more.book(event)
        for account in self.state.accounts.values():
            book = account.book
            assets = {*book.positions, *later.get(account.id, ())} - {book.currency}
            holdings = [
                row
                for symbol in sorted(assets)
                if (row := self._position(account.id, symbol, later, closes)) is not None
            ]
            cash = covered(_with(book.cash, later.get(account.id, {}).get(book.currency)))
            figures = summed(self.day_book.accounts.get(account.id), more.accounts.get(account.id))
            opening = openings.get(account.id, 0)
            if figures is None and not holdings and not any(cash) and not opening:
                continue
            value = sum(_value(one, not_listed) for one in holdings)
            yield self._day_row(account, figures, opening, cash, value), holdings

    def _position(
        self, account: str, symbol: str, later: Overlay, closes: dict[str, int]
    ) -> PositionRow | None:
        position = self.state.books.clients[account].positions.get(symbol) or Balance()
        buckets = _with(position, later.get(account, {}).get(symbol))
        if not any(buckets):
            return None
        day = self.closing.day
        return PositionRow(day, account, symbol, *buckets, close_milli=closes.get(symbol, 0))

    def _day_row(
        self,
        account: Any,
        figures: Figures | None,
        opening: int,
        cash: tuple[int, int, int, int],
        value: int,
    ) -> DayRow:
        moved = figures or Figures(account.id)
        return DayRow(
            self.closing.day,
            account.id,
            account.client,
            opening,
            *cash,
            moved.deposits,
            moved.withdrawals,
            moved.bought,
            moved.sold,
            moved.commission,
            moved.stamp,
            moved.transfer,
            moved.dividends,
            moved.dividend_tax,
            moved.other,
            moved.trades,
            value,
        )


def _value(one: PositionRow, not_listed: Mapping[tuple[str, str], int]) -> int:
    listed = one.owned - not_listed.get((one.account, one.symbol), 0)
    return (listed * one.close_milli + 5) // 10


# By account and asset, what later bookings add to each bucket.
Overlay = dict[str, dict[str, list[int]]]


def _overlay(booked: list[EntriesBooked]) -> Overlay:
    found: Overlay = {}
    for event in booked:
        for posting in event.postings:
            ends = (
                (posting.source, posting.source_bucket, -posting.amount),
                (posting.target, posting.target_bucket, posting.amount),
            )
            for account, bucket, amount in ends:
                if bucket != HOUSE:
                    assets = found.setdefault(account, {})
                    assets.setdefault(posting.asset, [0, 0, 0, 0])[bucket] += amount
    return found


def _with(balance: Balance, more: list[int] | None) -> tuple[int, int, int, int]:
    buckets = (balance.available, balance.settling, balance.frozen, balance.held)
    if more is None:
        return buckets
    return (
        buckets[0] + more[0],
        buckets[1] + more[1],
        buckets[2] + more[2],
        buckets[3] + more[3],
    )


class Checkpoints:
    """The states at the ends of the last days, so that the next run replays one day only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, counter: str, seq: int) -> tuple[State, int] | None:
        """The state at exactly this sequence; None if it isn't kept: the log has everything."""
        found = SnapshotFiles(self._folder / f"{seq:015d}").load(counter) if seq else None
        return found if found is not None and found[1] == seq else None

    def save(self, books: ClosingBooks) -> None:
        """Keep a day's end, and of earlier ones only the last before it."""
        seq = books.closing.ended_seq
        SnapshotFiles(self._folder / f"{seq:015d}").save(books.state, seq)
        mine = [
            path
            for path in sorted(self._folder.iterdir(), reverse=True)
            if any(path.glob(f"counter-{books.closing.counter}-*.snapshot"))
        ]
        for old in mine[CHECKPOINTS_KEPT:]:
            for file in old.glob(f"counter-{books.closing.counter}-*"):
                file.unlink()
            if not any(old.iterdir()):
                shutil.rmtree(old)
