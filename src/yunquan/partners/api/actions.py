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
from yunquan.partners.api.caller import Calling
from yunquan.partners.api.orders import OwnAccount

TheOffice = NamedDependency[CorporateActions]
ACT: Final = {"who": "staff", "roles": ("operations",), "idempotent": True}
Before = Annotated[str, Parameter(max_length=60, description="`next` of the page before.")]
ActionName = Annotated[str, Parameter(max_length=40, description="The action's id.")]
EntryName = Annotated[str, Parameter(max_length=40, description="The proposal's id.")]


@get("/corporate-actions", summary="What the client's holdings give, gave, and the tax on it")
async def own_actions(
    caller: Calling, corporate: TheOffice, account: OwnAccount = None, before: Before = ""
) -> OwnActions:
    """upcoming: with what is held now. The simulated market doesn't lower prices on the ex day."""
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


own_router = Router("/", route_handlers=[own_actions], opt={"who": "client"}, tags=["assets"])
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
    ],
    opt={"who": "staff"},
    tags=["staff"],
)
