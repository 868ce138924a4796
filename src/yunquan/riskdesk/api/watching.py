"""What the risk desk watches besides orders: exposure, credit, operations, and itself: what it left
out, how its rules did. For staff.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import Parameter

from yunquan.cases import Lessons, RuleLesson
from yunquan.credit import CreditOffice
from yunquan.credit.types import CreditBoard
from yunquan.desk import Desk
from yunquan.exposure import ExposureOffice
from yunquan.exposure.types import Exposure, Minute
from yunquan.kernel.clock import to_ms
from yunquan.operations import OperationsOffice
from yunquan.operations.types import OperationsBoard
from yunquan.rulebook.types import RuleVersion
from yunquan.security.types import Session
from yunquan.surveillance import Alerts, LeftOut

SEE: Final = {"who": "staff", "roles": ("risk", "operations", "audit")}
TheExposure = NamedDependency[ExposureOffice]
TheCredit = NamedDependency[CreditOffice]
TheOperations = NamedDependency[OperationsOffice]
Account = Annotated[str, Parameter(max_length=40)]
Rule = Annotated[str, Parameter(max_length=60, description="The rule's code.")]
SINCE_MS: Final = 90 * 86_400_000


@get(
    "/exposure", opt=SEE, summary="What all clients together hold and may lose", sync_to_thread=True
)
def firm_exposure(exposure: TheExposure) -> Exposure | None:
    """As it was measured last, within seconds; null before the first time."""
    return exposure.firm()


@get("/exposure/course", opt=SEE, summary="The last day, by the minute", sync_to_thread=True)
def exposure_course(exposure: TheExposure) -> list[Minute]:
    """Oldest first."""
    return exposure.course()


@get(
    "/accounts/{account:str}/exposure",
    opt=SEE | {"look": "risk_exposure"},
    summary="What one account holds and may lose, now",
)
async def account_exposure(exposure: TheExposure, account: Account) -> Exposure:
    """At the prices of now."""
    view = await exposure.account(account)
    return await asyncio.to_thread(exposure.of_account, view)


@get(
    "/credit",
    opt=SEE | {"look": "risk_credit", "look_at": "*"},
    summary="Credit accounts against their lines, now and after shocks",
    sync_to_thread=True,
)
def credit_board(credit: TheCredit) -> CreditBoard:
    """Ratios in basis points, rounded down."""
    return credit.board()


@get("/operations", opt=SEE, summary="What is wrong with the brokerage now", sync_to_thread=True)
def operations_board(operations: TheOperations, locale: NamedDependency[str]) -> OperationsBoard:
    """What is wrong first."""
    return operations.board(locale)


@get("/skipped", opt=SEE, summary="What surveillance left out", sync_to_thread=True)
def left_out(alerts: NamedDependency[Alerts]) -> LeftOut:
    """Pieces of the stream that it couldn't read, newest first, and how many events in all."""
    return alerts.skipped()


@get(
    "/lessons",
    opt=SEE,
    summary="How rules did, and what could be raised",
    sync_to_thread=True,
)
def rule_lessons(
    lessons: NamedDependency[Lessons], desk: NamedDependency[Desk], locale: NamedDependency[str]
) -> list[RuleLesson]:
    """Of the last 90 days; what could be spared most, first. `change` is null where outcomes ask
    for none.
    """
    return lessons.of_rules(to_ms(desk.clock.now()) - SINCE_MS, locale)


@post(
    "/lessons/{rule:str}/draft",
    status_code=200,
    opt={"who": "staff", "roles": ("risk",)},
    summary="Draft a rule with its line raised",
)
async def draft_lesson(
    lessons: NamedDependency[Lessons],
    desk: NamedDependency[Desk],
    session: NamedDependency[Session],
    rule: Rule,
) -> RuleVersion:
    """Publishing it takes two people at the desk of rules. 409 where outcomes ask for no change."""
    since_ms = to_ms(desk.clock.now()) - SINCE_MS
    return await asyncio.to_thread(lessons.draft, session.actor, rule, since_ms)


router = Router(
    "/api/v1/staff",
    route_handlers=[
        firm_exposure,
        exposure_course,
        account_exposure,
        credit_board,
        operations_board,
        left_out,
        rule_lessons,
        draft_lesson,
    ],
    tags=["staff"],
)
