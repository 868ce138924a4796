"""How someone likes to see things. owner: a client's or staff member's id (a session's subject)."""

from __future__ import annotations

from dataclasses import replace

from yunquan.clients import rules, store
from yunquan.clients.types import Preferences
from yunquan.kernel.errors import Invalid
from yunquan.kernel.transaction import ReadTx, Tx


def load_preferences(tx: ReadTx, owner: str) -> Preferences:
    """What was chosen, or the defaults."""
    return store.load_preferences(tx, owner)


def save_preferences(tx: Tx, owner: str, chosen: Preferences) -> None:
    """Replace all preferences. Raises Invalid for a value that no page offers."""
    if refused := rules.check_preferences(chosen):
        raise Invalid(refused.code, **refused.facts)
    store.save_preferences(tx, owner, chosen)


def watch(tx: Tx, owner: str, symbol: str) -> Preferences:
    """Put a symbol at the end of the watchlist; one already there stays where it is."""
    chosen = store.load_preferences(tx, owner)
    if symbol not in chosen.watchlist:
        chosen = replace(chosen, watchlist=(*chosen.watchlist, symbol))
        save_preferences(tx, owner, chosen)
    return chosen


def unwatch(tx: Tx, owner: str, symbol: str) -> Preferences:
    """Take a symbol off the watchlist."""
    chosen = store.load_preferences(tx, owner)
    left = tuple(kept for kept in chosen.watchlist if kept != symbol)
    if left != chosen.watchlist:
        chosen = replace(chosen, watchlist=left)
        save_preferences(tx, owner, chosen)
    return chosen
