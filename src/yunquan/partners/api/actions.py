"""Corporate actions: a client's own; for staff all of them, entering and agreeing."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, Parameter

from yunquan.actions import CorporateActions
from yunquan.actions.types import (
    ActionBoard,
    ActionCase,
    EntryLine,
    NewAction,
    NewActionFile,
    NewActionWithdrawal,
    OwnActions,
)
from yunquan.kernel.errors import NotFound
from yunquan.partners.api.caller import Calling
from yunquan.partners.api.orders import OwnAccount
from yunquan.rights import RightsIssues
from yunquan.rights.types import (
    NewOutcome,
    NewSubscription,
    ProposalMade,
    RightsCase,
    RightsLine,
)

TheOffice = NamedDependency[CorporateActions]
TheRights = NamedDependency[RightsIssues]
ACT: Final = {"who": "staff", "roles": ("operations",), "idempotent": True}
Before = Annotated[str, Parameter(max_length=60, description="`next` of the page before.")]
ActionName = Annotated[str, Parameter(max_length=40, description="The action's id.")]
EntryName = Annotated[str, Parameter(max_length=40, description="The proposal's id.")]


@get("/corporate-actions", summary="What the client's holdings give, gave, and the tax on it")
async def own_actions(
    caller: Calling, corporate: TheOffice, account: OwnAccount = None, before: Before = ""
) -> OwnActions:
    """upcoming: with what is held now."""
    return await corporate.own(caller.own(account), caller.locale, before)


@get("/corporate-actions", summary="Corporate actions, newest ex day first, and what was entered")
async def action_board(caller: Calling, corporate: TheOffice, before: Before = "") -> ActionBoard:
    """Entries of the last 30 proposals."""
    return await asyncio.to_thread(corporate.board, caller.actor, caller.locale, before)


@get("/corporate-actions/{action:str}", summary="One action and who is due what")
async def action_case(caller: Calling, corporate: TheOffice, action: ActionName) -> ActionCase:
    """At most 200 accounts; `more` says how many are left off."""
    return await asyncio.to_thread(corporate.case, action, caller.locale)


@post("/corporate-actions", status_code=200, opt=ACT, summary="Enter an action; another agrees")
async def enter_action(
    caller: Calling, corporate: TheOffice, data: JSONBody[NewAction]
) -> EntryLine:
    """A newer version of one that is announced is entered the same way, until its record day
    closes.
    """
    said = (data.source, data.basis, caller.key(), caller.locale)
    return await asyncio.to_thread(corporate.enter, caller.actor, data.action(), *said)


@post("/corporate-actions/files", status_code=200, opt=ACT, summary="Enter a file of actions")
async def enter_actions(
    caller: Calling, corporate: TheOffice, data: JSONBody[NewActionFile]
) -> EntryLine:
    """Rows that can't be believed are put aside by name; the rest waits for another person."""
    said = (data.source, data.basis, caller.key(), caller.locale)
    return await asyncio.to_thread(corporate.take_file, caller.actor, data.text, *said)


@post("/corporate-actions/{action:str}/withdrawal", status_code=200, opt=ACT, summary="Withdraw")
async def withdraw_action(
    caller: Calling, corporate: TheOffice, action: ActionName, data: JSONBody[NewActionWithdrawal]
) -> EntryLine:
    """The issuer won't: another person agrees, before the record day closes."""
    said = (data.source, data.basis, caller.key(), caller.locale)
    return await asyncio.to_thread(corporate.withdraw, caller.actor, action, *said)


@post("/corporate-actions/entries/{entry:str}/agree", status_code=200, opt=ACT, summary="Agree")
async def agree_entry(caller: Calling, corporate: TheOffice, entry: EntryName) -> EntryLine:
    """Not one's own. What can't be in force any more is refused by id."""
    caller.key()
    return await asyncio.to_thread(corporate.agree, caller.actor, entry, caller.locale)


@post("/corporate-actions/entries/{entry:str}/decline", status_code=200, opt=ACT, summary="Decline")
async def decline_entry(caller: Calling, corporate: TheOffice, entry: EntryName) -> EntryLine:
    """Or take one's own back."""
    caller.key()
    return await asyncio.to_thread(corporate.decline, caller.actor, entry, caller.locale)


@get("/rights", summary="Rights issues the account was offered, newest record day first")
async def own_rights(
    caller: Calling, rights: TheRights, account: OwnAccount = None
) -> list[RightsLine]:
    """At most 30. What is left when the window ends lapses."""
    return await rights.own(caller.own(account), caller.locale)


@post(
    "/rights/{action:str}/subscriptions",
    status_code=200,
    opt={"who": "client", "idempotent": True},
    summary="Subscribe rights",
)
async def subscribe_rights(
    caller: Calling, rights: TheRights, action: ActionName, data: JSONBody[NewSubscription]
) -> RightsLine:
    """Part or all, once or several times while the window is open; the money is frozen at once and
    taken at the window's end. It can't be taken back. A refusal is 409 with its code. After a 503
    the outcome is unknown: repeat with the same key.
    """
    account = caller.own(data.account)
    said = (account, action, data, caller.locale)
    return await rights.subscribe(caller.actor, caller.key(), *said)


@get("/rights/{action:str}", summary="A rights issue: subscribed, paid, lapsed, how it ended")
async def rights_case(caller: Calling, rights: TheRights, action: ActionName) -> RightsCase:
    """404 rights.none for an action without rights."""
    found = await asyncio.to_thread(rights.case, action)
    if found is None:
        raise NotFound("rights.none", action=action)
    return found


@post("/rights/{action:str}/outcome", status_code=200, opt=ACT, summary="Propose how it ended")
async def propose_outcome(
    caller: Calling, rights: TheRights, action: ActionName, data: JSONBody[NewOutcome]
) -> ProposalMade:
    """Another person agrees in the queue of approvals. Below the part that the rule asks for the
    issue has failed and the money goes back.
    """
    said = (caller.actor, action, data, caller.key())
    made = await asyncio.to_thread(rights.propose_outcome, *said)
    return ProposalMade(str(made.id), made.state.value)


own_router = Router(
    "/",
    route_handlers=[own_actions, own_rights, subscribe_rights],
    opt={"who": "client"},
    tags=["assets"],
)
router = Router(
    "/staff",
    route_handlers=[
        action_board,
        action_case,
        enter_action,
        enter_actions,
        withdraw_action,
        agree_entry,
        decline_entry,
        rights_case,
        propose_outcome,
    ],
    opt={"who": "staff"},
    tags=["staff"],
)
