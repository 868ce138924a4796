"""Searching orders and postings of every account, for staff."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated, Final

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import Parameter

from yunquan.inquiry import Inquiry
from yunquan.inquiry.types import LedgerInquiry, LedgerPage, OrderHits, OrderInquiry
from yunquan.partners.api.caller import Calling
from yunquan.partners.api.orders import STATES_PATTERN

STAFF: Final = {"who": "staff"}
TheInquiry = NamedDependency[Inquiry]
Name = Annotated[str, Parameter(max_length=40)]
Day = Annotated[str, Parameter(max_length=10, description="A trading day, included.")]
Limit = Annotated[int, Parameter(ge=1, le=50, description="How many.")]
After = Annotated[str, Parameter(max_length=60, description="`next` of the page before.")]


@get("/orders", opt=STAFF | {"look": "orders"}, summary="Orders of every account, newest first")
async def find_orders(
    caller: Calling,
    inquiry: TheInquiry,
    q: Annotated[str, Parameter(max_length=40, description="An order or execution, whole.")] = "",
    account: Name = "",
    client: Name = "",
    symbol: Name = "",
    status: Annotated[str, Parameter(pattern=STATES_PATTERN)] = "",
    from_day: Day = "",
    to_day: Day = "",
    before: After = "",
    limit: Limit = 50,
) -> OrderHits:
    """Of today where nothing narrows the search. Names are masked."""
    asked = OrderInquiry(q, account, client, symbol, status, from_day, to_day)
    load = partial(inquiry.orders, asked, caller.locale, before=before, limit=limit)
    return await asyncio.to_thread(load)


@get(
    "/ledger",
    opt=STAFF | {"look": "ledger"},
    summary="Postings of an account, an order or a place in the log, and their totals",
)
async def find_postings(
    caller: Calling,
    inquiry: TheInquiry,
    account: Name = "",
    asset: Name = "",
    event: Name = "",
    from_day: Day = "",
    to_day: Day = "",
    order: Name = "",
    place: Annotated[str, Parameter(max_length=40, description='Such as "counter-0:17".')] = "",
    after: After = "",
    limit: Limit = 50,
) -> LedgerPage:
    """Exactly one of account, order and place. Totals are over everything asked for."""
    asked = LedgerInquiry(account, asset, event, from_day, to_day, order, place)
    return await inquiry.ledger(asked, caller.locale, after=after, limit=limit)


router = Router("/staff", route_handlers=[find_orders, find_postings], opt=STAFF, tags=["staff"])
