"""How rights issues ended: said by the exchange, or by one person and let stand by another."""

from __future__ import annotations

from yunquan.actions import find_action
from yunquan.actions.types import ActionState
from yunquan.kernel.errors import Conflict, Invalid, NotFound
from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.rights import rules, store
from yunquan.rights.adapters.rows import load_success_rules
from yunquan.rights.events import RightsEnded
from yunquan.rights.types import Outcome


def find_ended(tx: ReadTx, action: str) -> Outcome | None:
    """How an issue ended, None until it is known."""
    return store.find_outcome(tx, action)


def end_issue(tx: Tx, name: str, taken_e4: int, interest_e6: int, source: str, by: str) -> Outcome:
    """Note how a rights issue ended; the same again changes nothing.

    Raises NotFound actions.unknown; Invalid rights.none, rights.bad_outcome; Conflict
    rights.ended_otherwise.
    """
    fresh = check_outcome(tx, name, taken_e4, interest_e6, source, by)
    if store.find_outcome(tx, name) is None:
        store.insert_outcome(tx, fresh)
        tx.emit(RightsEnded(name, taken_e4, fresh.failed, interest_e6, source, by))
    return fresh


def check_outcome(
    tx: Tx, name: str, taken_e4: int, interest_e6: int, source: str, by: str
) -> Outcome:
    """The outcome that is meant, if it can be one. Raises as `end_issue`."""
    found = find_action(tx, name)
    if found is None or found.state is ActionState.WITHDRAWN:
        raise NotFound("actions.unknown", action=name[:40])
    if not found.action.rights_e6:
        raise Invalid("rights.none", action=name)
    if not 0 <= taken_e4 <= rules.WHOLE_E4 or not 0 <= interest_e6 <= rules.DEAREST_INTEREST_E6:
        raise Invalid("rights.bad_outcome")
    known = store.find_outcome(tx, name)
    if known is not None and (known.taken_e4, known.interest_e6) != (taken_e4, interest_e6):
        raise Conflict("rights.ended_otherwise", action=name)
    last = found.action.rights_to or found.action.record_day
    failed = rules.outcome_fails(taken_e4, last, load_success_rules())
    return Outcome(name, taken_e4, failed, interest_e6, source, by, tx.now_ms())
