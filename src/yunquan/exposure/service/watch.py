"""The firm's exposure, live: follows the counters, values everything at each move of prices, and
tells of what passed a line.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Final

from yunquan.counter import Journal, SnapshotFiles
from yunquan.exposure import store
from yunquan.exposure.rules.book import revalue
from yunquan.exposure.rules.figures import (
    client_figures,
    firm_figures,
    least,
    names_measured,
    unit_figures,
)
from yunquan.exposure.rules.history import CONFIDENCES_BP, client_risks
from yunquan.exposure.rules.numbers import numbers_on
from yunquan.exposure.rules.picture import exposure_of, priced, with_trials
from yunquan.exposure.rules.scenarios import scenarios_on
from yunquan.exposure.service.caps import CAP, CapWatch
from yunquan.exposure.service.holdings import Holdings
from yunquan.exposure.service.universe import Past, load_universe
from yunquan.exposure.types import Book, Exposure, Minute, Numbers, Universe
from yunquan.kernel.transaction import Database
from yunquan.market.types import InstrumentNotice
from yunquan.surveillance import is_settled, settle
from yunquan.surveillance.types import AlertView
from yunquan.thresholds import keep_picture
from yunquan.thresholds.rules.watches import watches_on

logger = logging.getLogger("yunquan.exposure")

ROOM: Final = "exposure"
PICTURE: Final = "exposure"
ACTOR: Final = "exposure"
# Between two pictures for the pages, and between two measurements of each client's VaR.
PICTURE_MS: Final = 3_000
RISKS_MS: Final = 60_000
# So few holdings are measured each time.
MEASURED_AT_ONCE: Final = 10_000
MINUTE_MS: Final = 60_000
EVENTS_A_TURN: Final = 20_000


class ExposureWatch:
    """One process runs one."""

    def __init__(
        self,
        database: Database,
        journals: Sequence[Journal],
        snapshots: SnapshotFiles,
    ) -> None:
        self.database = database
        self._journals = list(journals)
        self._snapshots = snapshots
        self.holdings = Holdings()
        self.caps = CapWatch(self.holdings.client_of)
        self._next: dict[str, int] = {}
        self._universe: Universe | None = None
        self._pasts: dict[str, Past] = {}
        self._day = ""
        self._book: tuple[int, Book] | None = None
        self._client_var: Numbers | None = None
        self._risks_at_ms = self._picture_at_ms = self._minute = 0
        self._seen: tuple[int, int, int] = (-1, 0, 0)

    def start(self) -> None:
        """From the counters' newest snapshots; what came after them is read as it comes."""
        for journal in self._journals:
            name = journal.stream.removeprefix("counter-")
            if found := self._snapshots.load(name):
                state, seq = found
                self.holdings.begin(state)
                self.caps.begin(state)
                self._next[journal.stream] = seq + 1

    def catch_up(self) -> int:
        """What is new at the counters; how many events."""
        count = 0
        for journal in self._journals:
            first = self._next.get(journal.stream, 1)
            for events in journal.replay(first):
                for event in events:
                    self.holdings.apply(event)
                    self.caps.apply(event)
                first += len(events)
                count += len(events)
                self._next[journal.stream] = first
                if count >= EVENTS_A_TURN:
                    break
        return count

    def step(
        self, last: Mapping[str, int], notices: Mapping[str, InstrumentNotice], day: str
    ) -> list[AlertView]:
        """Value everything at these prices, and tell of what passed a line. last: milli by symbol;
        day: the venue's. Nothing is done where neither holdings, orders under a cap nor prices
        moved.
        """
        while self.catch_up():
            continue
        if not day or not notices:
            return []
        seen = (self.holdings.version, self.caps.version, hash(tuple(last.values())))
        if seen == self._seen and day == self._day:
            return []
        self._seen = seen
        universe, book = self._known(notices, day), self._current()
        return self._measure(universe, book, priced(universe, last))

    def _known(self, notices: Mapping[str, InstrumentNotice], day: str) -> Universe:
        symbols = list(self.holdings.symbols)
        known = self._universe
        if known is None or day != self._day or len(known.symbols) != len(symbols):
            if day != self._day:
                self._pasts.clear()
            with self.database.read() as tx:
                known = load_universe(tx, symbols, notices, day, self._pasts)
            self._universe, self._day, self._risks_at_ms = known, day, 0
        return known

    def _current(self) -> Book:
        if self._book is None or self._book[0] != self.holdings.version:
            self._book = self.holdings.version, self.holdings.book()
        return self._book[1]

    def _measure(self, universe: Universe, book: Book, prices: Numbers) -> list[AlertView]:
        now = revalue(book, prices)
        with self.database.read() as tx:
            now_ms, today = tx.now_ms(), tx.today()
        stale = self._client_var is None or len(self._client_var) != len(book.clients)
        stale = stale or len(book.qty) <= MEASURED_AT_ONCE
        if stale or now_ms - self._risks_at_ms >= RISKS_MS:
            self._client_var = client_risks(universe, book, now.holding, CONFIDENCES_BP[-1])
            self._risks_at_ms = now_ms
        told = exposure_of(
            universe,
            book,
            prices,
            scenarios_on(today),
            whose="",
            at_ms=now_ms,
            day=self._day,
            cash_fen=self.holdings.cash_fen,
            client_var=self._client_var,
            now=now,
        )
        lines = watches_on(today, ROOM)
        measured = firm_figures(told, numbers_on(today).number("least_firm_fen"))
        measured += unit_figures(universe, book, lines)
        least_fen = numbers_on(today).number("least_client_fen")
        measured += client_figures(universe, book, now, lines, least_fen)
        measured += self.caps.figures(least(lines, CAP, 1))
        names, minute = names_measured(told), now_ms // MINUTE_MS
        with self.database.read() as tx:
            quiet = is_settled(tx, ROOM, names, measured)
        if quiet and now_ms - self._picture_at_ms < PICTURE_MS:
            return []
        with self.database.transaction(actor=ACTOR) as tx:
            alerts = settle(tx, ROOM, names, measured)
            if now_ms - self._picture_at_ms >= PICTURE_MS:
                keep_picture(tx, PICTURE, with_trials(told, universe, book, now))
                self._picture_at_ms = now_ms
            if minute != self._minute:
                self._minute = minute
                store.keep_minute(tx, _minute(told))
        return alerts


def _minute(told: Exposure) -> Minute:
    risk = told.risks[-1]
    at_ms = told.at_ms // MINUTE_MS * MINUTE_MS
    return Minute(at_ms, told.value_fen, risk.var_fen, risk.shortfall_fen)
