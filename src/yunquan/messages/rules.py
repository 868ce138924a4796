"""Which events are told to clients, and how. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from yunquan.cases import events as w
from yunquan.complaints import events as c
from yunquan.counter import events as e
from yunquan.credit import events as k
from yunquan.funding import events as f
from yunquan.kernel.scopes import QUIET, scope_kind, scope_of
from yunquan.letters import events as x
from yunquan.market.rules.fees import notional_fen
from yunquan.messages.types import Message, MessageLine, Told
from yunquan.rights import events as r

Text = Callable[..., str]
ORDERS, MONEY, RIGHTS, ACCOUNT = "orders", "money", "rights", "account"
COMPLAINTS: Final = "complaints"
_LINKS: Final = {
    ORDERS: "/orders/{}",
    MONEY: "/transfer",
    RIGHTS: "/assets",
    ACCOUNT: "",
    COMPLAINTS: "/complaints/{}",
}
LETTERS: Final = ("client_reminder", "client_warning")
_PAGES: Final = {
    "message.restricted.confirm": "/confirm",
    "message.restricted.face": "/confirm",
    **{f"message.letter.{kind}": "/letters/{}" for kind in LETTERS},
}
# Steps of a complaint that its client hears of.
HEARD: Final = ("acknowledge", "extend", "answer", "close", "reopen", "withdraw")
# What somebody who reads it may still do something about is done there.
OFFERS: Final = (
    "message.rights.opens",
    "message.rights.last_day",
    "message.rights.lapsed",
    "message.rights.subscribed",
)
# Kinds of entries that a client hears of; the firm's own settlement is none of theirs.
BOOKED: Final = (
    "dividend",
    "dividend_tax",
    "bonus",
    "rights",
    "rights_payment",
    "rights_refund",
    "fee",
    "interest",
    "correction",
    "dues",
)


def _filled(event: e.OrderFilled) -> Iterable[Told]:
    if event.closes:
        side = "buy" if event.side == 1 else "sell"
        facts = {"symbol": event.symbol, "qty": event.qty, "price_milli": event.price}
        yield Told(event.account, ORDERS, f"message.order_filled.{side}", facts, event.order)


def _rejected(event: e.OrderRejected) -> Iterable[Told]:
    yield Told(event.account, ORDERS, "message.order_rejected", {"code": event.code}, event.order)


def _cancelled(event: e.OrderCancelled) -> Iterable[Told]:
    if event.reason == "expired":
        facts = {"qty": event.qty}
        yield Told(event.account, ORDERS, "message.order_expired", facts, event.order)


def _restricted(event: e.Restricted) -> Iterable[Told]:
    if event.basis.startswith(QUIET):
        return
    kind, of = scope_kind(event.scope), scope_of(event.scope)
    yield Told(event.account, ACCOUNT, f"message.restricted.{kind}", {"of": of})


def _released(event: e.Released) -> Iterable[Told]:
    if event.basis.startswith(QUIET):
        return
    kind, of = scope_kind(event.scope), scope_of(event.scope)
    yield Told(event.account, ACCOUNT, f"message.released.{kind}", {"of": of})


def _fee_plan(event: e.FeePlanSet) -> Iterable[Told]:
    yield Told(event.account, ACCOUNT, "message.fee_plan", {"plan": event.plan})


def _permitted(event: e.PermissionGranted) -> Iterable[Told]:
    yield Told(event.account, ACCOUNT, f"message.permission.{event.permission}", {})


def _booked(event: e.EntriesBooked) -> Iterable[Told]:
    if event.kind not in BOOKED:
        return
    for entry, unpaid in zip(event.entries, event.unpaid, strict=True):
        if ":" in entry.account:
            continue
        moved = abs(entry.amount) - unpaid
        way = "in" if entry.amount > 0 else "out"
        if "." in entry.asset:
            facts = {"symbol": entry.asset, "qty": moved}
            yield Told(entry.account, RIGHTS, f"message.shares.{way}", facts, entry.ref)
            continue
        facts = {"amount_fen": moved, "day": event.day}
        yield Told(entry.account, RIGHTS, f"message.booked.{event.kind}", facts, entry.ref)
        if unpaid:
            owed = {"amount_fen": unpaid, "day": event.day}
            yield Told(entry.account, RIGHTS, "message.owed", owed, entry.ref)


def _subscribed(event: e.RightsSubscribed) -> Iterable[Told]:
    facts = {"symbol": event.symbol, "qty": event.qty, "amount_fen": event.amount}
    yield Told(event.account, RIGHTS, "message.rights.subscribed", facts, event.action)


def _reminded(event: r.RightsReminded) -> Iterable[Told]:
    for account, qty in event.lines:
        facts: dict[str, Any] = {
            "symbol": event.symbol,
            "qty": qty,
            "amount_fen": notional_fen(event.price_milli, qty),
            "price_milli": event.price_milli,
            "first_day": event.first_day,
            "last_day": event.last_day,
        }
        yield Told(account, RIGHTS, f"message.rights.{event.what}", facts, event.action)


def _posted(event: f.TransferPosted) -> Iterable[Told]:
    facts = {"amount_fen": event.amount}
    yield Told(event.account, MONEY, f"message.transfer.{event.direction}", facts, event.transfer)


def _refused(event: f.TransferRefused) -> Iterable[Told]:
    facts = {"amount_fen": event.amount, "code": event.code}
    yield Told(event.account, MONEY, "message.transfer_refused", facts, event.transfer)


def _doubted(event: f.TransferDoubted) -> Iterable[Told]:
    yield Told(event.account, MONEY, "message.transfer_doubted", {}, event.transfer)


def _filed(event: c.ComplaintFiled) -> Iterable[Told]:
    if event.client and event.account:
        facts = {"day": event.answer_by}
        yield Told(event.account, COMPLAINTS, "message.complaint_filed", facts, event.complaint)


def _moved(event: c.ComplaintMoved) -> Iterable[Told]:
    # What the client did is known to them.
    if event.client and event.account and event.act in HEARD and not event.by.startswith("client:"):
        facts = {"day": event.value} if event.act == "extend" else {}
        code = f"message.complaint.{event.act}"
        yield Told(event.account, COMPLAINTS, code, facts, event.complaint)


def _warned(event: w.ClientWarned) -> Iterable[Told]:
    facts = {"symbol": event.symbol} if event.symbol else {}
    code = "message.warned.symbol" if event.symbol else "message.warned"
    yield Told(event.account, ACCOUNT, code, facts, event.case)


def _credit_line(event: k.CreditLinePassed) -> Iterable[Told]:
    if event.account:
        facts: dict[str, Any] = {
            "ratio": _percent(event.ratio_bp),
            "line": _percent(event.line_bp),
            "amount_fen": event.short_by_fen,
            "day": event.by_day,
        }
        code = f"message.credit.{event.line}"
        yield Told(event.account, ACCOUNT, code, facts, event.credit_account)


def _credit_left(event: k.CreditLineLeft) -> Iterable[Told]:
    if event.account:
        facts = {"ratio": _percent(event.ratio_bp)}
        yield Told(event.account, ACCOUNT, "message.credit.left", facts, event.credit_account)


def _credit_freed(event: k.CreditFreed) -> Iterable[Told]:
    if event.account:
        facts = {"ratio": _percent(event.ratio_bp), "amount_fen": event.free_fen}
        yield Told(event.account, ACCOUNT, "message.credit.freed", facts, event.credit_account)


def _percent(bp: int) -> str:
    """A ratio in basis points, rounded down as it is everywhere: 13,999 is 139.99%."""
    return f"{bp // 100}.{bp % 100:02d}%"


def _letter(event: x.ClientLetterSent) -> Iterable[Told]:
    yield Told(event.account, ACCOUNT, f"message.letter.{event.kind}", {}, event.letter)


_TELL: Final[dict[type, Callable[[Any], Iterable[Told]]]] = {
    e.OrderFilled: _filled,
    e.OrderRejected: _rejected,
    e.OrderCancelled: _cancelled,
    e.Restricted: _restricted,
    e.Released: _released,
    e.FeePlanSet: _fee_plan,
    e.PermissionGranted: _permitted,
    e.EntriesBooked: _booked,
    e.RightsSubscribed: _subscribed,
    r.RightsReminded: _reminded,
    f.TransferPosted: _posted,
    f.TransferRefused: _refused,
    f.TransferDoubted: _doubted,
    c.ComplaintFiled: _filed,
    c.ComplaintMoved: _moved,
    w.ClientWarned: _warned,
    k.CreditLinePassed: _credit_line,
    k.CreditLineLeft: _credit_left,
    k.CreditFreed: _credit_freed,
    x.ClientLetterSent: _letter,
}


def told_by(event: Any) -> list[Told]:
    """What an event tells whom; nothing for most."""
    kind: type[Any] = event.__class__
    tell = _TELL.get(kind)
    return list(tell(event)) if tell else []


def _link(message: Message) -> str:
    """The page where something can be done about it, or that is about it."""
    if message.code in OFFERS:
        return "/actions"
    return _PAGES.get(message.code, _LINKS[message.kind]).format(message.ref)


def line_of(message: Message, text: Text) -> MessageLine:
    """A message in its reader's language. A reason among the facts is said in words."""
    facts = dict(message.facts)
    if code := facts.pop("code", ""):
        facts["reason"] = text(code)
    return MessageLine(
        message.id,
        message.account,
        message.kind,
        text(message.code, **facts),
        _link(message),
        message.at_ms,
        bool(message.read_at_ms),
    )
