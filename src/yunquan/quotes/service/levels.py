"""Grant and end entitlements to Level 2; say what level somebody has."""

from __future__ import annotations

from yunquan.kernel.errors import NotFound
from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.quotes import store
from yunquan.quotes.events import LevelEnded, LevelGranted
from yunquan.quotes.rules.levels import LEVEL_2, check_grant, level_on
from yunquan.quotes.types import Entitlement


def grant_level(
    tx: Tx, client: str, effective_from: str, effective_to: str, basis: str, level: int = LEVEL_2
) -> Entitlement:
    """Entitle a client from a trading day on, until another or "". Raises Invalid level.*."""
    wanted = Entitlement(
        client, level, effective_from, effective_to, basis.strip(), tx.actor, tx.now_ms()
    )
    check_grant(store.load_entitlements(tx, client), wanted)
    store.add_entitlement(tx, wanted)
    tx.emit(LevelGranted(client, level, effective_from, effective_to, wanted.basis, tx.actor))
    return wanted


def end_level(tx: Tx, client: str, day: str, basis: str, level: int = LEVEL_2) -> None:
    """End what a client holds on a trading day, from that day on.

    Raises NotFound level.not_granted.
    """
    held = [
        one
        for one in store.load_entitlements(tx, client)
        if one.level == level and level_on([one], day) == level
    ]
    if not held:
        raise NotFound("level.not_granted")
    for one in held:
        store.end_entitlement(tx, one, day)
        tx.emit(LevelEnded(client, level, day, basis.strip(), tx.actor))


def load_entitlements(tx: ReadTx, client: str) -> list[Entitlement]:
    """A client's entitlements, past ones too, oldest first."""
    return store.load_entitlements(tx, client)


def level_of(tx: ReadTx, client: str, day: str) -> int:
    """The level a client has on a trading day."""
    return level_on(store.load_entitlements(tx, client), day)
