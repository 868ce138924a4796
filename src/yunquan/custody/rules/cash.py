"""What a client's cash is and from when it may be used or taken out. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from yunquan.counter.types import AccountView
from yunquan.custody.types import CashLine, CashLineView
from yunquan.funding.rules import Text
from yunquan.funding.types import Direction, Transfer
from yunquan.kernel.i18n import readable
from yunquan.kernel.money import fen_to_text
from yunquan.market.rules.calendar import Calendar

_BLOCKING = ("withdraw", "all")


def cash_lines(
    view: AccountView, unfinished: Iterable[Transfer], calendar: Calendar
) -> list[CashLine]:
    """Every part of the cash with its reason, in the order a client asks: what can I use, what can
    I take out, what later, what not, what is on its way.

    Proceeds of a sale settle for withdrawal on the next trading day (T+1): neither a weekend nor a
    day on which only banks work brings them nearer.
    """
    cash, today = view.cash, view.day
    lines = [CashLine("usable", cash.usable, today, "cash.usable")]
    blocked = next((name for name in _BLOCKING if name in view.restrictions), "")
    if blocked or view.judicial:
        why = "cash.restricted" if blocked else "cash.judicial"
        lines.append(CashLine("withdrawable", 0, "", why, {"amount_fen": cash.available}))
    else:
        lines.append(CashLine("withdrawable", cash.available, today, "cash.withdrawable"))
    if cash.settling:
        day = calendar.next_trading_day(today) if today else ""
        lines.append(CashLine("settling", cash.settling, day, "cash.sold_today", {"day": day}))
    if cash.frozen:
        orders = sum(1 for order in view.orders if order.open and order.frozen and order.side == 1)
        lines.append(CashLine("frozen", cash.frozen, "", "cash.frozen", {"orders": orders}))
    if cash.held:
        lines.append(CashLine("held", cash.held, "", "cash.held"))
    lines.extend(_in_transit(transfer) for transfer in unfinished)
    return lines


def _in_transit(transfer: Transfer) -> CashLine:
    incoming = transfer.direction is Direction.IN
    kind = "coming_in" if incoming else "going_out"
    facts = {"transfer": str(transfer.id), "day": transfer.bank_day}
    if not transfer.awaits_file:
        return CashLine(kind, transfer.amount_fen, "", "cash.under_way", facts)
    code = "cash.doubt_in" if incoming else "cash.doubt_out"
    return CashLine(kind, transfer.amount_fen, transfer.bank_day, code, facts)


def cash_line_view(line: CashLine, text: Text) -> CashLineView:
    """A line in the reader's language."""
    return CashLineView(
        line.kind,
        text(f"cash.kind.{line.kind}"),
        fen_to_text(line.amount_fen),
        line.from_day,
        line.code,
        text(line.code, **readable(line.facts)),
    )
