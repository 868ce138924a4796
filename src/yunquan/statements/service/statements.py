"""Statements, contract notes and positions by method, of one account."""

from __future__ import annotations

import asyncio
import re
from calendar import monthrange
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Final

import msgspec

from yunquan.bars import load_bars
from yunquan.clearing import load_positions
from yunquan.clients import load_accounts, load_client
from yunquan.clients.types import ClientId
from yunquan.counter import Counters
from yunquan.counter.types import AccountView, AskAccount
from yunquan.history import load_fills, load_order, load_steps
from yunquan.kernel.clock import Clock
from yunquan.kernel.errors import Invalid, NotFound
from yunquan.kernel.i18n import Catalogue
from yunquan.kernel.money import fen_to_text, milli_to_text
from yunquan.kernel.readers import load_offset
from yunquan.kernel.transaction import Database, ReadTx
from yunquan.market import next_trading_day
from yunquan.market.rules import RuleBook
from yunquan.market.rules.fees import notional_fen
from yunquan.market.rules.instruments import rule_product
from yunquan.market.types import Instrument
from yunquan.quotes import QuoteBoard
from yunquan.rights import new_shares
from yunquan.statements import store
from yunquan.statements.ports import Printer
from yunquan.statements.rules import costs, papers
from yunquan.statements.rules.days import figures
from yunquan.statements.types import (
    Figures,
    FillFacts,
    MethodLine,
    Movement,
    Paper,
    StatementLine,
    StatementList,
)

PROJECTION: Final = "counter.projection"
SLOWEST_PROJECTION_S: Final = 1.0
MOST_DAYS: Final = 400
MOST_FILLS: Final = 10_000
_PERIOD: Final = re.compile(r"(\d{4}-\d{2}(-\d{2})?)(\.\.(\d{4}-\d{2}-\d{2}))?")
_FEE_RULES: Final = ("commission_e8", "stamp_sell_e8", "transfer_e8", "handling_e8", "levy_e8")


