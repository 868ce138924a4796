"""Searching among orders and postings of every account."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, Final

from yunquan.clients import load_accounts, load_client, owner_of
from yunquan.clients.types import ClientId
from yunquan.counter.types import AccountView
from yunquan.desk import Desk
from yunquan.desk.rules.lists import ORDER_COLUMNS, csv_text, order_cells
from yunquan.history import (
    balances_at,
    find_order,
    load_spans,
    load_turnovers,
    orders_of_execution,
    postings_at,
    postings_of_order,
    search_orders,
    search_postings,
)
from yunquan.history.types import Place, Span, Turnover, Wanted, WantedPostings
from yunquan.inquiry import rules
from yunquan.inquiry.types import (
    LedgerInquiry,
    LedgerPage,
    OrderHit,
    OrderHits,
    OrderInquiry,
)
from yunquan.kernel.errors import Invalid, NotFound, Refused
from yunquan.kernel.transaction import ReadTx
from yunquan.kernel.zone import in_market_zone

LONGEST_PAGE: Final = 50
LONGEST_EXPORT: Final = 10_000
MOST_ADDED_UP: Final = 100_000
# Behind every line of a sequence; behind every sequence.
_LAST: Final = "~"
ENDLESS: Final = 2**62


def moment(at_ms: int) -> str:
    """Day and time in Beijing with milliseconds."""
    return in_market_zone(at_ms).strftime("%Y-%m-%d %H:%M:%S.") + f"{at_ms % 1000:03d}"


class Inquiry:
    """Staff's search. What is personal is masked."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._database = desk.database

    # --- orders

    def orders(
        self, asked: OrderInquiry, locale: str, *, before: str = "", limit: int = LONGEST_PAGE
    ) -> OrderHits:
        """Newest first; of today where nothing narrows the search. Raises Invalid inquiry.*,
        orders.period_malformed; NotFound client.unknown.
        """
        _raise(rules.check_orders(asked))
        limit = max(1, min(limit, LONGEST_PAGE))
        wanted, day = rules.wanted_orders(asked, self._desk.trading_day())
        with self._database.read() as tx:
            rows = self._orders(tx, asked, wanted, before, limit)
            whose = self._whose(tx, [row.account for row in rows])
        following = rows[-1].id if len(rows) == limit and not asked.q else None
        hits = tuple(
            OrderHit(self._desk.order_of_row(row, locale), *whose[row.account]) for row in rows
        )
        return OrderHits(hits, following, "" if asked.q else day)

    def _orders(
        self, tx: ReadTx, asked: OrderInquiry, wanted: Wanted, before: str, limit: int
    ) -> list[Any]:
        if asked.q:
            found = find_order(tx, asked.q)
            return [found] if found else orders_of_execution(tx, asked.q)
        accounts: list[str] | None = [asked.account] if asked.account else None
        if asked.client:
            client = ClientId.parse(asked.client)
            load_client(tx, client)
            own = [one.number for one in load_accounts(tx, client).cash]
            accounts = [one for one in own if asked.account in ("", one)]
        return search_orders(tx, wanted, accounts, before, limit)

    @staticmethod
    def _whose(tx: ReadTx, accounts: Iterable[str]) -> dict[str, tuple[str, str]]:
        """By account: its client and their masked name."""
        found: dict[str, tuple[str, str]] = {}
        for account in dict.fromkeys(accounts):
            owner = owner_of(tx, account)
            name = load_client(tx, owner).name_masked if owner else ""
            found[account] = (str(owner or ""), name)
        return found

    def orders_csv(self, asked: OrderInquiry, locale: str) -> str:
        """All orders of a search as a table. Raises Invalid as `orders` does, and for more than
        10,000.
        """
        _raise(rules.check_orders(asked))
        wanted, _ = rules.wanted_orders(asked, self._desk.trading_day())
        with self._database.read() as tx:
            rows = self._orders(tx, asked, wanted, "", LONGEST_EXPORT + 1)
            _check_length(rows)
            whose = self._whose(tx, [row.account for row in rows])
        text = self._desk.text(locale)
        head = ["account", "client_name", *ORDER_COLUMNS]
        cells = (
            [
                row.account,
                whose[row.account][1],
                *order_cells(self._desk.order_of_row(row, locale), moment, text),
            ]
            for row in rows
        )
        return csv_text([text(f"ui.investor.csv.{name}") for name in head], cells)

    # --- postings

    async def ledger(
        self, asked: LedgerInquiry, locale: str, *, after: str = "", limit: int = LONGEST_PAGE
    ) -> LedgerPage:
        """Postings with what they add up to. Raises Invalid inquiry.*, orders.period_malformed;
        NotFound account.unknown, order.unknown, inquiry.no_place; Unavailable.
        """
        _raise(rules.check_ledger(asked))
        limit = max(1, min(limit, LONGEST_PAGE))
        if not asked.account:
            return await asyncio.to_thread(self._of_one, asked, locale)
        view, stale = None, False
        if not rules.is_house(asked.account):
            view = await self._desk.account_view(asked.account)
            stale = not await self._desk.projected(asked.account, view.seq)
        return await asyncio.to_thread(
            self._of_account, asked, view, rules.after_of(after), limit, locale, stale
        )

    def _of_one(self, asked: LedgerInquiry, locale: str) -> LedgerPage:
        """All postings of an order or of a place in the log."""
        with self._database.read() as tx:
            account = ""
            if asked.order:
                found = find_order(tx, asked.order)
                if found is None:
                    raise NotFound("order.unknown", order=asked.order)
                rows, account = postings_of_order(tx, asked.order), found.account
            else:
                rows = postings_at(tx, *rules.place_of(asked.place))
                if not rows:
                    raise NotFound("inquiry.no_place", place=asked.place)
            client, name = self._whose(tx, [account]).get(account, ("", ""))
        turnovers = rules.both_sides(rows)
        return LedgerPage(
            rules.lines_of(rows, account, None, self._desk.text(locale)),
            None,
            rules.balanced(turnovers),
            rules.turnover_lines(turnovers),
            False,
            False,
            client,
            name,
        )

    def _of_account(
        self,
        asked: LedgerInquiry,
        view: AccountView | None,
        before: Place | None,
        limit: int,
        locale: str,
        stale: bool,
    ) -> LedgerPage:
        account = asked.account
        reckoned = view is not None and not asked.event
        with self._database.read() as tx:
            wanted = self._wanted(tx, asked)
            rows = search_postings(tx, wanted, before, limit)
            balances = self._balances(tx, account, rows) if reckoned else None
            turnovers = load_turnovers(tx, wanted, MOST_ADDED_UP)
            opening = closing = None
            if reckoned and turnovers is not None:
                opening, closing = self._ends(tx, account, turnovers, wanted.spans)
            client, name = self._whose(tx, [account])[account]
        open_ended = view is not None and not asked.to_day and not stale
        owned = owned_now(view) if view and open_ended and reckoned else None
        return LedgerPage(
            rules.lines_of(rows, account, balances, self._desk.text(locale)),
            rules.after_text(rows[-1]) if len(rows) == limit else None,
            rules.totals_of(turnovers or (), opening, closing, owned),
            rules.turnover_lines(turnovers or ()),
            turnovers is None,
            stale,
            client,
            name,
        )

    def _wanted(self, tx: ReadTx, asked: LedgerInquiry) -> WantedPostings:
        spans: tuple[Span, ...] = ()
        if asked.from_day or asked.to_day:
            own = f"counter-{self._desk.counters.number_of(asked.account)}"
            house = rules.is_house(asked.account)
            found = load_spans(tx, asked.from_day, asked.to_day)
            # A client's account lives at one counter, a house account at every one.
            spans = tuple(span for span in found if house or span.stream == own)
            if not spans:
                # Nothing was written on those days: nothing is found, and not everything.
                spans = (Span("", 1, 0),)
        return WantedPostings(asked.account, asked.asset.upper(), asked.event, spans)

    @staticmethod
    def _balances(tx: ReadTx, account: str, rows: Sequence[Any]) -> dict[str, int]:
        if not rows:
            return {}
        top = Place(rows[0].seq, rows[0].stream, rows[0].line)
        return balances_at(tx, account, {row.asset for row in rows}, top)

    @staticmethod
    def _ends(
        tx: ReadTx, account: str, turnovers: Sequence[Turnover], spans: Sequence[Span]
    ) -> tuple[dict[str, int], dict[str, int]]:
        """What the account owned before and after what was asked for."""
        assets = {one.asset for one in turnovers}
        begin, last = (spans[0].first_seq, spans[0].last_seq) if spans else (1, ENDLESS)
        before = balances_at(tx, account, assets, Place(begin - 1, _LAST, 0))
        return before, balances_at(tx, account, assets, Place(last, _LAST, 0))

    async def ledger_csv(self, asked: LedgerInquiry, locale: str) -> str:
        """All postings of a search as a table. Raises as `ledger` does, and Invalid for more than
        10,000.
        """
        _raise(rules.check_ledger(asked))
        text = self._desk.text(locale)
        if asked.account:
            lines = await asyncio.to_thread(self._every_line, asked, locale)
        else:
            lines = (await self.ledger(asked, locale)).items
        cells = [rules.ledger_cells(line, moment, text) for line in lines]
        return csv_text([text(f"ui.workbench.csv.{name}") for name in rules.LEDGER_COLUMNS], cells)

    def _every_line(self, asked: LedgerInquiry, locale: str) -> Sequence[Any]:
        house = rules.is_house(asked.account)
        with self._database.read() as tx:
            rows = search_postings(tx, self._wanted(tx, asked), None, LONGEST_EXPORT + 1)
            _check_length(rows)
            reckoned = not house and not asked.event
            balances = self._balances(tx, asked.account, rows) if reckoned else None
        return rules.lines_of(rows, asked.account, balances, self._desk.text(locale))


def owned_now(view: AccountView) -> dict[str, int]:
    """What the counter has, by asset."""
    return {one.asset: one.owned for one in (view.cash, *view.positions)}


def _check_length(rows: Sequence[Any]) -> None:
    if len(rows) > LONGEST_EXPORT:
        raise Invalid("orders.export_too_long", most=LONGEST_EXPORT)


def _raise(refused: Refused | None) -> None:
    if refused:
        raise Invalid(refused.code, **refused.facts)
