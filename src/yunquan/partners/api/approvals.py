"""What waits for a second person: the queue, a yes, a no."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

from litestar import Router, get, put
from litestar.di import NamedDependency
from litestar.params import Parameter

from yunquan.approvals import ApprovalQueue
from yunquan.approvals.types import ApprovalList, QueueLine
from yunquan.partners.api.caller import Calling

TheQueue = NamedDependency[ApprovalQueue]
DECIDE: Final = {"who": "staff", "roles": ("risk", "operations")}
ProposalName = Annotated[str, Parameter(max_length=40, description="The proposal's id.")]
Limit = Annotated[int, Parameter(ge=1, le=100, description="How many.")]


@get("/", summary="Every proposal of every kind, newest first")
async def approval_list(caller: Calling, approvals: TheQueue, limit: Limit = 50) -> ApprovalList:
    """Each with what happens if it is agreed to, in a sentence, and what became of it."""
    return await asyncio.to_thread(approvals.board, caller.actor, caller.locale, limit=limit)


@put("/{proposal:str}/agreed", status_code=200, opt=DECIDE, summary="The second person's yes")
async def approve(caller: Calling, approvals: TheQueue, proposal: ProposalName) -> QueueLine:
    """It is carried out with the answer; of one that was agreed to, what wasn't done is tried
    again.
    """
    return await approvals.agree(caller.actor, proposal, caller.locale)


@put("/{proposal:str}/declined", status_code=200, opt=DECIDE, summary="The second person's no")
async def disapprove(caller: Calling, approvals: TheQueue, proposal: ProposalName) -> QueueLine:
    """Or one's own taken back. It can't be agreed to any more."""
    return await approvals.decline(caller.actor, proposal, caller.locale)


router = Router(
    "/staff/approvals",
    route_handlers=[approval_list, approve, disapprove],
    opt={"who": "staff"},
    tags=["staff"],
)