class Statements:
    """What a client may read of their account's days. Whose it is was checked by the face."""

    def __init__(
        self,
        database: Database,
        counters: Counters,
        quotes: QuoteBoard,
        rule_book: RuleBook,
        catalogue: Catalogue,
        clock: Clock,
        printer: Printer,
        *,
        simulated: bool,
    ) -> None:
        self.database = database
        self._counters = counters
        self.quotes = quotes
        self.rule_book = rule_book
        self._catalogue = catalogue
        self._clock = clock
        self._printer = printer
        self._simulated = simulated

    def text(self, locale: str) -> papers.Text:
        """Sentences by code in one language."""
        return lambda code, /, **facts: self._catalogue.text(code, locale, **facts)

    async def view(self, account: str) -> AccountView:
        """The account as its counter has it, once history has it too."""
        return (await self.whole_view(account))[0]

    async def whole_view(self, account: str) -> tuple[AccountView, bool]:
        """The account as its counter has it, and whether history has all of it in time."""
        found = await self._counters.of(account).ask(AskAccount(account, 0))
        if found is None:
            raise NotFound("account.unknown", account=account)
        return found, await self._projected(account, found.seq)

    async def _projected(self, account: str, seq: int) -> bool:
        """Wait, up to a second, until history has what the counter said."""
        deadline = self._clock.monotonic() + SLOWEST_PROJECTION_S
        while self._clock.monotonic() < deadline:
            with self.database.read() as tx:
                if load_offset(tx, PROJECTION, self.stream(account)) > seq:
                    return True
            await asyncio.sleep(0.02)
        return False

    def stream(self, account: str) -> str:
        """The log of the account's counter."""
        return f"counter-{self._counters.number_of(account)}"

    def open_day(self, tx: ReadTx, view: AccountView) -> str:
        """The trading day that is going on, or the next once it has ended."""
        return next_trading_day(tx, view.day) if view.day_ended else view.day

    def load(self, tx: ReadTx, view: AccountView) -> tuple[list[str], list[Movement], str]:
        """Days that ended, movements, and the day that is going on."""
        open_day = self.open_day(tx, view)
        days, found = store.load_account(tx, view.account, self.stream(view.account), open_day)
        return days, found, open_day

    async def list_statements(self, account: str, locale: str) -> StatementList:
        """Every day and month in which something was owned or happened, newest first."""
        view = await self.view(account)

        def listed() -> StatementList:
            with self.database.read() as tx:
                days, found, open_day = self.load(tx, view)
            first = found[0].day if found else open_day
            known = sorted({*(day for day in days if day >= first), open_day}, reverse=True)
            known = known[:MOST_DAYS]
            months = dict.fromkeys(day[:7] for day in known)
            return StatementList(
                tuple(self._line(month, open_day, locale) for month in months),
                tuple(self._line(day, open_day, locale) for day in known),
            )

        return await asyncio.to_thread(listed)

    def _line(self, period: str, open_day: str, locale: str) -> StatementLine:
        kind = "day" if len(period) == len("2026-07-13") else "month"
        title = self._title(kind, period, period, locale)
        return StatementLine(period, kind, title, open_day.startswith(period))

    def _title(self, kind: str, period: str, last: str, locale: str) -> str:
        text = self.text(locale)
        return text(f"statement.title.{kind}", period=period, last=last)

    async def statement(self, account: str, period: str, locale: str) -> Paper:
        """The statement of a day, a month, or days "2026-07-01..2026-07-13". Raises Invalid
        statement.period or NotFound statement.not_yet.
        """
        kind, first, last = parse_period(period)
        view = await self.view(account)
        return await asyncio.to_thread(self._statement, view, period, (kind, first, last), locale)

    async def figures(self, account: str, period: str) -> Figures:
        """The figures behind a statement."""
        _, first, last = parse_period(period)
        view = await self.view(account)

        def reckoned() -> Figures:
            with self.database.read() as tx:
                return self._figures(tx, view, first, last)[0]

        return await asyncio.to_thread(reckoned)

    def _figures(
        self, tx: ReadTx, view: AccountView, first: str, last: str
    ) -> tuple[Figures, bool]:
        """The figures of these days, and whether the last of them still goes on."""
        days, found, open_day = self.load(tx, view)
        if first > open_day:
            raise NotFound("statement.not_yet", period=first)
        symbols = {one.symbol for one in found if one.symbol}
        going_on = last >= open_day
        ended = max((day for day in days if day <= last), default="")
        # What clearing wrote down is what the books were proved with.
        rows = [] if going_on else load_positions(tx, view.account, ended)
        closes = {row.symbol: row.close_milli for row in rows}
        prices = {
            symbol: closes.get(symbol) or self.price(tx, symbol, last, open_day)
            for symbol in symbols
        }
        coming = new_shares(tx, view.account, self.priced_on(open_day) if going_on else ended)
        return figures(found, first, last, view.cash.asset, prices, coming), going_on

    def priced_on(self, open_day: str) -> str:
        """The trading day whose prices are the latest: at night that is the day which has ended."""
        status = self.quotes.view().status
        return min(open_day, status.trading_day) if status else open_day

    def price(self, tx: ReadTx, symbol: str, day: str, open_day: str) -> int:
        """The close of a day in milli, or the latest price while it goes on; 0 if unknown."""
        if day >= open_day:
            quote = self.quotes.quote(symbol)
            if quote is not None:
                return quote.last_milli or quote.prev_close_milli
        bars = load_bars(tx, symbol, f"{day}~", 1)
        return bars[-1].close_milli if bars else 0

    def _statement(
        self, view: AccountView, period: str, span: tuple[str, str, str], locale: str
    ) -> Paper:
        kind, first, last = span
        text = self.text(locale)
        with self.database.read() as tx:
            found, going_on = self._figures(tx, view, first, last)
            facts = self.who(tx, view, locale)
        marks = self.marks(locale)
        marks += [text("statement.provisional")] if going_on else []
        symbols = {one.symbol for one in (*found.fills, *found.holdings, *found.actions)}
        symbols |= {one.shares.symbol for one in found.coming}
        inside = {one.symbol: self.rates(one.symbol, last) for one in found.fills}
        title = self._title(kind, first if kind == "span" else period, last, locale)
        names = self._names(symbols, locale)
        lang = "zh" if locale == "zh_CN" else "en"
        return papers.statement_paper(found, title, facts, marks, names, inside, text, lang)

    def who(self, tx: ReadTx, view: AccountView, locale: str) -> tuple[tuple[str, str], ...]:
        """Whose paper it is: labels and texts."""
        text = self.text(locale)
        client = load_client(tx, ClientId(view.client))
        tree = load_accounts(tx, client.id)
        numbers = [
            f"{one.market} {one.number}"
            for cash in tree.cash
            if cash.number == view.account
            for one in cash.securities
        ]
        return (
            (text("statement.client"), client.name),
            (text("statement.account"), f"{view.account} {view.cash.asset}"),
            (text("statement.securities"), " · ".join(numbers) if numbers else "--"),
        )

    def _names(self, symbols: Iterable[str], locale: str) -> dict[str, str]:
        return {symbol: self.name(symbol, locale) for symbol in symbols}

    def name(self, symbol: str, locale: str) -> str:
        """A security's name in the reader's language, "" where it isn't known."""
        notice = self.quotes.book.instruments.get(symbol)
        if notice is None:
            return ""
        return notice.instrument.name_zh if locale == "zh_CN" else notice.instrument.name_en

    def marks(self, locale: str) -> list[str]:
        """What a paper is marked with when the firm is simulated."""
        return [self.text(locale)("statement.simulated")] if self._simulated else []

    def _instrument(self, symbol: str) -> Instrument | None:
        notice = self.quotes.book.instruments.get(symbol)
        return notice.instrument if notice else None

    def rates(self, symbol: str, day: str) -> dict[str, papers.Rate]:
        """The fee rules of a security on a day, as far as there are rows."""
        one = self._instrument(symbol)
        if one is None:
            return {}
        found: dict[str, papers.Rate] = {}
        for rule in _FEE_RULES:
            row = self.rule_book.on(day).row(rule, one.market, one.board, rule_product(one))
            if row is not None and isinstance(row.value, int):
                found[rule] = papers.Rate(row.value, row.source, row.effective_from)
        return found

    async def note(self, account: str, order: str, locale: str) -> Paper:
        """The contract note of an order. Raises NotFound order.unknown, or statement.no_fills."""
        view = await self.view(account)
        return await asyncio.to_thread(self._note, view, order, locale)

    def _note(self, view: AccountView, order: str, locale: str) -> Paper:
        text = self.text(locale)
        with self.database.read() as tx:
            row = load_order(tx, view.account, order)
            if row is None:
                raise NotFound("order.unknown", order=order[:40])
            fills = load_fills(tx, view.account, order=order, limit=MOST_FILLS)
            if not fills:
                raise NotFound("statement.no_fills", order=order)
            placed = [step for step in load_steps(tx, order) if step.event == "order_placed"]
            settles = next_trading_day(tx, row.day)
            who = self.who(tx, view, locale)
        rates = self.rates(row.symbol, row.day)
        terms: dict[str, Any] = msgspec.json.decode(placed[0].detail) if placed else {}
        for rule, name in _PLACED.items():
            if name in terms:
                # What was agreed when it was placed, which a fee plan may have made another.
                source = rates[rule].source if rule in rates else "fee plan"
                since = rates[rule].since if rule in rates else row.day
                rates[rule] = papers.Rate(terms[name], source, since)
        name = self.name(row.symbol, locale)
        facts = (
            *who,
            (text("statement.security"), f"{name} {row.symbol}".strip()),
            (text("statement.order"), row.id),
            (text("statement.day"), row.day),
            (text("statement.settles"), settles),
            (text("statement.minimum"), papers.money(terms.get("commission_min"))),
        )
        lang = "zh" if locale == "zh_CN" else "en"
        marks = self.marks(locale)
        facts_of = [_fill_facts(one, row.day) for one in reversed(fills)]
        return papers.note_paper(facts_of, facts, marks, name, rates, text, lang)

    async def pdf(self, paper: Paper) -> tuple[bytes, str]:
        """A paper as PDF, and the SHA-256 of its bytes."""
        made = await self._printer.pdf(paper)
        return made, sha256(made).hexdigest()

    async def positions(self, account: str, method: str, locale: str) -> list[MethodLine]:
        """Positions and their profit by one method. Raises Invalid statement.method."""
        if method not in costs.METHODS:
            raise Invalid("statement.method", method=method[:20])
        view = await self.view(account)

        def reckoned() -> list[MethodLine]:
            with self.database.read() as tx:
                _, found, open_day = self.load(tx, view)
                prices = {
                    one.asset: self.price(tx, one.asset, open_day, open_day)
                    for one in view.positions
                }
            held = costs.reckon(found, method, view.cash.asset)
            return [
                self._method_line(symbol, one, prices.get(symbol, 0), method, locale)
                for symbol, one in sorted(held.items())
                if one.qty or one.realised
            ]

        return await asyncio.to_thread(reckoned)

    def _method_line(
        self, symbol: str, held: Any, price: int, method: str, locale: str
    ) -> MethodLine:
        known = not held.uncosted and held.qty > 0
        value = notional_fen(price, held.qty) if price or not held.qty else None
        average = milli_to_text((held.cost * 10 + held.qty // 2) // held.qty) if known else None
        return MethodLine(
            symbol=symbol,
            name=self.name(symbol, locale),
            qty=held.qty,
            method=method,
            cost=average,
            value=None if value is None else fen_to_text(value),
            unrealised=fen_to_text(value - held.cost) if known and value is not None else None,
            realised=fen_to_text(held.realised),
        )


_PLACED: Final = {
    "commission_e8": "commission_e8",
    "stamp_sell_e8": "stamp_e8",
    "transfer_e8": "transfer_e8",
}


def _fill_facts(row: Any, day: str) -> FillFacts:
    return FillFacts(
        row.order_id,
        row.symbol,
        row.side,
        row.execution,
        row.price,
        row.qty,
        row.amount,
        row.commission,
        row.stamp,
        row.transfer,
        row.at_ms,
        day,
    )


def parse_period(period: str) -> tuple[str, str, str]:
    """(kind, first day, last day) of "2026-07-13", "2026-07" or "2026-07-01..2026-07-13". Raises
    Invalid statement.period.
    """
    found = _PERIOD.fullmatch(period)
    if found is None:
        raise Invalid("statement.period", period=period[:40])
    first, day, last = found[1], found[2], found[4]
    month = int(first[5:7])
    if not 1 <= month <= 12 or (last and (not day or last < first)):
        raise Invalid("statement.period", period=period[:40])
    if last:
        return "span", first, last
    if day:
        return "day", first, first
    most = monthrange(int(first[:4]), month)[1] if int(first[:4]) else 28
    return "month", f"{first}-01", f"{first}-{most:02d}"
