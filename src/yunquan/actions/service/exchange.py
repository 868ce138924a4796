"""Announcements of the exchange. It is one pair of eyes and our checks are the other: what is sound
and contradicts nobody is in force at once; what differs from what a person let be in force waits
for a person; what can't be is kept with its reason (decision 0023).
"""

from __future__ import annotations

import hashlib
from typing import Final

from yunquan.actions import store
from yunquan.actions.service.entry import Known, enter, put_in_force
from yunquan.actions.types import Action, ActionState, CorporateNotice, Standing, Version, action_id
from yunquan.kernel.transaction import Tx

ACTOR: Final = "exchange"
BASIS: Final = "announced by the exchange"
# Faults of ours that time may mend: the same announcement is looked at again.
MENDABLE: Final = ("actions.unknown_symbol", "actions.not_a_trading_day")
WITHDRAWN: Final = "withdrawn"


def take_notice(tx: Tx, notice: CorporateNotice) -> str:
    """Take what the exchange announces, in a transaction of actor "exchange"; the code of why it
    isn't in force, "" if it is or was heard before. It comes again after each logon.
    """
    action, batch = action_of(notice), f"{ACTOR}:{notice.id}:{notice.version}"
    wanted = ActionState.WITHDRAWN if notice.state == WITHDRAWN else ActionState.ANNOUNCED
    standing = store.find_action(tx, action.id)
    if wanted is ActionState.ANNOUNCED and _holds(standing, action):
        return ""
    heard = store.versions_of_batch(tx, batch, 1)
    if heard and (heard[0].action, heard[0].wanted) != (action, wanted):
        # One version in two wordings: which is right is not for us to guess.
        odd = f"{batch}:{_digest(action)}"
        if not store.versions_of_batch(tx, odd, 1):
            _keep(tx, action, wanted, odd, notice, "actions.contradicts_itself")
        return "actions.contradicts_itself"
    if heard and heard[0].code not in MENDABLE:
        return heard[0].code
    code = _fault(tx, notice, action)
    if heard:
        if not code:
            _replace(tx, notice, heard[0])
        return code
    if code:
        _keep(tx, action, wanted, batch, notice, code)
        return code
    if standing is not None and standing.state is ActionState.ANNOUNCED and not _ours(standing):
        enter(tx, action, wanted, _source(notice), BASIS, f"{notice.id}:{notice.version}")
        return "actions.waits_for_a_person"
    _replace(tx, notice, _keep(tx, action, wanted, batch, notice, ""))
    return ""


def action_of(notice: CorporateNotice) -> Action:
    """What is announced, in our terms."""
    return Action(
        action_id(notice.symbol, notice.ex_day),
        notice.symbol,
        notice.record_day,
        notice.ex_day,
        notice.pay_day,
        notice.listing_day,
        notice.cash_e6,
        notice.bonus_e6,
        notice.capital_e6,
        rights_e6=notice.rights_e6,
        rights_price_milli=notice.rights_price_milli,
        rights_from=notice.rights_from,
        rights_to=notice.rights_to,
        rights_code=notice.rights_code,
    )


def _holds(standing: Standing | None, action: Action) -> bool:
    held = (ActionState.ANNOUNCED, ActionState.RECORDED)
    return standing is not None and standing.action == action and standing.state in held


def _ours(standing: Standing) -> bool:
    """Whether the exchange itself said it, so that it may correct it."""
    return standing.source.startswith(f"{ACTOR} ")


def _source(notice: CorporateNotice) -> str:
    return f"{ACTOR} {notice.id} v{notice.version}"


def _fault(tx: Tx, notice: CorporateNotice, action: Action) -> str:
    newest = max((int(one.batch.split(":")[2]) for one in _said(tx, notice)), default=0)
    if notice.version < newest:
        return "actions.newer_version"
    if notice.state == WITHDRAWN and store.find_action(tx, action.id) is None:
        return "actions.unknown"
    return Known(tx).fault(tx, action)


def _said(tx: Tx, notice: CorporateNotice) -> list[Version]:
    """Everything the exchange has said of this announcement before."""
    return store.versions_of_source(tx, f"{ACTOR}:{notice.id}:")


def _keep(
    tx: Tx, action: Action, wanted: ActionState, batch: str, notice: CorporateNotice, code: str
) -> Version:
    version = Version(
        action,
        store.newest_versions(tx, action.id).get(action.id, 0) + 1,
        batch,
        wanted,
        ActionState.REFUSED if code else ActionState.ENTERED,
        _source(notice),
        tx.actor,
        tx.now_ms(),
        "",
        code,
    )
    store.insert_versions(tx, [version])
    return version


def _replace(tx: Tx, notice: CorporateNotice, version: Version) -> None:
    """In force from now on; under another ex day than before it takes the earlier one's place."""
    for earlier in _said(tx, notice):
        standing = store.find_action(tx, earlier.action.id)
        if earlier.action.id == version.action.id or standing is None or not _ours(standing):
            continue
        if standing.state is ActionState.ANNOUNCED:
            gone = f"{version.batch}:moved"
            put_in_force(tx, _keep(tx, standing.action, ActionState.WITHDRAWN, gone, notice, ""))
    put_in_force(tx, version)


def _digest(action: Action) -> str:
    return hashlib.sha256(repr(action).encode()).hexdigest()[:12]
