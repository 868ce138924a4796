"""Search from everywhere, and the client's watchlists."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, TypeVar

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Response

from yunquan import clients
from yunquan.clients.rules import moved
from yunquan.desk import Desk
from yunquan.investor.pages.parts import (
    Accounts,
    Locale,
    Member,
    Templates,
    TheDesk,
    asked_part,
    shell_facts,
)
from yunquan.kernel.errors import Conflict, Invalid
from yunquan.kernel.transaction import Tx
from yunquan.security.types import Session

CLIENT: Final = {"who": "client"}
LONGEST_FOUND: Final = 20
LONGEST_QUERY: Final = 20
PARTS: Final = frozenset({"found"})
MOVES: Final = {"up": -1, "down": 1, "top": -(10**6)}
Made = TypeVar("Made")


@get("/search", opt=CLIENT)
async def search_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
    q: FromQuery[str] = "",
) -> Response[str]:
    """Instruments by code, pinyin initials or name; the dialog asks for the found alone."""
    query = q.strip()[:LONGEST_QUERY]
    found = desk.search(query, locale, LONGEST_FOUND) if query else []
    shown: dict[str, Any] = {"here": "market", "query": query, "found": found}
    part = asked_part(request, PARTS)
    if not part:
        shown |= await shell_facts(desk, accounts[0], locale)
    return templates.page("investor/search.html", part, **shown)


@get("/watchlists", opt=CLIENT)
async def lists_page(
    desk: TheDesk,
    session: Member,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
    at: FromQuery[str] = "first",
) -> Response[str]:
    """The lists, one of them open to be put in order."""
    return await lists_answer(desk, session, accounts[0], locale, templates, at, "")


async def lists_answer(
    desk: Desk,
    session: Session,
    account: str,
    locale: str,
    templates: Any,
    at: str,
    failed: str,
) -> Response[str]:
    """The page of lists; failed: why the last wish wasn't done."""

    def load() -> Any:
        with desk.database.read() as tx:
            return clients.list_watchlists(tx, session.subject)

    lists = await asyncio.to_thread(load)
    opened = next((one for one in lists if one.id == at), lists[0])
    shown = await shell_facts(desk, account, locale)
    shown |= {"here": "trade", "lists": lists, "opened": opened, "failed": failed}
    shown["quotes"] = desk.quotes_of(opened.symbols, locale)
    return templates.page("investor/watchlists.html", "", 400 if failed else 200, **shown)


@post("/watchlists", opt=CLIENT, status_code=303)
async def make_list(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    session: Member,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
) -> Response[Any]:
    """A new list, opened at once."""
    name, owner = str((await request.form()).get("name", "")), session.subject
    try:
        made = await change(desk, session, lambda tx: clients.create_watchlist(tx, owner, name))
    except (Invalid, Conflict) as error:
        failed = desk.text(locale)(error.code, **error.facts)
        return await lists_answer(desk, session, accounts[0], locale, templates, "first", failed)
    return Redirect(f"/watchlists?at={made.id}", status_code=303)


@post("/watchlists/{which:str}", opt=CLIENT, status_code=303)
async def change_list(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    session: Member,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
    which: FromPath[str],
) -> Response[Any]:
    """Add, take off or move a symbol; rename or drop the list. Somebody else's list: 404."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    wish, symbol = form.get("do", ""), form.get("symbol", "").strip().upper()[:16]
    if wish == "add":
        symbol = desk.quotes.notice(symbol).instrument.symbol
    try:
        await change(desk, session, lambda tx: act(tx, session.subject, which, wish, symbol, form))
    except (Invalid, Conflict) as error:
        failed = desk.text(locale)(error.code, **error.facts)
        return await lists_answer(desk, session, accounts[0], locale, templates, which, failed)
    at = "first" if wish == "drop" else which
    return Redirect(f"/watchlists?at={at}", status_code=303)


def act(tx: Tx, owner: str, which: str, wish: str, symbol: str, form: dict[str, str]) -> None:
    """One wish about one list. Raises NotFound for somebody else's."""
    kept = clients.load_watchlist(tx, owner, which)
    if wish == "drop":
        clients.delete_watchlist(tx, owner, which)
        return
    if wish == "rename":
        clients.rename_watchlist(tx, owner, which, form.get("name", ""))
        return
    symbols = kept.symbols
    if wish == "add" and symbol not in symbols:
        symbols = (*symbols, symbol)
    elif wish == "remove":
        symbols = tuple(one for one in symbols if one != symbol)
    elif wish in MOVES:
        symbols = moved(symbols, symbol, MOVES[wish])
    clients.save_watchlist(tx, owner, which, symbols)


async def change(desk: Desk, session: Session, work: Callable[[Tx], Made]) -> Made:
    """Run `work` in a transaction of the client's, away from the event loop."""

    def run() -> Made:
        with desk.database.transaction(actor=session.actor) as tx:
            return work(tx)

    return await asyncio.to_thread(run)


handlers = [search_page, lists_page, make_list, change_list]
