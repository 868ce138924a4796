"""Entering actions: one person does, another agrees."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

from yunquan import approvals
from yunquan.actions import rules, store
from yunquan.actions.adapters.files import read_rows
from yunquan.actions.events import ActionAnnounced, ActionWithdrawn
from yunquan.actions.types import Action, ActionState, Quarantined, Standing, Version
from yunquan.approvals.types import NewProposal, Proposal
from yunquan.kernel.errors import Invalid, NotFound
from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.market import load_calendar, load_instruments
from yunquan.market.rules import Calendar

KIND: Final = "action"
MOST_ROWS: Final = 50_000
LONGEST_SOURCE: Final = 100


class Known:
    """What entries are checked against."""

    def __init__(self, tx: ReadTx) -> None:
        self.calendar: Calendar = load_calendar(tx)
        self.stocks = {one.symbol for one in load_instruments(tx) if one.product == "stock"}
        self.acted = store.last_acted(tx)

    def fault(self, tx: ReadTx, action: Action) -> str:
        """Code of why this can't be in force, "" if it can."""
        if found := rules.problems(action):
            return found[0]
        if action.symbol not in self.stocks:
            return "actions.unknown_symbol"
        if action.record_day <= self.acted:
            return "actions.too_late"
        if rules.lacks_window(action):
            return "actions.no_window"
        days = [action.record_day, action.ex_day]
        days += [action.rights_from, action.rights_to] if action.rights_from else []
        if not all(self.calendar.is_trading_day(day) for day in days):
            return "actions.not_a_trading_day"
        known = store.find_action(tx, action.id)
        if known is not None and known.state is ActionState.RECORDED:
            return "actions.too_late"
        return ""


def enter(
    tx: Tx, action: Action, wanted: ActionState, source: str, basis: str, key: str
) -> Proposal:
    """Propose that an action be in force, or be withdrawn. The same key gives the same proposal.

    Raises Invalid with the fault of the action, actions.no_source, proposal.basis; Conflict
    command.reused.
    """
    fault = Known(tx).fault(tx, action)
    if fault:
        raise Invalid(fault, action=action.id)
    known = store.find_action(tx, action.id)
    if wanted is ActionState.WITHDRAWN and known is None:
        raise Invalid("actions.unknown", action=action.id)
    return _propose(tx, [action], [], wanted, source, basis, key)


def take_file(tx: Tx, lines: Iterable[str], source: str, basis: str, key: str) -> Proposal:
    """Propose every action of a file that can be in force; the rest is put aside by name, what is
    known already is passed over.

    Raises Invalid actions.nothing_new, actions.file_long, actions.no_source, proposal.basis.
    """
    known = Known(tx)
    good: list[Action] = []
    aside: list[Quarantined] = []
    for number, found in enumerate(read_rows(lines), 2):
        if number > MOST_ROWS:
            raise Invalid("actions.file_long", most=MOST_ROWS)
        if isinstance(found, Quarantined):
            aside.append(found)
            continue
        standing = store.find_action(tx, found.id)
        if standing is not None and standing.action == found:
            continue
        if code := known.fault(tx, found):
            aside.append(Quarantined(number, code, found.id))
        else:
            good.append(found)
    if not good and not aside:
        raise Invalid("actions.nothing_new")
    return _propose(tx, good, aside, ActionState.ANNOUNCED, source, basis, key)


def _propose(
    tx: Tx,
    good: Sequence[Action],
    aside: Sequence[Quarantined],
    wanted: ActionState,
    source: str,
    basis: str,
    key: str,
) -> Proposal:
    source = source.strip()
    if not 0 < len(source) <= LONGEST_SOURCE:
        raise Invalid("actions.no_source", longest=LONGEST_SOURCE)
    body = "\n".join(repr(one) for one in (*good, *aside))
    batch = f"{tx.actor}:{key}"
    wish = {
        "batch": batch,
        "wanted": wanted.value,
        "actions": str(len(good)),
        "aside": str(len(aside)),
        "first": good[0].id if good else "",
        "source": source,
        "digest": hashlib.sha256(body.encode()).hexdigest(),
    }
    new = NewProposal(KIND, wish, basis, key, needs_second=True)
    proposal = approvals.propose(tx, new)
    if store.versions_of_batch(tx, batch, 1) or store.list_quarantined(tx, batch, 1):
        return proposal
    newest = store.newest_versions(tx)
    store.insert_versions(
        tx,
        [
            Version(
                one,
                newest.get(one.id, 0) + 1,
                batch,
                wanted,
                ActionState.ENTERED,
                source,
                tx.actor,
                tx.now_ms(),
            )
            for one in good
        ],
    )
    store.insert_quarantined(tx, batch, aside)
    return proposal


def agree(tx: Tx, proposal_id: str) -> Proposal:
    """tx.actor lets it be in force; each action is checked again, since days may have passed.

    Raises NotFound proposal.unknown; Conflict proposal.own, proposal.expired, proposal.declined.
    """
    _of_this_room(tx, proposal_id)
    proposal = approvals.agree(tx, proposal_id)
    if proposal.outcome:
        return proposal
    known = Known(tx)
    outcome: dict[str, str] = {}
    for version in store.versions_of_batch(tx, proposal.wish["batch"]):
        code = known.fault(tx, version.action)
        newer = store.find_action(tx, version.action.id)
        if not code and newer is not None and newer.version > version.version:
            code = "actions.newer_version"
        outcome[version.action.id] = code
        if code:
            store.save_decided(tx, version, ActionState.REFUSED, code)
        else:
            put_in_force(tx, version)
    return approvals.record_outcome(tx, proposal_id, outcome)


def put_in_force(tx: Tx, version: Version) -> None:
    """An entered version is what holds from now on; tx.actor let it be."""
    action, wanted = version.action, version.wanted
    store.save_action(tx, Standing(action, version.version, wanted, version.source))
    store.save_decided(tx, version, wanted)
    if wanted is ActionState.WITHDRAWN:
        tx.emit(ActionWithdrawn(action.id, version.version, version.source, tx.actor))
        return
    tx.emit(
        ActionAnnounced(
            action.id,
            version.version,
            action.symbol,
            action.record_day,
            action.ex_day,
            action.pay_day,
            action.listing_day,
            action.cash_e6,
            action.bonus_e6,
            action.capital_e6,
            action.from_premium,
            action.rights_e6,
            action.rights_price_milli,
            version.source,
            tx.actor,
            action.rights_from,
            action.rights_to,
            action.rights_code,
        )
    )


def decline(tx: Tx, proposal_id: str) -> Proposal:
    """tx.actor won't have it, or takes their own back. Raises NotFound, Conflict proposal.*."""
    _of_this_room(tx, proposal_id)
    proposal = approvals.decline(tx, proposal_id)
    for version in store.versions_of_batch(tx, proposal.wish["batch"]):
        if version.state is ActionState.ENTERED:
            store.save_decided(tx, version, ActionState.REFUSED, "proposal.declined")
    return proposal


def _of_this_room(tx: ReadTx, proposal_id: str) -> None:
    """Whoever may agree here may not agree to what other rooms propose."""
    if approvals.load_proposal(tx, proposal_id).kind != KIND:
        raise NotFound("proposal.unknown", proposal=proposal_id[:40])
