"""The verbs of a client and of staff, over the trading rooms. Pages and API answer from these."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from yunquan.counter import Counters
from yunquan.counter.types import (
    AccountView,
    AskAccount,
    AskCheck,
    AskHealth,
    AskOrder,
    CancelOrder,
    CheckView,
    Freeze,
    HealthView,
    OrderView,
    PlaceOrder,
    Release,
    Restrict,
    Unfreeze,
)
from yunquan.desk import rules
from yunquan.desk.readers import AccountNews, Stream
from yunquan.desk.service.screen import Screen
from yunquan.desk.types import (
    Assets,
    Estimate,
    FillLine,
    InstrumentView,
    OrderLife,
    OrderLine,
    Page,
    QuoteView,
    TicketFields,
)
from yunquan.funding import Funding, list_transfers, load_terms, load_transfer, pay_in, pay_out
from yunquan.funding.rules import transfer_line
from yunquan.funding.types import Direction, TransferLine, TransferTerms
from yunquan.history import (
    load_costs,
    load_fills,
    load_order,
    load_orders,
    load_postings,
    load_steps,
)
from yunquan.kernel.clock import Clock
from yunquan.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from yunquan.kernel.i18n import Catalogue, readable
from yunquan.kernel.money import fen_to_text, milli_to_text, parse_fen, price_to_milli
from yunquan.kernel.readers import load_offset
from yunquan.kernel.transaction import Database
from yunquan.market import day_of_notice
from yunquan.market.rules import RuleBook
from yunquan.market.types import MARKET_KINDS, ORDER_KINDS, MarketStatus
from yunquan.quotes import QuoteBoard
from yunquan.quotes.rules.glance import INDEX

PROJECTION = "counter.projection"
LONGEST_LIST = 200
SLOWEST_PROJECTION_S = 1.0
MOST_SHARES = 10**12


class Desk:
    """What a logged-in client or staff member may do. Whose account it is was checked by the
    face.
    """

    def __init__(
        self,
        database: Database,
        counters: Counters,
        quotes: QuoteBoard,
        rule_book: RuleBook,
        catalogue: Catalogue,
        clock: Clock,
        news: AccountNews,
        funding: Funding,
        *,
        simulated: bool,
    ) -> None:
        self.database = database
        self.counters = counters
        self.quotes = quotes
        self.rule_book = rule_book
        self.catalogue = catalogue
        self.clock = clock
        self.news = news
        self.funding = funding
        self.simulated = simulated
        self.screen = Screen(database, quotes, catalogue)

    # --- market ---

    def text(self, locale: str) -> rules.Text:
        """Sentences by code in one language."""
        return lambda code, /, **facts: self.catalogue.text(code, locale, **facts)

    def market_status(self) -> MarketStatus | None:
        return self.quotes.view().status

    def quote(self, symbol: str, locale: str) -> QuoteView:
        """The latest of an instrument. Raises NotFound market.unknown_symbol."""
        notice = self.quotes.notice(symbol)
        stopped = self.quotes.book.trading_status(symbol)
        return rules.quote_view(
            notice, self.quotes.quote(symbol), self.quotes.stale_since_ms(), locale, stopped
        )

    def quotes_of(self, symbols: Sequence[str], locale: str) -> list[QuoteView]:
        """Several, in the order asked; symbols that don't exist are left out."""
        known = self.quotes.book.instruments
        return [self.quote(symbol, locale) for symbol in symbols[:LONGEST_LIST] if symbol in known]

    def symbols(self) -> list[str]:
        """Everything that trades today: an index is only looked at."""
        known = self.quotes.book.instruments.values()
        return sorted(one.instrument.symbol for one in known if one.instrument.board != INDEX)

    def search(self, text: str, locale: str, limit: int = 10) -> list[QuoteView]:
        """Instruments by code, pinyin initials or name, best first."""
        return [self.quote(found.symbol, locale) for found in self.quotes.search(text, limit)]

    def instrument(self, symbol: str, locale: str) -> InstrumentView:
        """An instrument with what holds for it today. Raises NotFound market.unknown_symbol, also
        for an index, which nobody can trade.
        """
        notice = self.quotes.notice(symbol)
        if notice.instrument.board == INDEX:
            raise NotFound("market.unknown_symbol", symbol=symbol[:20])
        day = day_of_notice(self.rule_book, notice)
        status = self.market_status()
        phase = status.phase if status else "closed"
        return InstrumentView(
            quote=self.quote(symbol, locale),
            trading_day=day.trading_day,
            time=status.time if status else "",
            phase=phase,
            phase_text=self.catalogue.text(f"market.phase.{phase}", locale),
            limit_up=milli_to_text(day.limit_up_milli),
            limit_down=milli_to_text(day.limit_down_milli),
            tick=milli_to_text(day.tick_milli),
            buy_min=day.buy_min,
            buy_step=day.buy_step,
            lot=day.lot,
            max_qty=day.max_qty,
            permission=day.permission,
            halted=day.halted,
            product=day.product,
            t0=day.t0,
            kinds=rules.kinds_of(self.rule_book, day, status, self.text(locale)),
        )

    def minutes(self, symbol: str) -> list[list[Any]]:
        """Today's minutes: ["HH:MM", open, high, low, close, volume, turnover], oldest first."""
        self.quotes.notice(symbol)
        update = self.quotes.minutes(symbol)
        return rules.minute_rows(update.bars if update else ())

    def _name(self, symbol: str, locale: str) -> str:
        notice = self.quotes.book.instruments.get(symbol)
        if notice is None:
            return symbol
        return notice.instrument.name_zh if locale == "zh_CN" else notice.instrument.name_en

    # --- the client's account ---

    async def _account(self, account: str, orders: int = 0) -> AccountView:
        found = await self.counters.of(account).ask(AskAccount(account, orders))
        if found is None:
            raise NotFound("account.unknown", account=account)
        return found

    async def assets(self, account: str, locale: str) -> Assets:
        """Balances and positions as they stand in the counter, valued at the latest quotes."""
        view = await self._account(account)
        with self.database.read() as tx:
            costs = load_costs(tx, account)
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
                    balance, self._name(balance.asset, locale), cost, last, stale=stale
                )
            )
            value = (
                value + last * balance.owned // 10
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

    async def estimate(self, account: str, ticket: TicketFields, locale: str) -> Estimate:
        """The counter's own checks of an order, without placing it."""
        command = self._command("", "", account, ticket)
        check: CheckView = await self.counters.of(account).ask(AskCheck(command))
        return Estimate(
            max_qty=check.max_qty,
            amount=fen_to_text(check.amount),
            commission=fen_to_text(check.commission),
            transfer=fen_to_text(check.transfer),
            stamp=fen_to_text(check.stamp),
            total=fen_to_text(check.total),
            reason=rules.reason_of(check.code, check.facts, self.text(locale)),
        )

    def _command(
        self,
        caller: str,
        key: str,
        account: str,
        ticket: TicketFields,
    ) -> PlaceOrder:
        if ticket.side not in rules.SIDE_NUMBERS:
            raise Invalid("order.side", side=ticket.side)
        if ticket.kind not in ORDER_KINDS:
            raise Invalid("order.kind_unknown", kind=ticket.kind[:20])
        if not 0 <= ticket.qty <= MOST_SHARES:
            raise Invalid("order.quantity", qty=ticket.qty)
        status = self.market_status()
        if status is None:
            raise Unavailable("market.not_heard_yet")
        nameless = ticket.kind in MARKET_KINDS and not ticket.price
        return PlaceOrder(
            f"{caller}:{key}",
            account,
            ticket.symbol,
            rules.SIDE_NUMBERS[ticket.side],
            0 if nameless else price_to_milli(ticket.price),
            ticket.qty,
            ticket.day or status.trading_day,
            ticket.kind,
        )

    async def place(
        self,
        caller: str,
        key: str,
        account: str,
        ticket: TicketFields,
        locale: str,
    ) -> OrderLine:
        """Place an order; a refused one comes back as state "rejected" with its reason.

        The same caller and key give the same order. Raises Invalid for malformed input, Conflict
        command.reused,
        Unavailable when the outcome is unknown (repeat with the same key).
        """
        command = self._command(caller, key, account, ticket)
        counter = self.counters.of(account)
        answer = await counter.submit(command)
        if answer.code and not answer.order:
            raise Conflict(answer.code, **readable(answer.facts))
        found: OrderView | None = await counter.ask(AskOrder(answer.order))
        if found is None:
            return await self._archived(account, answer.order, locale)
        return self._line(found, locale)

    def _line(self, order: OrderView, locale: str) -> OrderLine:
        name = order.id
        day = f"{name[4:8]}-{name[8:10]}-{name[10:12]}"
        return rules.order_line(order, day, self._name(order.symbol, locale), self.text(locale))

    async def _archived(self, account: str, order: str, locale: str) -> OrderLine:
        with self.database.read() as tx:
            row = load_order(tx, account, order)
        if row is None:
            raise NotFound("order.unknown", order=order[:40])
        return self._line(rules.view_of_row(row), locale)

    async def cancel(
        self, caller: str, key: str, account: str, order: str, locale: str
    ) -> OrderLine:
        """Ask for a cancel; the order as it stands then. Raises Conflict with the refusal's
        code.
        """
        counter = self.counters.of(account)
        answer = await counter.submit(CancelOrder(f"{caller}:{key}", account, order))
        if answer.code == "cancel.order_unknown":
            raise NotFound("cancel.order_unknown", order=order[:40])
        if answer.code:
            raise Conflict(answer.code, **answer.facts)
        found = await counter.ask(AskOrder(order))
        return self._line(found, locale) if found else await self._archived(account, order, locale)

    async def orders(
        self,
        account: str,
        locale: str,
        *,
        day: str | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> Page:
        """Orders, newest first. day "today": from the counter, as they stand; else the history of
        all days.
        """
        limit = max(1, min(limit, LONGEST_LIST))
        if day == "today":
            view = await self._account(account, limit)
            return Page(tuple(self._line(order, locale) for order in view.orders), None)
        view = await self._account(account)
        stale = not await self._projected(account, view.seq)
        with self.database.read() as tx:
            rows = load_orders(tx, account, before=before, limit=limit)
        lines = tuple(self._line(rules.view_of_row(row), locale) for row in rows)
        return Page(lines, lines[-1].id if len(lines) == limit else None, stale)

    async def order_life(self, account: str, order: str, locale: str) -> OrderLife:
        """An order with its executions and every event it went through."""
        counter = self.counters.of(account)
        view = await self._account(account)
        await self._projected(account, view.seq)
        found = await counter.ask(AskOrder(order))
        if found is not None and found.account != account:
            raise NotFound("order.unknown", order=order[:40])
        line = self._line(found, locale) if found else await self._archived(account, order, locale)
        with self.database.read() as tx:
            step_rows = load_steps(tx, order)
            fill_rows = load_fills(tx, account, order=order, limit=LONGEST_LIST)
        text = self.text(locale)
        steps = tuple(rules.step_line(row, text) for row in step_rows)
        return OrderLife(line, tuple(self._fill(row, locale) for row in fill_rows), steps)

    def _fill(self, row: Any, locale: str) -> FillLine:
        return FillLine(
            order=row.order_id,
            symbol=row.symbol,
            name=self._name(row.symbol, locale),
            side=rules.SIDES[row.side],
            execution=row.execution,
            price=milli_to_text(row.price),
            qty=row.qty,
            amount=fen_to_text(row.amount),
            commission=fen_to_text(row.commission),
            stamp=fen_to_text(row.stamp),
            transfer=fen_to_text(row.transfer),
            at_ms=row.at_ms,
        )

    async def fills(
        self, account: str, locale: str, *, before: str | None = None, limit: int = 50
    ) -> Page:
        """Executions of all days, newest first."""
        load, line = load_fills, lambda row: self._fill(row, locale)
        return await self._history(account, before, limit, load, line)

    async def postings(self, account: str, *, before: str | None = None, limit: int = 50) -> Page:
        """Postings from or to an account, newest first."""
        load = load_postings
        return await self._history(account, before, limit, load, rules.posting_line)

    async def _history(
        self, account: str, before: str | None, limit: int, load: Any, line: Callable[[Any], Any]
    ) -> Page:
        limit = max(1, min(limit, LONGEST_LIST))
        view = await self._account(account)
        stale = not await self._projected(account, view.seq)
        with self.database.read() as tx:
            rows = load(tx, account, before=rules.sequence_of(before), limit=limit)
        following = str(rows[-1].seq) if len(rows) == limit else None
        return Page(tuple(line(row) for row in rows), following, stale)

    async def _projected(self, account: str, seq: int) -> bool:
        """Wait until history includes this log position, up to a second; whether it does."""
        stream = f"counter-{self.counters.number_of(account)}"
        deadline = self.clock.monotonic() + SLOWEST_PROJECTION_S
        while True:
            with self.database.read() as tx:
                reached = load_offset(tx, PROJECTION, stream) > seq
            if reached or self.clock.monotonic() > deadline:
                return reached
            await asyncio.sleep(0.02)

    # --- money in and out ---

    async def pay(
        self, caller: str, key: str, account: str, direction: str, amount: str, locale: str
    ) -> TransferLine:
        """Money from ("in") or to ("out") the bound bank account; a refusal is in its reason.

        The same caller and key give the same transfer. Raises Invalid, Conflict command.reused.
        """
        move = {"in": pay_in, "out": pay_out}.get(direction)
        if move is None:
            raise Invalid("transfer.direction", direction=direction[:10])
        found = await move(self.funding, caller, key, account, parse_fen(amount))
        return transfer_line(found, self.text(locale))

    def transfers(
        self, account: str, locale: str, *, before: str | None = None, limit: int = 50
    ) -> Page:
        """Transfers of an account, newest first."""
        limit = max(1, min(limit, LONGEST_LIST))
        with self.database.read() as tx:
            found = list_transfers(tx, account, before, limit)
        text = self.text(locale)
        lines = tuple(transfer_line(transfer, text) for transfer in found)
        return Page(lines, lines[-1].id if len(lines) == limit else None)

    def transfer(self, account: str, transfer: str, locale: str) -> TransferLine:
        """One transfer of an account. Raises NotFound."""
        with self.database.read() as tx:
            return transfer_line(load_transfer(tx, account, transfer), self.text(locale))

    def transfer_terms(self, account: str, direction: str, locale: str) -> TransferTerms:
        """Bank, limits and hours of one direction ("in" or "out"), shown before they are hit."""
        with self.database.read() as tx:
            return load_terms(self.funding, tx, account, Direction(direction), self.text(locale))

    # --- staff ---

    async def account_view(self, account: str) -> AccountView:
        """An account as the counter has it, with up to 100 of today's orders."""
        return await self._account(account, 100)

    async def restrict(self, caller: str, key: str, account: str, scope: str, basis: str) -> None:
        """Forbid buying, selling, withdrawing or all. Raises Conflict with the refusal."""
        await self._act(account, Restrict(f"{caller}:{key}", account, scope, basis))

    async def release(self, caller: str, key: str, account: str, scope: str, basis: str) -> None:
        """Lift a restriction; scope "judicial" lifts the freeze of the whole account."""
        await self._act(account, Release(f"{caller}:{key}", account, scope, basis))

    async def freeze(
        self, caller: str, key: str, account: str, asset: str, amount: int, basis: str
    ) -> None:
        """Judicial freeze of fen or shares, or of the whole account with asset "*" and amount 0."""
        await self._act(account, Freeze(f"{caller}:{key}", account, asset, amount, basis))

    async def unfreeze(
        self, caller: str, key: str, account: str, asset: str, amount: int, basis: str
    ) -> None:
        """Lift (part of) a freeze of fen or shares."""
        await self._act(account, Unfreeze(f"{caller}:{key}", account, asset, amount, basis))

    async def _act(self, account: str, command: Any) -> None:
        answer = await self.counters.of(account).submit(command)
        if answer.code:
            raise Conflict(answer.code, **readable(answer.facts))

    async def health(self) -> list[HealthView]:
        """How each counter is."""
        return list(
            await asyncio.gather(*(counter.ask(AskHealth()) for counter in self.counters.clients))
        )

    async def reader_lags(self) -> dict[str, int]:
        """Events the projection is behind, by counter stream."""
        health = await self.health()
        with self.database.read() as tx:
            return {
                f"counter-{view.name}": max(
                    0, view.seq + 1 - load_offset(tx, PROJECTION, f"counter-{view.name}")
                )
                for view in health
            }

    # --- live ---

    def subscribe(self, topics: Sequence[str], locale: str, level: int) -> Stream:
        """Live updates: "market", "quote:S", "minutes:S", "orders:ACCOUNT", "assets:ACCOUNT",
        "health"; with Level 2 "depth:S" and "trades:S", else Forbidden level.needed.
        """
        return Stream(self, topics, locale, level)

    def loader(self, topic: str, locale: str) -> Callable[[], Any]:
        """How to get the latest of an account topic or of health."""
        kind, _, account = topic.partition(":")
        if kind == "orders":
            return lambda: self.orders(account, locale, day="today")
        if kind == "assets":
            return lambda: self.assets(account, locale)
        if kind == "health":
            return self.health
        raise Invalid("market.unknown_topic", topic=topic[:40])
