"""How someone likes to see things, and the accounts they have."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, TypeVar

import msgspec
from litestar import Router, delete, get, put
from litestar.params import JSONBody, Parameter

from yunquan.clients import (
    create_watchlist,
    delete_watchlist,
    list_watchlists,
    load_accounts,
    load_preferences,
    rename_watchlist,
    save_preferences,
    save_watchlist,
    unwatch,
    watch,
)
from yunquan.clients.types import (
    AccountList,
    CashAccountView,
    ClientId,
    Looks,
    NamedWatchlist,
    Preferences,
    SecuritiesAccountView,
)
from yunquan.kernel.transaction import Tx
from yunquan.partners.api.caller import Caller, Calling
from yunquan.partners.types import Watchlist

SymbolPath = Annotated[str, Parameter(max_length=16, description='Code and market: "600519.SH".')]
ListPath = Annotated[str, Parameter(max_length=40, description="The id of one of one's lists.")]
Found = TypeVar("Found")


class ListName(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The name of a watchlist."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]


class NamedList(msgspec.Struct, frozen=True):
    """A watchlist. id: "first" for the one everybody has, whose name is ""."""

    id: str
    name: str
    symbols: tuple[str, ...]


class NamedLists(msgspec.Struct, frozen=True):
    """Watchlists, in the order shown."""

    items: tuple[NamedList, ...]


async def _change(caller: Caller, change: Callable[[Tx], Found]) -> Found:
    """Run `change` in a transaction of the caller's, away from the event loop."""

    def run() -> Found:
        with caller.desk.database.transaction(actor=caller.actor) as tx:
            return change(tx)

    return await asyncio.to_thread(run)


def _load(caller: Caller) -> Preferences:
    with caller.desk.database.read() as tx:
        return load_preferences(tx, caller.member.subject)


@get("/me/preferences", summary="Language, looks, how one trades")
async def preferences(caller: Calling) -> Looks:
    """What was chosen, or the defaults."""
    chosen = await asyncio.to_thread(_load, caller)
    return msgspec.convert(chosen, Looks, from_attributes=True)


@put("/me/preferences", summary="Choose language, looks, how one trades")
async def choose(caller: Calling, data: JSONBody[Looks]) -> Looks:
    """Replaces all of them; the watchlist stays."""

    def save(tx: Tx) -> None:
        owner = caller.member.subject
        chosen = load_preferences(tx, owner)
        save_preferences(tx, owner, replace(chosen, **msgspec.structs.asdict(data)))

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


@get("/me/watchlists", summary="All one's watchlists")
async def watchlists(caller: Calling) -> NamedLists:
    """The first one, which everybody has, then the others, oldest first."""

    def load() -> tuple[NamedWatchlist, ...]:
        with caller.desk.database.read() as tx:
            return list_watchlists(tx, caller.member.subject)

    return NamedLists(tuple(_named(one) for one in await asyncio.to_thread(load)))


def _named(kept: NamedWatchlist) -> NamedList:
    return NamedList(kept.id, kept.name, kept.symbols)


@put("/me/watchlists", summary="Make a watchlist")
async def make_watchlist(caller: Calling, data: JSONBody[ListName]) -> NamedList:
    """The list of that name, made at the end if there is none."""
    owner = caller.member.subject

    def make(tx: Tx) -> NamedWatchlist:
        lists = list_watchlists(tx, owner)
        known = next((one for one in lists if one.name == data.name.strip()), None)
        return known or create_watchlist(tx, owner, data.name)

    return _named(await _change(caller, make))


@put("/me/watchlists/{which:str}/name", summary="Rename a watchlist")
async def rename_list(caller: Calling, which: ListPath, data: JSONBody[ListName]) -> NamedList:
    """The first one has no name: 404."""
    owner = caller.member.subject
    return _named(await _change(caller, lambda tx: rename_watchlist(tx, owner, which, data.name)))


@put("/me/watchlists/{which:str}", summary="Replace a watchlist's symbols")
async def fill_watchlist(caller: Calling, which: ListPath, data: JSONBody[Watchlist]) -> NamedList:
    """In the order given. Somebody else's list: 404."""
    for symbol in data.symbols:
        caller.desk.quotes.notice(symbol)
    owner = caller.member.subject
    return _named(await _change(caller, lambda tx: save_watchlist(tx, owner, which, data.symbols)))


@delete("/me/watchlists/{which:str}", summary="Drop a watchlist")
async def drop_watchlist(caller: Calling, which: ListPath) -> None:
    """Not the first one, and nobody else's: 404."""
    await _change(caller, lambda tx: delete_watchlist(tx, caller.member.subject, which))


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
        watchlists,
        make_watchlist,
        rename_list,
        fill_watchlist,
        drop_watchlist,
        accounts,
    ],
    opt={"who": "member"},
    tags=["preferences"],
)
