"""What takes two people: the queue of proposals with a yes and a no, fee plans and who pays by
them; and for a client, what trading costs.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

from litestar import Router, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, Parameter

from yunquan.approvals import ApprovalQueue
from yunquan.approvals.types import ApprovalList, QueueLine
from yunquan.partners.api.caller import Calling
from yunquan.tariffs import Tariffs
from yunquan.tariffs.types import FeeSheet, NewTariff, NewTariffOf, TariffBoard

TheQueue = NamedDependency[ApprovalQueue]
TheTariffs = NamedDependency[Tariffs]
CLIENT: Final = {"who": "client"}
DECIDE: Final = {"who": "staff", "roles": ("risk", "operations")}
ACT: Final = DECIDE | {"idempotent": True}
ProposalName = Annotated[str, Parameter(max_length=40, description="The proposal's id.")]
After = Annotated[str, Parameter(max_length=40, description="An account: those after it.")]
Own = Annotated[str | None, Parameter(max_length=40, description="One of one's own accounts.")]


@get("/staff/approvals", summary="Every proposal of every kind, newest first")
async def approval_list(caller: Calling, approvals: TheQueue) -> ApprovalList:
    """Each with what happens if it is agreed to, in a sentence, and what became of it."""
    return await asyncio.to_thread(approvals.board, caller.actor, caller.locale)


@put("/staff/approvals/{proposal:str}/agreed", status_code=200, opt=DECIDE, summary="Agree to it")
async def approve(caller: Calling, approvals: TheQueue, proposal: ProposalName) -> QueueLine:
    """It is carried out with the answer; again, what wasn't done is tried again."""
    return await approvals.agree(caller.actor, proposal, caller.locale)


@put("/staff/approvals/{proposal:str}/declined", status_code=200, opt=DECIDE, summary="Decline it")
async def disapprove(caller: Calling, approvals: TheQueue, proposal: ProposalName) -> QueueLine:
    """Or take one's own back. It can't be agreed to any more."""
    return await approvals.decline(caller.actor, proposal, caller.locale)


@get("/fees", opt=CLIENT, summary="What trading costs this account, and what each fee is")
async def fees(caller: Calling, tariffs: TheTariffs, account: Own = None) -> FeeSheet:
    """As the counter charges it now; each fee with the rule it rests on."""
    return await tariffs.fees(caller.own(account), caller.locale)


@get("/staff/tariffs", summary="Plans, who pays by them, where a counter charges otherwise")
async def tariff_board(caller: Calling, tariffs: TheTariffs, after: After = "") -> TariffBoard:
    """Up to 50 accounts at a time; `bounds`: what a plan may charge today."""
    return await tariffs.board(caller.locale, after=after)


@post(
    "/staff/tariffs/plans", status_code=200, opt=ACT, summary="Propose a plan or a version of one"
)
async def propose_version(
    caller: Calling, tariffs: TheTariffs, approvals: TheQueue, data: JSONBody[NewTariff]
) -> QueueLine:
    """Another person agrees under /staff/approvals."""
    wish = (caller.actor, caller.key(), data.version(), data.basis)
    made = await asyncio.to_thread(tariffs.propose_version, *wish)
    return await asyncio.to_thread(approvals.line, caller.actor, made, caller.locale)


@post("/staff/tariffs/assignments", status_code=200, opt=ACT, summary="Propose an account's plan")
async def propose_assignment(
    caller: Calling, tariffs: TheTariffs, approvals: TheQueue, data: JSONBody[NewTariffOf]
) -> QueueLine:
    """Another person agrees under /staff/approvals; the counter charges by it from then on."""
    wish = (caller.actor, caller.key(), data.account, data.plan, data.basis)
    made = await tariffs.propose_assignment(*wish)
    return await asyncio.to_thread(approvals.line, caller.actor, made, caller.locale)


acts = [approval_list, approve, disapprove, tariff_board, propose_version, propose_assignment]
router = Router("/", route_handlers=acts, opt={"who": "staff"}, tags=["staff"])
client_router = Router("/", route_handlers=[fees], tags=["money"])
