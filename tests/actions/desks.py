"""Actions in force without the people who enter and agree."""

from __future__ import annotations

from yunquan.actions import Action, store
from yunquan.actions.types import ActionState, Standing
from yunquan.kernel.transaction import Tx


def announce(tx: Tx, *actions: Action) -> None:
    """Put these in force."""
    for one in actions:
        store.save_action(tx, Standing(one, 1, ActionState.ANNOUNCED, "notice"))
