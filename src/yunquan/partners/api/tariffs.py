"""Fee plans: what a client pays and why; for staff the plans, who pays by them, and proposals."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, Parameter

from yunquan.approvals.types import QueueLine
from yunquan.partners.api.approvals import TheQueue
from yunquan.partners.api.caller import Calling
from yunquan.tariffs import Tariffs
from yunquan.tariffs.types import FeeSheet, NewTariff, NewTariffOf, TariffBoard

TheTariffs = NamedDependency[Tariffs]
ACT: Final = {"who": "staff", "roles": ("risk", "operations"), "idempotent": True}
After = Annotated[str, Parameter(max_length=40, description="An account: those after it.")]


@get("/fees", summary="What trading costs this account, and what each fee is")
async def fees(
    caller: Calling,
    tariffs: TheTariffs,
    account: Annotated[str | None, Parameter(max_length=40)] = None,
) -> FeeSheet:
    """As the counter charges it now; each fee with the rule it rests on."""
    return await tariffs.fees(caller.own(account), caller.locale)


@get("/", summary="Plans, who pays by them, and where a counter charges otherwise")
async def tariff_board(caller: Calling, tariffs: TheTariffs, after: After = "") -> TariffBoard:
    """Up to 50 accounts at a time; `bounds`: what a plan may charge today."""
    return await tariffs.board(caller.locale, after=after)


@post("/plans", status_code=200, opt=ACT, summary="Propose a plan or a version of one")
async def propose_version(
    caller: Calling, tariffs: TheTariffs, approvals: TheQueue, data: JSONBody[NewTariff]
) -> QueueLine:
    """Another person agrees under /staff/approvals."""
    key, actor = caller.key(), caller.actor
    made = await asyncio.to_thread(tariffs.propose_version, actor, key, data.version(), data.basis)
    return await asyncio.to_thread(approvals.line, actor, made, caller.locale)


@post("/assignments", status_code=200, opt=ACT, summary="Propose by which plan an account pays")
async def propose_assignment(
    caller: Calling, tariffs: TheTariffs, approvals: TheQueue, data: JSONBody[NewTariffOf]
) -> QueueLine:
    """Another person agrees under /staff/approvals; the counter charges by it from then on."""
    key, actor = caller.key(), caller.actor
    made = await tariffs.propose_assignment(actor, key, data.account, data.plan, data.basis)
    return await asyncio.to_thread(approvals.line, actor, made, caller.locale)


client_router = Router("/", route_handlers=[fees], opt={"who": "client"}, tags=["money"])
router = Router(
    "/staff/tariffs",
    route_handlers=[tariff_board, propose_version, propose_assignment],
    opt={"who": "staff"},
    tags=["staff"],
)
