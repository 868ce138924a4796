"""Searching orders and postings of every account, and taking what was found along as a table."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Response

from yunquan.desk.types import OrderLife
from yunquan.inquiry import Inquiry
from yunquan.inquiry.rules import MOVING
from yunquan.inquiry.types import LedgerInquiry, OrderInquiry
from yunquan.kernel.errors import Invalid, NotFound, Unavailable
from yunquan.security.types import Role
from yunquan.workbench.pages.case import moment
from yunquan.workbench.pages.parts import Locale, Member, Templates, TheDesk

STAFF: Final = {"who": "staff"}
EXPORT: Final = {"who": "staff", "roles": ("risk", "operations", "audit")}
EXPORTING: Final = frozenset({Role.RISK, Role.OPERATIONS, Role.AUDIT})
TheInquiry = NamedDependency[Inquiry]
ORDER_STATES: Final = ("open", "partly_filled", "filled", "cancelled", "rejected")
LONGEST_NAME: Final = 40


def read_query(given: dict[str, str], kind: type[Any]) -> Any:
    """An inquiry from a query, cut to what can mean something."""
    names = kind.__struct_fields__
    return kind(**{name: given.get(name, "").strip()[:LONGEST_NAME] for name in names})


def again(asked: Any) -> str:
    """The query that asks the same."""
    return urlencode(
        {name: value for name, value in msgspec.structs.asdict(asked).items() if value}
    )


@get("/orders", opt=STAFF | {"look": "orders"})
async def orders_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    inquiry: TheInquiry,
    session: Member,
    locale: Locale,
    templates: Templates,
    before: FromQuery[str] = "",
    opened: FromQuery[str] = "",
) -> Response[str]:
    """What was asked for; one of them opened to its whole life."""
    asked = read_query(dict(request.query_params), OrderInquiry)
    found, failed, status, life = None, "", 200, None
    try:
        load = partial(inquiry.orders, asked, locale, before=before[:LONGEST_NAME])
        found = await asyncio.to_thread(load)
        hits = {hit.order.id: hit.order for hit in found.items}
        if asked.q and len(hits) == 1:
            opened = next(iter(hits))
        if opened in hits:
            life = await life_of(desk, hits[opened].account, opened, locale)
    except (Invalid, NotFound) as error:
        failed, status = desk.text(locale)(error.code, **error.facts), error.status
    return templates.page(
        "workbench/orders.html",
        status=status,
        asked=asked,
        found=found,
        failed=failed,
        life=life,
        opened=opened if life else "",
        before=before,
        again=again(asked),
        states=ORDER_STATES,
        market=desk.market_status(),
        moment=moment,
        may_export=bool(session.roles & EXPORTING),
    )


async def life_of(desk: TheDesk, account: str, order: str, locale: str) -> OrderLife | None:
    """An order's whole life; None while its counter is away."""
    try:
        return await desk.order_life(account, order, locale)
    except Unavailable:
        return None


@get("/ledger", opt=STAFF | {"look": "ledger"})
async def ledger_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    inquiry: TheInquiry,
    session: Member,
    locale: Locale,
    templates: Templates,
    after: FromQuery[str] = "",
) -> Response[str]:
    """Postings, what the account owned after each, and what they add up to."""
    asked = read_query(dict(request.query_params), LedgerInquiry)
    page, failed, status = None, "", 200
    if any((asked.account, asked.order, asked.place)):
        try:
            page = await inquiry.ledger(asked, locale, after=after[:60])
        except (Invalid, NotFound, Unavailable) as error:
            failed, status = desk.text(locale)(error.code, **error.facts), error.status
    return templates.page(
        "workbench/ledger.html",
        status=status,
        asked=asked,
        page=page,
        failed=failed,
        after=after,
        again=again(asked),
        events=MOVING,
        market=desk.market_status(),
        moment=moment,
        may_export=bool(session.roles & EXPORTING),
    )


@get("/orders.csv", opt=EXPORT | {"look": "orders_csv", "look_at": "*"})
async def orders_csv(
    request: Request[Any, Any, Any], inquiry: TheInquiry, locale: Locale
) -> Response[bytes]:
    """At most 10,000 rows. Raises Invalid."""
    asked = read_query(dict(request.query_params), OrderInquiry)
    return table("orders", await asyncio.to_thread(inquiry.orders_csv, asked, locale))


@get("/ledger.csv", opt=EXPORT | {"look": "ledger_csv", "look_at": "*"})
async def ledger_csv(
    request: Request[Any, Any, Any], inquiry: TheInquiry, locale: Locale
) -> Response[bytes]:
    """At most 10,000 rows. Raises Invalid."""
    asked = read_query(dict(request.query_params), LedgerInquiry)
    return table("ledger", await inquiry.ledger_csv(asked, locale))


def table(name: str, text: str) -> Response[bytes]:
    """A file for a spreadsheet."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(text.encode(), media_type="text/csv; charset=utf-8", headers=headers)


handlers = [orders_page, ledger_page, orders_csv, ledger_csv]
