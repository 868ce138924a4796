"""Exceptional days: what is stopped, stopping and resuming, changing the gateway, and the second
person's yes or no.
"""

from __future__ import annotations

from typing import Annotated, Final

from litestar import Router, delete, get, post, put
from litestar.params import JSONBody, Parameter

from yunquan.partners.api.caller import Calling
from yunquan.switches import rules
from yunquan.switches.types import NewGateway, NewStop, ProposalLine, SwitchBoard, SwitchWish

DECIDE: Final = {"who": "staff", "roles": ("risk", "operations")}
ACT: Final = DECIDE | {"idempotent": True}
ProposalName = Annotated[str, Parameter(max_length=40, description="The proposal's id.")]


@get("/stops", summary="What is stopped, where orders go out, what is proposed")
async def switch_board(caller: Calling) -> SwitchBoard:
    """Over all counters; one that doesn't answer is named. `waiting`: orders kept for a later
    phase.
    """
    return await caller.desk.switch_board(caller.actor, caller.locale)


@post("/stops", status_code=200, opt=ACT, summary="Take no new orders in a scope")
async def stop_trading(caller: Calling, data: JSONBody[NewStop]) -> ProposalLine:
    """The whole firm needs a second person: the answer is then an open proposal. Otherwise it is
    done, and `outcome` says so counter by counter; where one wasn't reached, repeat with the same
    key. Cancels go on.
    """
    wish = SwitchWish(rules.STOP, data.basis, data.scope, "", data.notice_zh, data.notice_en)
    return await caller.desk.switch(caller.actor, caller.key(), wish, caller.locale)


@delete("/stops/{where:str}", status_code=200, opt=ACT, summary="Take orders in a scope again")
async def resume_trading(
    caller: Calling,
    where: Annotated[str, Parameter(max_length=16, description="The stop's scope.")],
    basis: Annotated[str, Parameter(min_length=4, max_length=200, description="What it rests on.")],
) -> ProposalLine:
    """The whole firm needs a second person, as its stop did."""
    wish = SwitchWish(rules.RESUME, basis, where)
    return await caller.desk.switch(caller.actor, caller.key(), wish, caller.locale)


@post("/gateway", status_code=200, opt=ACT, summary="Send new orders through another gateway")
async def use_gateway(caller: Calling, data: JSONBody[NewGateway]) -> ProposalLine:
    """Needs a second person. Orders that are out stay where they are."""
    wish = SwitchWish(rules.GATEWAY, data.basis, "", data.gateway, data.notice_zh, data.notice_en)
    return await caller.desk.switch(caller.actor, caller.key(), wish, caller.locale)


@put(
    "/proposals/{proposal:str}/agreed",
    status_code=200,
    opt=DECIDE,
    summary="The second person's yes",
)
async def agree(caller: Calling, proposal: ProposalName) -> ProposalLine:
    """It is carried out with the answer. On one that was agreed to, counters that weren't reached
    are told again.
    """
    return await caller.desk.agree(caller.actor, proposal, caller.locale)


@put(
    "/proposals/{proposal:str}/declined",
    status_code=200,
    opt=DECIDE,
    summary="The second person's no, or one's own taken back",
)
async def decline(caller: Calling, proposal: ProposalName) -> ProposalLine:
    """It can't be agreed to any more."""
    return await caller.desk.decline(caller.actor, proposal, caller.locale)


router = Router(
    "/staff",
    route_handlers=[switch_board, stop_trading, resume_trading, use_gateway, agree, decline],
    opt={"who": "staff"},
    tags=["staff"],
)
