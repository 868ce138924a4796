"""The market list, a stock with its ticket, the watchlist."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, replace
from typing import Any, Final

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Response

from yunquan import clients
from yunquan.desk import Desk
from yunquan.desk.types import Estimate, InstrumentView, OrderLine, QuoteView, TicketFields
from yunquan.evidence.types import NewShown
from yunquan.investor.pages.entrance import load_taste
from yunquan.investor.pages.figures import clock, minute_closes, ratios, spark_points
from yunquan.investor.pages.parts import (
    Accounts,
    Locale,
    Member,
    Templates,
    TheDesk,
    TheEvidence,
    asked_part,
    has_page,
    notice_facts,
    shell_facts,
    when_sent,
)
from yunquan.kernel.errors import Conflict, Invalid, Unavailable, YunquanError
from yunquan.quotes.rules.levels import LEVEL_2
from yunquan.security.types import Session

CLIENT: Final = {"who": "client"}
LONGEST_FOUND: Final = 30
LONGEST_QUERY: Final = 20
LONGEST_SHOWN: Final = 4_000
# Parts of the stock page that may be asked for alone.
PARTS: Final = frozenset({"list", "orders", "estimate", "kinds"})


@dataclass(frozen=True, slots=True)
class Watched:
    """A row of the list. points: an SVG polyline of today's minutes."""

    quote: QuoteView
    points: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the ticket's fields hold. key: makes a repeated tap the same order."""

    side: str
    price: str
    qty: str
    key: str
    kind: str = "limit"


@dataclass(frozen=True, slots=True)
class Failed:
    """Why no estimate or order could be made. field: the slot of the ticket it belongs beside."""

    field: str
    text: str


@get("/", opt=CLIENT)
async def market_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    session: Member,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
    q: FromQuery[str] = "",
) -> Response[str]:
    """The list; on a desktop beside the first instrument of it."""
    which = request.query_params.get("list", "").replace("first", "")
    watched = list_rows(desk, session, q, locale, which)
    at = request.query_params.get("at", "")
    if asked_part(request, PARTS) == "list":
        facts = list_facts(watched, q, at) | {"which": which, "lists": own_lists(desk, session)}
        return templates.page("investor/market.html", "list", **facts)
    first = at or (watched[0].quote.symbol if watched else "")
    return await stock_answer(
        request, desk, session, accounts, locale, templates, first, watched, q, at_stock=False
    )


@get("/stocks/{symbol:str}", opt=CLIENT)
async def stock_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    session: Member,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
    symbol: FromPath[str],
) -> Response[str]:
    """A stock with chart, book, ticket and one's own orders of it."""
    watched = list_rows(desk, session, "", locale)
    return await stock_answer(
        request, desk, session, accounts, locale, templates, symbol, watched, "", at_stock=True
    )


async def stock_answer(
    request: Request[Any, Any, Any],
    desk: Desk,
    session: Session,
    accounts: tuple[str, ...],
    locale: str,
    templates: Any,
    symbol: str,
    watched: list[Watched],
    query: str,
    *,
    at_stock: bool,
) -> Response[str]:
    """The page of the list and one stock, or the part of it that was asked for."""
    account = accounts[0]
    part = asked_part(request, PARTS)
    view = desk.instrument(symbol, locale) if symbol else None
    taste = await asyncio.to_thread(load_taste, desk, session.subject)
    least = str(taste.default_qty) if taste.default_qty else ""
    ticket = read_ticket(dict(request.query_params), view, least) if view else None
    shown: dict[str, Any] = {
        "here": "trade",
        "account": account,
        "view": view,
        "ticket": ticket,
        "clock": clock,
    }
    shown |= {"confirms": taste.confirms, "has_conditions": has_page(request, "/conditions/new")}
    shown |= {"at_stock": at_stock, "cancel_key": secrets.token_hex(6), "days": False}
    if view and ticket and part in ("", "estimate"):
        estimate, failed = await check(desk, account, symbol, ticket, locale)
        shown |= {"estimate": estimate, "failed": failed}
    if part in ("estimate", "kinds"):
        return templates.page(f"investor/parts/{part}.html", **shown)
    if part in ("", "orders"):
        shown["own_orders"] = await own_orders(desk, account, symbol, locale)
    if not part:
        # At "/" the reader has chosen no stock: the one beside the list is only the first of it.
        shown |= await shell_facts(desk, account, locale, symbol if at_stock else "")
        held = next((line for line in shown["assets"].positions if line.symbol == symbol), None)
        symbols = [row.quote.symbol for row in watched] if not query else watchlist(desk, session)
        shown["position"] = held
        shown["ratios"] = ratios(view.quote, view.units) if view else None
        shown["news"] = await asyncio.to_thread(desk.screen.news, symbol, locale) if view else ()
        shown |= {"is_watched": symbol in symbols} | list_facts(watched, query, symbol)
        shown["which"] = request.query_params.get("list", "").replace("first", "")
        shown["lists"] = own_lists(desk, session)
        shown |= await level_facts(desk, session, symbol)
    return templates.page("investor/market.html", part, **shown)


