"""The clear-money page 明白账: everything a client asks about their money, from one place."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from yunquan.bars import load_bars
from yunquan.counter.types import AccountView, BalanceView
from yunquan.history import load_steps
from yunquan.kernel.money import fen_to_text, milli_to_text
from yunquan.kernel.transaction import ReadTx
from yunquan.market import day_of_notice, next_trading_day
from yunquan.market.rules.fees import part_fen
from yunquan.rights import new_shares
from yunquan.rights.types import NewShares
from yunquan.statements.rules import clear
from yunquan.statements.rules.costs import MOVING, reckon
from yunquan.statements.rules.papers import percent
from yunquan.statements.service.statements import Statements
from yunquan.statements.types import (
    CashDay,
    Charges,
    ClearMoney,
    Earned,
    EarnedLine,
    EarnedPeriod,
    Movement,
    OrderFees,
    SaleLine,
)

MOST_ORDERS: Final = 50
PERIODS: Final = ("today", "month", "year", "all")


async def clear_money(office: Statements, account: str, locale: str) -> ClearMoney:
    """What was earned, what selling brings, when cash is withdrawable, what each fee was."""
    view = await office.view(account)
    return await asyncio.to_thread(_answer, office, view, locale)


def _answer(office: Statements, view: AccountView, locale: str) -> ClearMoney:
    with office.database.read() as tx:
        days, found, open_day = office.load(tx, view)
        prices = _Prices(office, tx, found, days, open_day, view)
        earned = tuple(
            _period(office, period, open_day, found, prices, view, locale) for period in PERIODS
        )
        orders = tuple(_order_fees(office, tx, found, locale))
        cash = tuple(_cash_days(tx, office, view, locale))
    held = reckon(found, MOVING, view.cash.asset)
    nets: list[int | None] = []
    sales: list[SaleLine] = []
    for one in view.positions:
        if one.owned:
            line, net = _sale(office, view, one, held.get(one.asset), prices.now, locale)
            sales.append(line)
            nets.append(net)
    known = [net for net in nets if net is not None]
    return ClearMoney(
        account=view.account,
        day=open_day,
        earned=earned,
        sales=tuple(sales),
        sales_net=fen_to_text(sum(known)) if len(known) == len(nets) else None,
        cash=cash,
        orders=orders,
        complete=prices.complete and len(known) == len(nets),
    )


class _Prices:
    """What securities are and were worth. complete: none that was asked for is missing."""

    def __init__(
        self,
        office: Statements,
        tx: ReadTx,
        found: Sequence[Movement],
        days: Sequence[str],
        open_day: str,
        view: AccountView,
    ) -> None:
        currency = view.cash.asset
        self._tx = tx
        self._days = days
        self._account = view.account
        self.complete = True
        self.coming = new_shares(tx, view.account, office.priced_on(open_day))
        symbols = {one.symbol for one in found if one.symbol}
        self.now = {one: office.price(tx, one, open_day, open_day) for one in symbols}
        self.entry = {
            (one.symbol, one.day): self._before(one.symbol, one.day) or self.now[one.symbol]
            for one in found
            if one.kind == "transfer_in" and one.asset != currency
        }

    def _before(self, symbol: str, day: str) -> int:
        bars = load_bars(self._tx, symbol, day, 1)
        return bars[-1].close_milli if bars else 0

    def coming_before(self, day: str) -> list[NewShares]:
        """New shares that weren't listed on the last day that ended before a day."""
        before = max((one for one in self._days if one < day), default="")
        return new_shares(self._tx, self._account, before) if before else []

    def opening(
        self, day: str, found: Sequence[Movement], currency: str, coming: Sequence[NewShares]
    ) -> dict[str, int]:
        """Closes before a day of what was owned or due then; without one, the price now."""
        owned: dict[str, int] = {one.symbol: one.qty for one in coming}
        for one in found:
            if one.day < day and one.asset != currency:
                owned[one.asset] = owned.get(one.asset, 0) + one.amount
        closes = {symbol: self._before(symbol, day) for symbol, qty in owned.items() if qty}
        self.complete = self.complete and all(closes.values())
        return {symbol: close or self.now[symbol] for symbol, close in closes.items()}


def first_day_of(period: str, today: str) -> str:
    """The first day of today, this month, this year, or of all days."""
    return {"today": today, "month": f"{today[:7]}-01", "year": f"{today[:4]}-01-01"}.get(
        period, "0001-01-01"
    )


def _period(
    office: Statements,
    period: str,
    open_day: str,
    found: list[Movement],
    prices: _Prices,
    view: AccountView,
    locale: str,
) -> EarnedPeriod:
    first, currency = first_day_of(period, open_day), view.cash.asset
    coming_before = prices.coming_before(first)
    opening = prices.opening(first, found, currency, coming_before)

    def of(movements: Sequence[Movement], symbol: str = "") -> Earned:
        now, then = (
            [one for one in new if symbol in ("", one.symbol)]
            for new in (prices.coming, coming_before)
        )
        known = (opening, prices.now, prices.entry)
        return clear.earned(movements, first, currency, *known, now, then)

    label = office.text(locale)(f"clear.period.{period}")
    by_symbol: dict[str, list[Movement]] = {}
    for one in found:
        if one.symbol:
            by_symbol.setdefault(one.symbol, []).append(one)
    lines = [
        _line(office.name(symbol, locale) or symbol, symbol, first, of(movements, symbol))
        for symbol, movements in sorted(by_symbol.items())
        if movements[-1].day >= first or symbol in opening
    ]
    return EarnedPeriod(period, _line(label, "", first, of(found)), tuple(lines))


