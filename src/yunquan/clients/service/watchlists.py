"""The lists of symbols someone keeps. owner: a session's subject; nobody sees another's."""

from __future__ import annotations

from dataclasses import replace

from yunquan.clients import rules, store
from yunquan.clients.service.preferences import load_preferences, save_preferences
from yunquan.clients.types import NamedWatchlist, WatchlistId
from yunquan.kernel.errors import Conflict, Invalid, NotFound
from yunquan.kernel.transaction import ReadTx, Tx

FIRST = "first"


def list_watchlists(tx: ReadTx, owner: str) -> tuple[NamedWatchlist, ...]:
    """All lists, the first one (which everybody has) first."""
    first = NamedWatchlist(FIRST, "", load_preferences(tx, owner).watchlist)
    return (first, *store.list_watchlists(tx, owner))


def load_watchlist(tx: ReadTx, owner: str, which: str) -> NamedWatchlist:
    """One list. Raises NotFound client.list_unknown, also for somebody else's."""
    for found in list_watchlists(tx, owner):
        if found.id == which:
            return found
    raise NotFound("client.list_unknown")


def create_watchlist(tx: Tx, owner: str, name: str) -> NamedWatchlist:
    """An empty list at the end. Raises Invalid for the name, Conflict for one too many."""
    others = store.list_watchlists(tx, owner)
    if refused := rules.check_list_count(len(others)):
        raise Conflict(refused.code, **refused.facts)
    made = NamedWatchlist(str(tx.ids.new(WatchlistId)), _checked(name, others), ())
    store.insert_watchlist(tx, owner, made)
    return made


def rename_watchlist(tx: Tx, owner: str, which: str, name: str) -> NamedWatchlist:
    """Another name. The first list has none: NotFound client.list_unknown."""
    others = store.list_watchlists(tx, owner)
    kept = next((one for one in others if one.id == which), None)
    if kept is None:
        raise NotFound("client.list_unknown")
    kept = replace(kept, name=_checked(name, [one for one in others if one.id != which]))
    store.save_watchlist(tx, owner, kept)
    return kept


def _checked(name: str, others: list[NamedWatchlist]) -> str:
    name = name.strip()
    if refused := rules.check_list_name(name, [one.name for one in others]):
        raise Invalid(refused.code, **refused.facts)
    return name


def save_watchlist(tx: Tx, owner: str, which: str, symbols: tuple[str, ...]) -> NamedWatchlist:
    """Replace the symbols of a list. Raises Invalid for one given twice or malformed."""
    kept = replace(load_watchlist(tx, owner, which), symbols=symbols)
    if which == FIRST:
        save_preferences(tx, owner, replace(load_preferences(tx, owner), watchlist=symbols))
        return kept
    if refused := rules.check_watchlist(symbols):
        raise Invalid(refused.code, **refused.facts)
    store.save_watchlist(tx, owner, kept)
    return kept


def delete_watchlist(tx: Tx, owner: str, which: str) -> None:
    """Drop a list with what it names. The first one stays: NotFound client.list_unknown."""
    if which == FIRST:
        raise NotFound("client.list_unknown")
    load_watchlist(tx, owner, which)
    store.delete_watchlist(tx, owner, which)
