"""An account as its counter has it, and its history as far as it is projected."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from yunquan.counter import Counters
from yunquan.counter.types import AccountView, AskAccount
from yunquan.desk import rules
from yunquan.desk.types import Assets, Page
from yunquan.history import load_costs, load_postings
from yunquan.kernel.clock import Clock
from yunquan.kernel.errors import NotFound
from yunquan.kernel.i18n import Catalogue
from yunquan.kernel.readers import load_offset
from yunquan.kernel.transaction import Database, ReadTx
from yunquan.market.rules.fees import notional_fen
from yunquan.quotes import QuoteBoard
from yunquan.rights import new_shares

PROJECTION: Final = "counter.projection"
LONGEST_LIST: Final = 200
SLOWEST_PROJECTION_S: Final = 1.0


class Accounts:
    """What a client owns and what moved. Whose account it is was checked by the face."""

    def __init__(
        self,
        database: Database,
        counters: Counters,
        quotes: QuoteBoard,
        catalogue: Catalogue,
        clock: Clock,
    ) -> None:
        self.database = database
        self.counters = counters
        self.quotes = quotes
        self.catalogue = catalogue
        self.clock = clock

    def text(self, locale: str) -> rules.Text:
        """Sentences by code in one language."""
        return lambda code, /, **facts: self.catalogue.text(code, locale, **facts)

    def unit(self, symbol: str, locale: str) -> str:
        """What quantities of it count, in the reader's language."""
        notice = self.quotes.book.instruments.get(symbol)
        product = notice.instrument.product if notice else "stock"
        return rules.unit_text(product, self.text(locale))

    def name(self, symbol: str, locale: str) -> str:
        notice = self.quotes.book.instruments.get(symbol)
        if notice is None:
            return symbol
        return notice.instrument.name_zh if locale == "zh_CN" else notice.instrument.name_en

    async def account_view(self, account: str) -> AccountView:
        """An account as the counter has it, with up to 100 of today's orders."""
        return await self.view(account, 100)

    async def view(self, account: str, orders: int = 0) -> AccountView:
        found = await self.counters.of(account).ask(AskAccount(account, orders))
        if found is None:
            raise NotFound("account.unknown", account=account)
        return found

    async def assets(self, account: str, locale: str) -> Assets:
        """Balances and positions as they stand in the counter, valued at the latest quotes."""
        view = await self.view(account)
        with self.database.read() as tx:
            costs = load_costs(tx, account)
            in_price = self._in_price(tx, view)
        stale = self.quotes.stale_since_ms() is not None
        lines = []
        value: int | None = 0
        paid: int | None = 0
        for balance in view.positions:
            quote = self.quotes.quote(balance.asset)
            last = (quote.last_milli or quote.prev_close_milli) if quote else None
            cost = costs.get(balance.asset)
            lines.append(
                rules.position_line(
                    balance,
                    self.name(balance.asset, locale),
                    self.unit(balance.asset, locale),
                    cost,
                    last,
                    in_price.get(balance.asset, 0),
                    stale=stale,
                )
            )
            value = (
                value + notional_fen(last, balance.owned - in_price.get(balance.asset, 0))
                if value is not None and last is not None
                else None
            )
            covered = cost is not None and cost[0] >= balance.owned
            paid = (
                paid + cost[1] * balance.owned // cost[0]
                if paid is not None and covered and cost
                else None
            )
        profit = value - paid if value is not None and paid is not None else None
        return rules.assets_of(view, tuple(lines), value, profit)

    def _in_price(self, tx: ReadTx, view: AccountView) -> dict[str, int]:
        """New shares in the books whose worth the latest price has in it: in the night before an ex
        day.
        """
        status = self.quotes.view().status
        coming = new_shares(tx, view.account, status.trading_day if status else view.day)
        found: dict[str, int] = {}
        for one in coming:
            if one.booked and not one.ex:
                found[one.symbol] = found.get(one.symbol, 0) + one.qty
        return found

    async def postings(self, account: str, *, before: str | None = None, limit: int = 50) -> Page:
        """Postings from or to an account, newest first."""
        load = load_postings
        return await self.history(account, before, limit, load, rules.posting_line)

    async def history(
        self, account: str, before: str | None, limit: int, load: Any, line: Callable[[Any], Any]
    ) -> Page:
        limit = max(1, min(limit, LONGEST_LIST))
        view = await self.view(account)
        stale = not await self.projected(account, view.seq)
        with self.database.read() as tx:
            rows = load(tx, account, before=rules.sequence_of(before), limit=limit)
        following = str(rows[-1].seq) if len(rows) == limit else None
        return Page(tuple(line(row) for row in rows), following, stale)

    async def projected(self, account: str, seq: int) -> bool:
        """Wait until history includes this log position, up to a second; whether it does."""
        stream = f"counter-{self.counters.number_of(account)}"
        deadline = self.clock.monotonic() + SLOWEST_PROJECTION_S
        while True:
            with self.database.read() as tx:
                reached = load_offset(tx, PROJECTION, stream) > seq
            if reached or self.clock.monotonic() > deadline:
                return reached
            await asyncio.sleep(0.02)