async def level_facts(desk: Desk, session: Session, symbol: str) -> dict[str, Any]:
    """With Level 2 the deep book and the trades."""
    shown: dict[str, Any] = {"depth": None}
    level = await asyncio.to_thread(desk.screen.level, session.subject, staff=False)
    if symbol and level >= LEVEL_2:
        shown |= {"depth": desk.screen.depth(symbol), "trades": desk.screen.trades(symbol)}
    return shown


def list_rows(
    desk: Desk, session: Session, query: str, locale: str, which: str = ""
) -> list[Watched]:
    """The watchlist (the first, or the client's own `which`), or what a search found."""
    query = query.strip()[:LONGEST_QUERY]
    if query:
        quotes = desk.search(query, locale, LONGEST_FOUND)
    elif which:
        with desk.database.read() as tx:
            symbols = clients.load_watchlist(tx, session.subject, which[:40]).symbols
        quotes = desk.quotes_of(symbols[:LONGEST_FOUND], locale)
    else:
        quotes = desk.quotes_of(watchlist(desk, session), locale)
    return [
        Watched(quote, spark_points(minute_closes(desk.minutes(quote.symbol)))) for quote in quotes
    ]


def own_lists(desk: Desk, session: Session) -> tuple[Any, ...]:
    """The client's watchlists, to choose from."""
    with desk.database.read() as tx:
        return clients.list_watchlists(tx, session.subject)


def list_facts(watched: list[Watched], query: str, at: str) -> dict[str, Any]:
    """What the list's template needs. at: the symbol that is open."""
    query = query.strip()[:LONGEST_QUERY]
    return {"watched": watched, "query": query, "at": at, "more": len(watched) >= LONGEST_FOUND}


def watchlist(desk: Desk, session: Session) -> tuple[str, ...]:
    """The client's symbols; everything that trades until they chose."""
    with desk.database.read() as tx:
        chosen = clients.load_preferences(tx, session.subject).watchlist
    return tuple(chosen) or tuple(desk.symbols()[:LONGEST_FOUND])


def read_ticket(given: dict[str, str], view: InstrumentView, least: str) -> Ticket:
    """The fields as the reader left them, or a start: the client's own first quantity (or the
    smallest order) at the price that would trade.
    """
    side = "sell" if given.get("side") == "sell" else "buy"
    kind = given.get("kind", "limit")[:20]
    levels = view.quote.asks if side == "buy" else view.quote.bids
    price = levels[0].price if levels else (view.quote.last or view.quote.prev_close)
    nameless = any(one.kind == kind and one.price == "none" for one in view.kinds)
    return Ticket(
        side,
        given.get("price", "" if nameless else price).replace(",", "").strip()[:20],
        given.get("qty", least or str(view.buy_min)).replace(",", "").strip()[:15],
        secrets.token_hex(12),
        kind,
    )


async def check(
    desk: Desk, account: str, symbol: str, ticket: Ticket, locale: str
) -> tuple[Estimate | None, Failed | None]:
    """What the counter says of the ticket, or what is wrong with its fields."""
    try:
        qty = whole_shares(ticket.qty)
        fields = TicketFields(symbol, ticket.side, ticket.price, qty, kind=ticket.kind)
        return await desk.estimate(account, fields, locale), None
    except (Invalid, Conflict, Unavailable) as error:
        return None, failed_of(error, desk, locale)


def whole_shares(text: str) -> int:
    """Shares as typed. Raises Invalid order.quantity."""
    if not text.isascii() or not text.isdigit():
        raise Invalid("order.quantity", qty=text)
    return int(text)


