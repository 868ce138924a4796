"""How someone likes to see things, and the accounts they have."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, TypeVar

import msgspec
from litestar import Router, delete, get, put
from litestar.params import JSONBody, Parameter

from yunquan.clients import load_accounts, load_preferences, save_preferences, unwatch, watch
from yunquan.clients.types import ClientId, Preferences
from yunquan.kernel.transaction import Tx
from yunquan.partners.api.caller import Caller, Calling
from yunquan.partners.types import (
    AccountList,
    CashAccountView,
    Looks,
    SecuritiesAccountView,
    Watchlist,
)

SymbolPath = Annotated[str, Parameter(max_length=16, description='Code and market: "600519.SH".')]
Found = TypeVar("Found")


async def _change(caller: Caller, change: Callable[[Tx], Found]) -> Found:
    """Run `change` in a transaction of the caller's, away from the event loop."""

    def run() -> Found:
        with caller.desk.database.transaction(actor=caller.actor) as tx:
            return change(tx)

    return await asyncio.to_thread(run)


def _load(caller: Caller) -> Preferences:
    with caller.desk.database.read() as tx:
        return load_preferences(tx, caller.member.subject)


@get("/me/preferences", summary="Language, theme, market colours")
async def preferences(caller: Calling) -> Looks:
    """What was chosen, or the defaults."""
    chosen = await asyncio.to_thread(_load, caller)
    return msgspec.convert(chosen, Looks, from_attributes=True)


@put("/me/preferences", summary="Choose language, theme, market colours")
async def choose(caller: Calling, data: JSONBody[Looks]) -> Looks:
    """Replaces all three; the watchlist stays."""

    def save(tx: Tx) -> None:
        owner = caller.member.subject
        chosen = load_preferences(tx, owner)
        looks = replace(chosen, locale=data.locale, theme=data.theme, colours=data.colours)
        save_preferences(tx, owner, looks)

    await _change(caller, save)
    return data


@get("/me/watchlist", summary="Symbols watched")
async def watchlist(caller: Calling) -> Watchlist:
    """In the order shown."""
    return Watchlist((await asyncio.to_thread(_load, caller)).watchlist)


@put("/me/watchlist", summary="Replace the watchlist")
async def replace_watchlist(caller: Calling, data: JSONBody[Watchlist]) -> Watchlist:
    """In the order given. Raises for a symbol given twice."""
    for symbol in data.symbols:
        caller.desk.quotes.notice(symbol)

    def save(tx: Tx) -> None:
        owner = caller.member.subject
        save_preferences(tx, owner, replace(load_preferences(tx, owner), watchlist=data.symbols))

    await _change(caller, save)
    return data


@put("/me/watchlist/{symbol:str}", summary="Watch a symbol")
async def watch_symbol(caller: Calling, symbol: SymbolPath) -> Watchlist:
    """At the end of the list; one already there stays where it is."""
    caller.desk.quotes.notice(symbol)
    chosen = await _change(caller, lambda tx: watch(tx, caller.member.subject, symbol))
    return Watchlist(chosen.watchlist)


@delete("/me/watchlist/{symbol:str}", status_code=200, summary="Stop watching a symbol")
async def unwatch_symbol(caller: Calling, symbol: SymbolPath) -> Watchlist:
    """What is left."""
    chosen = await _change(caller, lambda tx: unwatch(tx, caller.member.subject, symbol))
    return Watchlist(chosen.watchlist)


@get("/accounts", opt={"who": "client"}, summary="The tree of one's accounts")
async def accounts(caller: Calling) -> AccountList:
    """Cash accounts with the securities accounts that settle through them, the ordinary first."""
    return await asyncio.to_thread(load_account_list, caller, caller.member.subject)


def load_account_list(caller: Caller, client: str) -> AccountList:
    """A client's accounts as the API shows them."""
    with caller.desk.database.read() as tx:
        tree = load_accounts(tx, ClientId(client))
    return AccountList(
        tuple(
            CashAccountView(
                cash.number,
                cash.kind.value,
                cash.currency,
                tuple(
                    SecuritiesAccountView(
                        held.number,
                        held.market,
                        held.kind.value,
                        held.designated,
                        held.custody_unit,
                    )
                    for held in cash.securities
                ),
                cash.opened_at_ms,
            )
            for cash in tree.cash
        )
    )


router = Router(
    "/",
    route_handlers=[
        preferences,
        choose,
        watchlist,
        replace_watchlist,
        watch_symbol,
        unwatch_symbol,
        accounts,
    ],
    opt={"who": "member"},
    tags=["preferences"],
)