def _line(label: str, symbol: str, first_day: str, one: Earned) -> EarnedLine:
    return EarnedLine(
        label=label,
        symbol=symbol,
        first_day=first_day,
        realised=fen_to_text(one.realised),
        unrealised=fen_to_text(one.unrealised),
        dividends=fen_to_text(one.dividends),
        interest=fen_to_text(one.interest),
        commission=fen_to_text(one.commission),
        stamp=fen_to_text(one.stamp),
        transfer_fee=fen_to_text(one.transfer_fee),
        dividend_tax=fen_to_text(one.dividend_tax),
        other=fen_to_text(one.other),
        net=fen_to_text(one.net),
    )


def _sale(
    office: Statements,
    view: AccountView,
    balance: BalanceView,
    held: Any,
    prices: dict[str, int],
    locale: str,
) -> tuple[SaleLine, int | None]:
    symbol, qty = balance.asset, balance.owned
    notice = office.quotes.book.instruments.get(symbol)
    name, price = office.name(symbol, locale), prices.get(symbol, 0)
    if notice is None or not price:
        nothing = (None,) * 9
        return SaleLine(symbol, name, qty, balance.available, *nothing), None
    day = day_of_notice(office.rule_book, notice)
    own = next((rate for rate in view.rates if rate.product == day.product), None)
    charges = Charges(
        own.commission_e8 if own else day.commission_e8,
        own.commission_min_fen if own else day.commission_min_fen,
        day.stamp_e8,
        day.transfer_e8,
    )
    brings = clear.sale(price, qty, charges)
    quote = office.quotes.quote(symbol)
    by_bids = clear.sale_by_bids(quote.bids, qty, charges) if quote else None
    cost = held.cost if held is not None and not held.uncosted else None
    line = SaleLine(
        symbol=symbol,
        name=name,
        qty=qty,
        sellable=balance.available,
        price=milli_to_text(price),
        amount=fen_to_text(brings.amount),
        commission=fen_to_text(brings.commission),
        stamp=fen_to_text(brings.stamp),
        transfer_fee=fen_to_text(brings.transfer),
        net=fen_to_text(brings.net),
        cost=None if cost is None else fen_to_text(cost),
        profit=None if cost is None else fen_to_text(brings.net - cost),
        bid_net=fen_to_text(by_bids.net) if by_bids else None,
    )
    return line, brings.net


def _cash_days(tx: ReadTx, office: Statements, view: AccountView, locale: str) -> Iterator[CashDay]:
    text, cash = office.text(locale), view.cash
    yield CashDay(view.day, fen_to_text(cash.available), text("clear.cash.available"))
    if cash.settling:
        following = next_trading_day(tx, view.day)
        yield CashDay(following, fen_to_text(cash.settling), text("clear.cash.settling"))
    if cash.frozen:
        yield CashDay("", fen_to_text(cash.frozen), text("clear.cash.frozen"))
    if cash.held:
        yield CashDay("", fen_to_text(cash.held), text("clear.cash.held"))


def _order_fees(
    office: Statements, tx: ReadTx, found: Sequence[Movement], locale: str
) -> Iterator[OrderFees]:
    """The latest orders that traded, newest first."""
    orders = list(clear.orders_of(found).items())[-MOST_ORDERS:]
    for order, movements in reversed(orders):
        fills = [one.fill for one in movements if one.fill is not None]
        first, day = fills[0], movements[0].day
        placed = [step for step in load_steps(tx, order, 5) if step.event == "order_placed"]
        terms: dict[str, Any] = msgspec.json.decode(placed[0].detail) if placed else {}
        worth = sum(fill.worth for fill in fills)
        rate, least = terms.get("commission_e8", 0), terms.get("commission_min", 0)
        row = office.rates(first.symbol, day).get("commission_e8")
        by_house = row is not None and row.e8 == rate
        yield OrderFees(
            order=order,
            day=day,
            symbol=first.symbol,
            name=office.name(first.symbol, locale),
            side=clear.side_name(first.side),
            amount=fen_to_text(worth),
            commission=fen_to_text(sum(fill.commission for fill in fills)),
            without_minimum=fen_to_text(part_fen(worth, rate)),
            rate=percent(rate),
            minimum=fen_to_text(least),
            source=row.source if row and by_house else office.text(locale)("clear.by_plan"),
            stamp=fen_to_text(sum(fill.stamp for fill in fills)),
            transfer_fee=fen_to_text(sum(fill.transfer for fill in fills)),
        )
