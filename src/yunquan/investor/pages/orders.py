"""Orders of today and before, executions, one order's life, cancelling."""

from __future__ import annotations

import secrets
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Response
from msgspec.structs import asdict

from yunquan.desk import Desk
from yunquan.desk.types import OrderFilter, Page
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
from yunquan.kernel.errors import Conflict, Invalid, Unavailable

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
    asked, failed = read_filter(dict(request.query_params)), ""
    listed: Page | None = Page((), None)
    try:
        listed = await load_list(desk, account, locale, view, before, asked)
    except Unavailable:
        listed = None
    except Invalid as error:
        failed = desk.text(locale)(error.code, **error.facts)
    status = desk.market_status()
    shown: dict[str, Any] = {
        "here": "orders",
        "account": account,
        "tab": view,
        "listed": listed,
        "before": before,
        "asked": asked,
        "asked_query": query_of(asked),
        "failed": failed,
        "tally": read_tally(request.query_params.get("cancels", "")),
        "some_open": bool(listed) and any(getattr(o, "cancellable", False) for o in listed.items),
        "market_day": status.trading_day if status else "",
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


async def load_list(
    desk: Desk, account: str, locale: str, view: str, before: str | None, asked: OrderFilter
) -> Page:
    """The list of a tab."""
    if view == "fills":
        return await desk.fills(account, locale, before=before, limit=LONGEST_PAGE, asked=asked)
    day, limit = ("today", 100) if view == "today" else (None, LONGEST_PAGE)
    return await desk.orders(account, locale, day=day, before=before, limit=limit, asked=asked)


def read_filter(given: dict[str, str]) -> OrderFilter:
    """What the list is narrowed to. A code alone is enough where one market has it."""
    names = OrderFilter.__struct_fields__
    read = {name: given.get(name, "").strip()[:20] for name in names}
    read["symbol"] = read["symbol"].upper()
    return OrderFilter(**read)


def query_of(asked: OrderFilter) -> str:
    """The filter as it stands in an address, after what is there already."""
    told = {name: value for name, value in asdict(asked).items() if value}
    return f"&{urlencode(told)}" if told else ""


def read_tally(text: str) -> tuple[int, int] | None:
    """How many cancels were asked for and left, as the page after it is told ("3.0")."""
    parts = text.split(".")
    known = len(parts) == 2 and all(p.isascii() and p.isdigit() and len(p) < 4 for p in parts)
    return (int(parts[0]), int(parts[1])) if known else None


@get("/orders/export", opt=CLIENT)
async def export_orders(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    accounts: Accounts,
    locale: Locale,
) -> Response[Any]:
    """Orders or executions of a period for a spreadsheet."""
    given = {name: value[:20] for name, value in request.query_params.items()}
    what = "fills" if given.get("what") == "fills" else "orders"
    ends = given.get("from_day", ""), given.get("to_day", "")
    try:
        text = await desk.export(accounts[0], what, *ends, locale)
    except Invalid:
        # The page of the list says what is wrong with the period.
        query = urlencode({"from_day": ends[0], "to_day": ends[1]})
        view = "fills" if what == "fills" else "history"
        return Redirect(f"/orders?view={view}&export=no&{query}", status_code=303)
    disposition = f'attachment; filename="{what}_{ends[0]}_{ends[1]}.csv"'
    return Response(text, media_type="text/csv", headers={"Content-Disposition": disposition})


@post("/orders/cancel", opt=CLIENT, status_code=303)
async def cancel_all(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    session: Member,
    accounts: Accounts,
    locale: Locale,
) -> Response[Any]:
    """Ask for a cancel of all open orders, or of one symbol's."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    symbol = form.get("symbol", "").strip().upper()[:16]
    key = form.get("key", "")[:60]
    tally = await desk.cancel_all(session.actor, key, accounts[0], symbol, locale)
    query = urlencode({"cancels": f"{tally.asked}.{tally.left}", "symbol": symbol})
    return Redirect(f"/orders?{query}", status_code=303)


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


handlers = [orders_page, export_orders, cancel_all, order_page, cancel_order]
