"""What staff search for among orders and postings, and what they find. Times in ms UTC."""

from __future__ import annotations

import msgspec

from yunquan.desk.types import OrderLine


class OrderInquiry(msgspec.Struct, frozen=True):
    """Which orders. q: an order's or an execution's number, whole. account, client: whose. state:
    as of lists of orders. from_day, to_day: trading days, both included. "" narrows nothing.
    """

    q: str = ""
    account: str = ""
    client: str = ""
    symbol: str = ""
    state: str = ""
    from_day: str = ""
    to_day: str = ""


class OrderHit(msgspec.Struct, frozen=True):
    """An order and whose it is, masked."""

    order: OrderLine
    client: str
    name: str


class OrderHits(msgspec.Struct, frozen=True):
    """Orders, newest first. next: pass as `before`, None at the end. day: the day it was narrowed
    to because nothing else narrowed it, "" else.
    """

    items: tuple[OrderHit, ...]
    next: str | None
    day: str


class LedgerInquiry(msgspec.Struct, frozen=True):
    """Which postings: of an account (narrowed by asset, event, trading days), of an order, or of a
    place in the log ("counter-0:17"). One of the three must be named.
    """

    account: str = ""
    asset: str = ""
    event: str = ""
    from_day: str = ""
    to_day: str = ""
    order: str = ""
    place: str = ""


class LedgerLine(msgspec.Struct, frozen=True):
    """One posting. came, went: into and out of the account asked for, "" for neither; balance: what
    it owns of the asset afterwards, None where that isn't reckoned. Amounts as text: CNY, shares.
    """

    stream: str
    seq: int
    line: int
    at_ms: int
    event: str
    event_text: str
    source: str
    source_bucket: str
    target: str
    target_bucket: str
    asset: str
    amount: str
    came: str
    went: str
    balance: str | None


class LedgerTotal(msgspec.Struct, frozen=True):
    """An asset over everything asked for. opening, closing: what the account owned before and
    after, None where that isn't reckoned. proved: opening and turnover make closing; of an order or
    a place, debits equal credits. agrees: the counter owns the same now, None where it isn't asked.
    """

    asset: str
    opening: str | None
    came: str
    went: str
    closing: str | None
    proved: bool
    agrees: bool | None


class TurnoverLine(msgspec.Struct, frozen=True):
    """What moved between the account and one other; of an order or a place, into and out of each
    account.
    """

    asset: str
    account: str
    came: str
    went: str


class LedgerPage(msgspec.Struct, frozen=True):
    """Postings, newest first; of an order or a place, oldest first. totals, turnovers: over all of
    them, () where there are too many to add up. stale: newer events are on the way.
    """

    items: tuple[LedgerLine, ...]
    next: str | None
    totals: tuple[LedgerTotal, ...]
    turnovers: tuple[TurnoverLine, ...]
    too_many: bool
    stale: bool
    client: str
    name: str
