"""Orders: checking, placing, cancelling, following them to their executions."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from yunquan.counter import CheckView
from yunquan.counter.types import AskCheck, AskOrder, CancelOrder, OrderView, PlaceOrder
from yunquan.desk import rules
from yunquan.desk.rules.lists import (
    FILL_COLUMNS,
    ORDER_COLUMNS,
    check_period,
    csv_text,
    fill_cells,
    fits,
    order_cells,
    wanted_of,
)
from yunquan.desk.service.accounts import LONGEST_LIST, Accounts
from yunquan.desk.types import (
    CancelTally,
    Estimate,
    FillLine,
    OrderFilter,
    OrderLife,
    OrderLine,
    Page,
    TicketFields,
)
from yunquan.history import load_fills, load_order, load_orders, load_steps
from yunquan.history.types import Wanted
from yunquan.kernel.errors import Conflict, Invalid, NotFound, Refused, Unavailable
from yunquan.kernel.i18n import readable
from yunquan.kernel.money import fen_to_text, milli_to_text, price_to_milli
from yunquan.kernel.zone import in_market_zone
from yunquan.market.types import MARKET_KINDS, ORDER_KINDS

MOST_SHARES: Final = 10**12
LONGEST_EXPORT: Final = 10_000
ALL_ORDERS: Final = OrderFilter()


def day_of_order(order: str) -> str:
    """The trading day in an order's id."""
    return f"{order[4:8]}-{order[8:10]}-{order[10:12]}"


def clock_of(at_ms: int) -> str:
    """Time of day in Beijing."""
    return in_market_zone(at_ms).strftime("%H:%M:%S")


def wanted_or_raise(asked: OrderFilter) -> Wanted:
    """The filter as history takes it. Raises Invalid for one that means nothing."""
    wanted = wanted_of(asked)
    if isinstance(wanted, Refused):
        raise Invalid(wanted.code, **wanted.facts)
    return wanted


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
        origin: str = "",
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
            origin,
        )

    async def place(
        self,
        caller: str,
        key: str,
        account: str,
        ticket: TicketFields,
        locale: str,
        origin: str = "",
    ) -> OrderLine:
        """Place an order; a refused one comes back as state "rejected" with its reason. origin:
        "program" for what a program sent by token.

        The same caller and key give the same order. Raises Invalid for malformed input, Conflict
        command.reused,
        Unavailable when the outcome is unknown (repeat with the same key).
        """
        command = self._command(caller, key, account, ticket, origin)
        counter = self.counters.of(account)
        answer = await counter.submit(command)
        if answer.code and not answer.order:
            raise Conflict(answer.code, **readable(answer.facts))
        found: OrderView | None = await counter.ask(AskOrder(answer.order))
        if found is None:
            return await self._archived(account, answer.order, locale)
        return self._line(found, locale)

    def _line(self, order: OrderView, locale: str) -> OrderLine:
        day = day_of_order(order.id)
        symbol, text = order.symbol, self.accounts.text(locale)
        found, unit = self.accounts.name(symbol, locale), self.accounts.unit(symbol, locale)
        return rules.order_line(order, day, found, unit, text)

    async def _archived(self, account: str, order: str, locale: str) -> OrderLine:
        with self.database.read() as tx:
            row = load_order(tx, account, order)
        if row is None:
            raise NotFound("order.unknown", order=order[:40])
        return self._line(rules.view_of_row(row), locale)

    def order_of_row(self, row: Any, locale: str) -> OrderLine:
        """An order as history has it."""
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

    async def cancel_all(
        self, caller: str, key: str, account: str, symbol: str, locale: str
    ) -> CancelTally:
        """Ask for a cancel of every open order of today, of one symbol or ("") of all. One that
        filled in between is simply left; the same key asks for the same cancels.
        """
        page = await self.orders(account, locale, day="today", limit=LONGEST_LIST)
        wanted = [line for line in page.items if line.cancellable and symbol in ("", line.symbol)]
        asked = 0
        for line in wanted:
            try:
                await self.cancel(caller, f"{key}-{line.id}", account, line.id, locale)
            except (Conflict, NotFound):
                continue
            asked += 1
        return CancelTally(asked, len(wanted) - asked)

    async def export(self, account: str, what: str, from_day: str, to_day: str, locale: str) -> str:
        """Orders or ("fills") executions of a period as CSV text, newest first. Raises Invalid for
        a period without both ends or too long, or with more rows than a table holds.
        """
        if refused := check_period(from_day, to_day):
            raise Invalid(refused.code, **refused.facts)
        wanted = Wanted(from_day=from_day, to_day=to_day)
        view = await self.accounts.view(account)
        if not await self.accounts.projected(account, view.seq):
            raise Unavailable("orders.export_behind")
        text = self.accounts.text(locale)
        load, most = load_fills if what == "fills" else load_orders, LONGEST_EXPORT
        with self.database.read() as tx:
            rows = load(tx, account, limit=most + 1, wanted=wanted)
        if len(rows) > most:
            raise Invalid("orders.export_too_long", most=most)
        if what == "fills":
            cells = [
                fill_cells(self._fill(row, locale), day_of_order(row.order_id), clock_of, text)
                for row in rows
            ]
        else:
            lines = (self._line(rules.view_of_row(row), locale) for row in rows)
            cells = [order_cells(line, clock_of, text) for line in lines]
        columns = FILL_COLUMNS if what == "fills" else ORDER_COLUMNS
        return csv_text([text(f"ui.investor.csv.{name}") for name in columns], cells)

    async def orders(
        self,
        account: str,
        locale: str,
        *,
        day: str | None = None,
        before: str | None = None,
        limit: int = 50,
        asked: OrderFilter = ALL_ORDERS,
    ) -> Page:
        """Orders, newest first. day "today": from the counter, as they stand; else the history of
        all days. Raises Invalid for a filter that means nothing.
        """
        limit = max(1, min(limit, LONGEST_LIST))
        wanted = wanted_or_raise(asked)
        if day == "today":
            view = await self.accounts.view(account, limit)
            today = (self._line(order, locale) for order in view.orders)
            return Page(tuple(line for line in today if fits(line, asked)), None)
        view = await self.accounts.view(account)
        stale = not await self.accounts.projected(account, view.seq)
        with self.database.read() as tx:
            rows = load_orders(tx, account, before=before, limit=limit, wanted=wanted)
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
        self,
        account: str,
        locale: str,
        *,
        before: str | None = None,
        limit: int = 50,
        asked: OrderFilter = ALL_ORDERS,
    ) -> Page:
        """Executions of all days, newest first."""
        load = partial(load_fills, wanted=wanted_or_raise(asked))
        line = partial(self._fill, locale=locale)
        return await self.accounts.history(account, before, limit, load, line)
