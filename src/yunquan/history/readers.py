"""Projects the counter's events into tables for history, search and proof. Idempotent: the offset
moves with the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from yunquan.counter import events as e
from yunquan.counter.types import Entry, OrderState, Side
from yunquan.history import store
from yunquan.kernel.readers import Reader, Recorded
from yunquan.kernel.transaction import Tx
from yunquan.ledger.types import Posting

_order = store.orders
_of = _order.c.id == sa.bindparam("of")
_wanted_or = sa.case(
    (_order.c.cancel_wanted, OrderState.CANCELLING), else_=OrderState.PARTLY_FILLED
)
_standing = sa.case((_order.c.filled > 0, OrderState.PARTLY_FILLED), else_=OrderState.SENT)

INSERTED = _order.insert()
ROUTED = _order.update().where(_of).values(state=OrderState.SENDING)
CANCEL_WANTED = (
    _order.update()
    .where(_of)
    .values(
        cancel_wanted=True,
        state=sa.case(
            (_order.c.state == OrderState.SENDING, OrderState.SENDING), else_=OrderState.CANCELLING
        ),
    )
)
ACCEPTED = (
    _order.update()
    # Not in_(): its list is written out anew each time, which rows sent together do not allow.
    .where(_of, sa.or_(*(_order.c.state == one for one in (OrderState.UNSENT, OrderState.SENDING))))
    .values(state=sa.case((_order.c.cancel_wanted, OrderState.CANCELLING), else_=_standing))
)
REJECTED = (
    _order.update()
    .where(_of)
    .values(state=OrderState.REJECTED, is_open=False, reason=sa.bindparam("why"))
)
FILLED = (
    _order.update()
    .where(_of)
    .values(
        filled=_order.c.filled + sa.bindparam("more"),
        amount=_order.c.amount + sa.bindparam("worth"),
        commission=_order.c.commission + sa.bindparam("charge"),
        is_open=sa.not_(sa.bindparam("closes", type_=sa.Boolean)),
        state=sa.case(
            (sa.not_(sa.bindparam("closes", type_=sa.Boolean)), _wanted_or),
            (_order.c.cancelled > 0, OrderState.PARTLY_CANCELLED),
            else_=OrderState.FILLED,
        ),
    )
)
CANCELLED = (
    _order.update()
    .where(_of)
    .values(
        cancelled=_order.c.cancelled + sa.bindparam("more"),
        reason=sa.bindparam("why"),
        is_open=sa.not_(sa.bindparam("closes", type_=sa.Boolean)),
        state=sa.case(
            (sa.not_(sa.bindparam("closes", type_=sa.Boolean)), _order.c.state),
            (_order.c.filled > 0, OrderState.PARTLY_CANCELLED),
            else_=OrderState.CANCELLED,
        ),
    )
)
CANCEL_REJECTED = (
    _order.update().where(_of, _order.c.is_open).values(cancel_wanted=False, state=_standing)
)

_cost = store.costs
_cost_of = (
    _cost.c.account == sa.bindparam("of", type_=sa.String),
    _cost.c.symbol == sa.bindparam("what", type_=sa.String),
)
_names = ("qty", "cost", "realised", "prepaid")
_figures = {name: sa.bindparam(name, type_=sa.BigInteger) for name in _names}
DIVIDEND_TAX: Final = "dividend_tax"
OF_ISSUERS: Final = ("bonus", "rights", "rights_payment", "rights_refund")
COST = sa.select(*(_cost.c[name] for name in _names)).where(*_cost_of)
COST_CHANGED = _cost.update().where(*_cost_of).values(_figures)
COST_INSERTED = _cost.insert().values(
    account=sa.bindparam("of", type_=sa.String),
    symbol=sa.bindparam("what", type_=sa.String),
    **_figures,
)

Change = tuple[Any, dict[str, Any]]


def _insert(event: Any, state: int, *, is_open: bool, reason: str, facts: dict[str, Any]) -> Change:
    row = {
        "id": event.order,
        "account": event.account,
        "day": f"{event.order[4:8]}-{event.order[8:10]}-{event.order[10:12]}",
        "symbol": event.symbol,
        "side": event.side,
        "price": event.price,
        "qty": event.qty,
        "state": state,
        "at_ms": event.at_ms,
        "filled": 0,
        "cancelled": 0,
        "amount": 0,
        "commission": 0,
        "cancel_wanted": False,
        "is_open": is_open,
        "reason": reason,
        "facts": msgspec.json.encode(facts).decode(),
        "kind": event.kind,
        "asked": getattr(event, "asked", event.price),
        "clock_s": event.clock_s,
    }
    return (INSERTED, row)


_CHANGES: dict[type, Callable[[Any], Change]] = {
    e.OrderPlaced: lambda x: _insert(x, x.state, is_open=True, reason="", facts={}),
    e.OrderRefused: lambda x: _insert(
        x, OrderState.REJECTED, is_open=False, reason=x.code, facts=x.facts
    ),
    e.CancelRequested: lambda x: (CANCEL_WANTED, {"of": x.order}),
    e.OrderAccepted: lambda x: (ACCEPTED, {"of": x.order}),
    e.OrderRejected: lambda x: (REJECTED, {"of": x.order, "why": x.code}),
    e.OrderFilled: lambda x: (
        FILLED,
        {
            "of": x.order,
            "more": x.qty,
            "worth": x.amount,
            "charge": x.commission,
            "closes": x.closes,
        },
    ),
    e.OrderCancelled: lambda x: (
        CANCELLED,
        {"of": x.order, "more": x.qty, "why": x.reason, "closes": x.closes},
    ),
}


def _changes(event: Any) -> list[Change]:
    if type(event) is e.OrdersRouted:
        return [(ROUTED, {"of": order}) for order in event.orders]
    if type(event) is e.CancelRejected:
        return [] if event.stands else [(CANCEL_REJECTED, {"of": event.order})]
    change = _CHANGES.get(type(event))
    return [change(event)] if change else []


def _step_rows(item: Recorded) -> list[dict[str, Any]]:
    event = item.event
    orders = event.orders if type(event) is e.OrdersRouted else (getattr(event, "order", ""),)
    detail = msgspec.to_builtins(event)
    names = event.__struct_fields__
    told = {
        name: value
        for name, value in zip(names, detail[1:], strict=True)
        if name not in ("postings", "command", "digest", "order", "orders")
    }
    tag = _name_of(event)
    text = msgspec.json.encode(told).decode()
    at_ms = getattr(event, "at_ms", 0) or item.at_ms
    place = {"stream": item.stream, "seq": item.seq, "at_ms": at_ms, "event": tag, "detail": text}
    return [place | {"order_id": order} for order in orders if order]


def _name_of(event: Any) -> str:
    return str(event.__struct_config__.tag).removeprefix("counter.").partition("@")[0]


def _posting_rows(item: Recorded) -> list[dict[str, Any]]:
    tag = _name_of(item.event)
    place = {"stream": item.stream, "seq": item.seq, "at_ms": item.at_ms, "event": tag}
    postings: tuple[Posting, ...] = getattr(item.event, "postings", ())
    return [
        place
        | {"line": line}
        | {name: getattr(posting, name) for name in posting.__struct_fields__}
        for line, posting in enumerate(postings)
    ]


def _fill_row(item: Recorded) -> dict[str, Any]:
    event = item.event
    names = (
        "account",
        "symbol",
        "side",
        "execution",
        "price",
        "qty",
        "amount",
        "commission",
        "stamp",
        "transfer",
    )
    row = {name: getattr(event, name) for name in names}
    return row | {
        "stream": item.stream,
        "seq": item.seq,
        "order_id": event.order,
        "at_ms": event.at_ms,
    }


def project(tx: Tx, items: Sequence[Recorded]) -> None:
    """Write what these events changed. Rows of one kind go together; changes of orders keep their
    order.
    """
    step_rows = [row for item in items for row in _step_rows(item)]
    posting_rows = [row for item in items for row in _posting_rows(item)]
    fill_items = [item for item in items if type(item.event) is e.OrderFilled]
    for table, rows in ((store.steps, step_rows), (store.postings, posting_rows)):
        if rows:
            tx.execute(table.insert(), rows)
    if fill_items:
        tx.execute(store.fills.insert(), [_fill_row(item) for item in fill_items])
    _project_days(tx, items)
    _project_orders(tx, items)
    _project_costs(tx, items)


def _project_days(tx: Tx, items: Sequence[Recorded]) -> None:
    """Where days ended, and to which day what clearing booked belongs."""
    ends = [
        {"stream": item.stream, "day": item.event.day, "last_seq": item.seq}
        for item in items
        if type(item.event) is e.DayEnded
    ]
    booked = [
        {"stream": item.stream, "seq": item.seq}
        | {"day": item.event.day, "kind": item.event.kind, "basis": item.event.basis[:200]}
        for item in items
        if type(item.event) is e.EntriesBooked
    ]
    lines = [
        {"stream": item.stream, "seq": item.seq, "line": line, "symbol": symbol}
        for item in items
        if type(item.event) is e.EntriesBooked and item.event.kind == DIVIDEND_TAX
        for line, symbol in _securities_of(item.event)
    ]
    made = ((store.day_ends, ends), (store.bookings, booked), (store.booked_lines, lines))
    for table, rows in made:
        if rows:
            tx.execute(table.insert(), rows)


def _securities_of(event: e.EntriesBooked) -> Iterator[tuple[int, str]]:
    """By line, the security that a tax is for: an entry names it, and its postings, which come one
    after another until they make its amount, don't.
    """
    line = 0
    for entry, unpaid in zip(event.entries, event.unpaid, strict=True):
        left = abs(entry.amount) - unpaid
        while left:
            if "." in entry.ref:
                yield line, entry.ref
            left -= event.postings[line].amount
            line += 1


def _project_orders(tx: Tx, items: Sequence[Recorded]) -> None:
    """Changes of one kind go as one statement, as far as each order's own sequence allows: changes
    of different orders don't touch each other.
    """
    runs: list[tuple[Any, list[dict[str, Any]]]] = []
    latest: dict[str, int] = {}
    for item in items:
        for statement, row in _changes(item.event):
            order = row.get("of") or row["id"]
            place = latest.get(order, 0)
            while place < len(runs) and runs[place][0] is not statement:
                place += 1
            if place == len(runs):
                runs.append((statement, []))
            runs[place][1].append(row)
            latest[order] = place
    for statement, rows in runs:
        tx.execute(statement, rows)


def _project_costs(tx: Tx, items: Sequence[Recorded]) -> None:
    """Average cost by fill: buying adds what it cost with fees; selling takes the average of what
    is sold. Shares that an issuer gives cost nothing, those it sells what was paid for them, once
    they come.
    """
    changed: dict[tuple[str, str], _Cost] = {}
    for item in items:
        event = item.event
        if type(event) is e.OrderFilled:
            held = _held(tx, changed, event.account, event.symbol)
            if event.side == Side.BUY:
                held.qty += event.qty
                held.cost += event.amount + event.commission + event.transfer
            else:
                # Of what came in from elsewhere no cost is known: it takes none along.
                costed = min(event.qty, held.qty)
                share = held.cost * costed // held.qty if held.qty else 0
                held.qty = max(held.qty - event.qty, 0)
                held.cost -= share
                paid = event.commission + event.stamp + event.transfer
                held.realised += event.amount - paid - share
        elif type(event) is e.EntriesBooked and event.kind in OF_ISSUERS:
            for entry, unpaid in zip(event.entries, event.unpaid, strict=True):
                if ":" not in entry.account:
                    _take_issued(tx, changed, event.kind, entry, unpaid)
    for statement, known in ((COST_CHANGED, True), (COST_INSERTED, False)):
        rows = [
            {"of": account, "what": symbol} | {name: getattr(c, name) for name in _names}
            for (account, symbol), c in changed.items()
            if c.known is known
        ]
        if rows:
            tx.execute(statement, rows)


def _take_issued(
    tx: Tx, changed: dict[tuple[str, str], _Cost], kind: str, entry: Entry, unpaid: int
) -> None:
    if "." not in entry.asset:
        # Money for rights and back names the security by the issuer it goes to.
        held = _held(tx, changed, entry.account, entry.house.partition(":")[2])
        held.prepaid -= entry.amount + (unpaid if entry.amount < 0 else 0)
        return
    held = _held(tx, changed, entry.account, entry.asset)
    held.qty += entry.amount
    if kind == "rights":
        held.cost += held.prepaid
        held.prepaid = 0


@dataclass(slots=True)
class _Cost:
    """What was paid for a position. prepaid: for shares of a rights issue that are to come. known:
    whether it has a row already.
    """

    qty: int = 0
    cost: int = 0
    realised: int = 0
    prepaid: int = 0
    known: bool = False


def _held(tx: Tx, changed: dict[tuple[str, str], _Cost], account: str, symbol: str) -> _Cost:
    key = (account, symbol)
    if key not in changed:
        row = tx.execute(COST, {"of": account, "what": symbol}).one_or_none()
        changed[key] = _Cost(*row, known=True) if row else _Cost()
    return changed[key]


PROJECTION = Reader("counter.projection", project)