def failed_of(error: YunquanError, desk: Desk, locale: str) -> Failed:
    """An error as a sentence beside the field it speaks of."""
    code = error.code
    field = "price" if "price" in code else "qty" if "quantity" in code else "order"
    return Failed(field, desk.text(locale)(code, **error.facts))


async def own_orders(desk: Desk, account: str, symbol: str, locale: str) -> Any:
    """Today's orders of one stock; None when the counter doesn't answer."""
    try:
        page = await desk.orders(account, locale, day="today", limit=100)
    except Unavailable:
        return None
    return type(page)(
        tuple(order for order in page.items if order.symbol == symbol), None, page.stale
    )


@post("/stocks/{symbol:str}/orders", opt=CLIENT, status_code=200)
async def place_order(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    session: Member,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
    evidence: TheEvidence,
    symbol: FromPath[str],
) -> Response[Any]:
    """Place the ticket; the answer appears below it, or as the order's page without scripts. What
    the client had before them is kept first.
    """
    form = {name: str(value) for name, value in (await request.form()).items()}
    failed: Failed | None = None
    next_key = secrets.token_hex(12)
    order: OrderLine | None = None
    try:
        await evidence.keep(screen_of(request, session, accounts[0], locale, symbol, form))
        order = await desk.place(
            session.actor,
            form.get("key", "")[:60],
            accounts[0],
            TicketFields(
                symbol,
                form.get("side", ""),
                form.get("price", "").replace(",", ""),
                whole_shares(form.get("qty", "").replace(",", "")),
                form.get("day") or None,
                form.get("kind") or "limit",
            ),
            locale,
        )
    except (Invalid, Conflict) as error:
        failed = failed_of(error, desk, locale)
    except Unavailable as error:
        # Whether it was placed is unknown: under the same key a second tap is still the same order.
        failed, next_key = failed_of(error, desk, locale), ""
    if "hx-request" not in request.headers and order:
        return Redirect(f"/orders/{order.id}", status_code=303)
    shown = {"order": order, "failed": failed, "next_key": next_key}
    shown["when"] = when_sent(desk, order, locale) if order and order.waits else ""
    return templates.page("investor/ticket_result.html", "result", **shown)


def screen_of(
    request: Request[Any, Any, Any],
    session: Session,
    account: str,
    locale: str,
    symbol: str,
    form: dict[str, str],
) -> NewShown:
    """What stood before the client as their browser tells it: the fields, and the words of the
    confirmation. Without scripts there were only the fields.
    """
    told = ("side", "kind", "price", "qty", "day", "shown")
    fields = {name: form.get(name, "")[:LONGEST_SHOWN] for name in told}
    return NewShown(
        session.subject,
        account,
        "order",
        f"{session.actor}:{form.get('key', '')[:60]}",
        str(session.id),
        str(request.scope["state"].get("address", ""))[:60],
        locale,
        {"symbol": symbol[:16], **fields},
        ("confirmed",) if form.get("ticked") == "confirmed" else (),
    )


@post("/stocks/{symbol:str}/watch", opt=CLIENT, status_code=200)
async def watch(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    session: Member,
    locale: Locale,
    templates: Templates,
    symbol: FromPath[str],
) -> Response[Any]:
    """Put a stock on the watchlist, or take it off."""
    wanted = (await request.form()).get("watch") == "on"
    view = desk.instrument(symbol, locale)
    chosen = [name for name in watchlist(desk, session) if name != symbol]
    if wanted:
        chosen.append(symbol)
    with desk.database.transaction(actor=session.actor) as tx:
        preferences = clients.load_preferences(tx, session.subject)
        clients.save_preferences(tx, session.subject, replace(preferences, watchlist=tuple(chosen)))
    if "hx-request" not in request.headers:
        return Redirect(f"/stocks/{symbol}", status_code=303)
    return templates.page("investor/parts/star.html", view=view, is_watched=wanted)


@get("/notices", opt=CLIENT)
async def notices_part(
    desk: TheDesk,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
    symbol: FromQuery[str] = "",
) -> Response[str]:
    """The strip of notices alone, for a page that heard that they changed."""
    shown = await notice_facts(desk, accounts[0], locale, symbol[:16])
    return templates.page("investor/parts/notices.html", **shown)


handlers = [market_page, stock_page, place_order, watch, notices_part]
