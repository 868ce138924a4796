"""Messages by which two browsers find each other: kept sealed while the call lasts, then gone."""

from __future__ import annotations

from yunquan.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.witness.rules import calls as rules
from yunquan.witness.service.means import Means, refuse
from yunquan.witness.store import calls as store
from yunquan.witness.types import Call, CallState, Signal


class Signals:
    """A relay with a bound for each side of each round."""

    def __init__(self, means: Means) -> None:
        self._means = means

    def send(self, tx: Tx, call: str, side: str, who: str, kind: str, body: str) -> None:
        """side: "applicant" (who: the owner) or "staff" (who: who has the call). Raises Invalid
        witness.signal_*, Forbidden witness.not_yours, Conflict witness.call_over.
        """
        found = self._load(tx, call, side, who)
        if found.state is not CallState.TALKING:
            raise Conflict("witness.call_over")
        sent = store.count_signals(tx, found, side)
        refused = rules.check_signal(side, kind, body, sent)
        refuse(refused, Conflict if refused and refused.code == "witness.signals_many" else Invalid)
        sealed = self._means.vault.seal(body, f"signal:{found.id}")
        store.insert_signal(tx, found, side, kind, sealed)

    def receive(self, tx: ReadTx, call: str, side: str, who: str, after: int) -> tuple[Signal, ...]:
        """What the other side sent after a number, in order; nothing once the call is over."""
        found = self._load(tx, call, side, who)
        return tuple(
            Signal(number, sender, kind, self._means.vault.open(sealed, f"signal:{found.id}"))
            for number, sender, kind, sealed in store.signals_after(tx, found, side, after)
        )

    @staticmethod
    def _load(tx: ReadTx, call: str, side: str, who: str) -> Call:
        found = store.find_call(tx, call)
        if found is None:
            raise NotFound("witness.call_unknown")
        if who != (found.owner if side == "applicant" else found.staff):
            raise Forbidden("witness.not_yours")
        return found
