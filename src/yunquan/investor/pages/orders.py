"""Orders of today and before, executions, one order's life, cancelling."""

from __future__ import annotations

import secrets
from typing import Any, Final

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Response

from yunquan.desk.types import Page
from yunquan.investor.pages.figures import clock, moment
from yunquan.investor.pages.parts import (
    Accounts,
    Locale,
    Member,
    Templates,
    TheDesk,
    asked_part,
    shell_facts,
    when_sent,
)
from yunquan.kernel.errors import Conflict, Unavailable

CLIENT: Final = {"who": "client"}
VIEWS: Final = ("today", "history", "fills")
LONGEST_PAGE: Final = 50
PARTS: Final = frozenset({"listed", "life"})


@get("/orders", opt=CLIENT)
async def orders_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
    view: FromQuery[str] = "today",
    before: FromQuery[str | None] = None,
) -> Response[str]:
    """Today's orders, all orders, or executions; a long list comes in pages."""
    account, part = accounts[0], asked_part(request, PARTS)
    view = view if view in VIEWS else VIEWS[0]
    listed: Page | None
    try:
        if view == "fills":
            listed = await desk.fills(account, locale, before=before, limit=LONGEST_PAGE)
        else:
            day = "today" if view == "today" else None
            limit = 100 if day else LONGEST_PAGE
            listed = await desk.orders(account, locale, day=day, before=before, limit=limit)
    except Unavailable:
        listed = None
    shown: dict[str, Any] = {
        "here": "orders",
        "account": account,
        "tab": view,
        "listed": listed,
        "before": before,
    }
    shown |= {
        "clock": clock,
        "moment": moment,
        "cancel_key": secrets.token_hex(6),
        "days": view != "today",
    }
    if not part:
        shown |= await shell_facts(desk, account, locale)
    return templates.page("investor/orders.html", part, **shown)


@get("/orders/{order_id:str}", opt=CLIENT)
async def order_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
    order_id: FromPath[str],
) -> Response[str]:
    """One order and everything that happened to it."""
    account, part = accounts[0], asked_part(request, PARTS)
    life = await desk.order_life(account, order_id, locale)
    shown: dict[str, Any] = {
        "here": "orders",
        "account": account,
        "life": life,
        "order": life.order,
    }
    shown |= {"clock": clock, "moment": moment, "cancel_key": secrets.token_hex(6)}
    shown["when"] = when_sent(desk, life.order, locale) if life.order.waits else ""
    if not part:
        shown |= await shell_facts(desk, account, locale, life.order.symbol)
    return templates.page("investor/order.html", part, **shown)


@post("/orders/{order_id:str}/cancel", opt=CLIENT, status_code=200)
async def cancel_order(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    session: Member,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
    order_id: FromPath[str],
) -> Response[Any]:
    """Ask for a cancel; the order's state takes the place of the button's row."""
    key = str((await request.form()).get("key", ""))[:120]
    refusal = ""
    try:
        order = await desk.cancel(session.actor, key, accounts[0], order_id, locale)
    except (Conflict, Unavailable) as error:
        refusal = desk.text(locale)(error.code, **error.facts)
        order = (await desk.order_life(accounts[0], order_id, locale)).order
    if "hx-request" not in request.headers:
        return Redirect(f"/orders/{order_id}", status_code=303)
    return templates.page("investor/parts/state.html", order=order, refusal=refusal)


handlers = [orders_page, order_page, cancel_order]
