"""The office of credit: all accounts at the prices of now, for pages and programs."""

from __future__ import annotations

from typing import Final

from yunquan.credit import store
from yunquan.credit.rules.measure import symbols_of
from yunquan.credit.service.board import board_of, measuring
from yunquan.credit.types import CreditBoard
from yunquan.exposure import Past, load_universe
from yunquan.kernel.errors import Unavailable
from yunquan.kernel.transaction import Database
from yunquan.quotes import QuoteBoard

FILES: Final = 12


class CreditOffice:
    """Reads what is kept; changes nothing. simulated: the margin system is."""

    def __init__(self, database: Database, quotes: QuoteBoard, *, simulated: bool) -> None:
        self.database = database
        self._quotes = quotes
        self._simulated = simulated
        self._pasts: tuple[str, dict[str, Past]] = ("", {})

    def board(self) -> CreditBoard:
        """At the prices of now. Raises Unavailable market.not_heard_yet."""
        known = self._quotes.book
        if known.status is None:
            raise Unavailable("market.not_heard_yet")
        day = known.status.trading_day
        if self._pasts[0] != day:
            self._pasts = day, {}
        with self.database.read() as tx:
            kept, files = store.load_accounts(tx), store.list_files(tx, FILES)
            symbols = symbols_of([one.account for one in kept])
            universe = load_universe(tx, symbols, known.instruments, day, self._pasts[1])
            now_ms, today = tx.now_ms(), tx.today()
        last = {
            symbol: quote.last_milli
            for symbol in symbols
            if (quote := known.quotes.get(symbol)) is not None
        }
        found = measuring(kept, universe, last, today)
        return board_of(found, files[::-1], day, now_ms, simulated=self._simulated)
