"""The office of exposure: the firm's as it was measured last, a client's as it is now."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from yunquan.counter import Counters
from yunquan.counter.types import AccountView, AskAccount
from yunquan.exposure import store
from yunquan.exposure.rules.book import make_book, revalue
from yunquan.exposure.rules.picture import exposure_of, priced, with_trials
from yunquan.exposure.rules.scenarios import scenarios_on
from yunquan.exposure.service.universe import Past, load_universe
from yunquan.exposure.service.watch import PICTURE
from yunquan.exposure.types import Exposure, Minute
from yunquan.kernel.errors import NotFound, Unavailable
from yunquan.kernel.transaction import Database
from yunquan.quotes import QuoteBoard
from yunquan.thresholds import load_picture

DAY_MS: Final = 86_400_000
MOST_MINUTES: Final = 1_440
MOST_PASTS: Final = 2_000
decode: Final[Any] = msgspec.msgpack.Decoder(Exposure).decode


class ExposureOffice:
    """For pages and programs. Reads what is kept and asks counters; changes nothing."""

    def __init__(self, database: Database, counters: Counters, quotes: QuoteBoard) -> None:
        self.database = database
        self._counters = counters
        self._quotes = quotes
        self._pasts: tuple[str, dict[str, Past]] = ("", {})

    def firm(self) -> Exposure | None:
        """As it was measured last; None before the first time."""
        with self.database.read() as tx:
            found = load_picture(tx, PICTURE, decode)
        return found[1] if found else None

    def course(self) -> list[Minute]:
        """The last day, a minute each, oldest first."""
        with self.database.read() as tx:
            return store.load_minutes(tx, tx.now_ms() - DAY_MS, MOST_MINUTES)

    async def account(self, account: str) -> AccountView:
        """What it holds. Raises NotFound account.unknown, Unavailable."""
        view = await self._counters.of(account).ask(AskAccount(account, 0))
        if view is None:
            raise NotFound("account.unknown", account=account[:40])
        return view

    def of_account(self, view: AccountView) -> Exposure:
        """A client's account at the prices of now. Raises Unavailable market.not_heard_yet."""
        board = self._quotes.book
        if board.status is None:
            raise Unavailable("market.not_heard_yet")
        day, symbols = board.status.trading_day, [one.asset for one in view.positions]
        with self.database.read() as tx:
            universe = load_universe(tx, symbols, board.instruments, day, self._known(day))
            now_ms, today = tx.now_ms(), tx.today()
        last = {
            symbol: quote.last_milli
            for symbol in symbols
            if (quote := board.quotes.get(symbol)) is not None
        }
        held = {place: one.owned for place, one in enumerate(view.positions)}
        book, prices = make_book({view.account: held}), priced(universe, last)
        now = revalue(book, prices)
        told = exposure_of(
            universe,
            book,
            prices,
            scenarios_on(today),
            whose=view.account,
            at_ms=now_ms,
            day=day,
            cash_fen=view.cash.owned,
            now=now,
        )
        return with_trials(told, universe, book, now)

    def _known(self, day: str) -> dict[str, Past]:
        known, pasts = self._pasts
        if known != day or len(pasts) > MOST_PASTS:
            self._pasts = day, {}
        return self._pasts[1]
