"""What the risk desk watches besides orders: exposure, credit, operations. For staff."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import Parameter

from yunquan.credit import CreditOffice
from yunquan.credit.types import CreditBoard
from yunquan.exposure import ExposureOffice
from yunquan.exposure.types import Exposure, Minute
from yunquan.operations import OperationsOffice
from yunquan.operations.types import OperationsBoard

SEE: Final = {"who": "staff", "roles": ("risk", "operations", "audit")}
TheExposure = NamedDependency[ExposureOffice]
TheCredit = NamedDependency[CreditOffice]
TheOperations = NamedDependency[OperationsOffice]
Account = Annotated[str, Parameter(max_length=40)]


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


router = Router(
    "/api/v1/staff",
    route_handlers=[
        firm_exposure,
        exposure_course,
        account_exposure,
        credit_board,
        operations_board,
    ],
    tags=["staff"],
)
