"""Orders: checking, placing, cancelling, following them to their executions."""

from __future__ import annotations

from typing import Any, Final

from yunquan.counter.types import AskCheck, AskOrder, CancelOrder, CheckView, OrderView, PlaceOrder
from yunquan.desk import rules
from yunquan.desk.service.accounts import LONGEST_LIST, Accounts
from yunquan.desk.types import Estimate, FillLine, OrderLife, OrderLine, Page, TicketFields
from yunquan.history import load_fills, load_order, load_orders, load_steps
from yunquan.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from yunquan.kernel.i18n import readable
from yunquan.kernel.money import fen_to_text, milli_to_text, price_to_milli
from yunquan.market.types import MARKET_KINDS, ORDER_KINDS

MOST_SHARES: Final = 10**12


class Orders:
    """A client's orders, as they stand in the counter and as history keeps them."""

    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts
        self.database = accounts.database
        self.counters = accounts.counters
        self.quotes = accounts.quotes

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
            price_low=milli_to_text(check.price_low) if check.price_low else None,
            price_high=milli_to_text(check.price_high) if check.price_high else None,
            caged=check.caged,
            reason=rules.reason_of(check.code, check.facts, self.accounts.text(locale)),
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
        status = self.quotes.view().status
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
        symbol, text = order.symbol, self.accounts.text(locale)
        found, unit = self.accounts.name(symbol, locale), self.accounts.unit(symbol, locale)
        return rules.order_line(order, day, found, unit, text)

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
            view = await self.accounts.view(account, limit)
            return Page(tuple(self._line(order, locale) for order in view.orders), None)
        view = await self.accounts.view(account)
        stale = not await self.accounts.projected(account, view.seq)
        with self.database.read() as tx:
            rows = load_orders(tx, account, before=before, limit=limit)
        lines = tuple(self._line(rules.view_of_row(row), locale) for row in rows)
        return Page(lines, lines[-1].id if len(lines) == limit else None, stale)

    async def order_life(self, account: str, order: str, locale: str) -> OrderLife:
        """An order with its executions and every event it went through."""
        counter = self.counters.of(account)
        view = await self.accounts.view(account)
        await self.accounts.projected(account, view.seq)
        found = await counter.ask(AskOrder(order))
        if found is not None and found.account != account:
            raise NotFound("order.unknown", order=order[:40])
        line = self._line(found, locale) if found else await self._archived(account, order, locale)
        with self.database.read() as tx:
            step_rows = load_steps(tx, order)
            fill_rows = load_fills(tx, account, order=order, limit=LONGEST_LIST)
        text = self.accounts.text(locale)
        steps = tuple(rules.step_line(row, text) for row in step_rows)
        return OrderLife(line, tuple(self._fill(row, locale) for row in fill_rows), steps)

    def _fill(self, row: Any, locale: str) -> FillLine:
        return FillLine(
            order=row.order_id,
            symbol=row.symbol,
            name=self.accounts.name(row.symbol, locale),
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
        return await self.accounts.history(account, before, limit, load, line)
