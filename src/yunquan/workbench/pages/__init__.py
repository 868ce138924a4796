"""The pages of staff as one Litestar router."""

from __future__ import annotations

from litestar import Router

from yunquan.workbench.pages import (
    act,
    actions,
    approvals,
    audit,
    case,
    complaints,
    conditions,
    dayend,
    entrance,
    evidence,
    inquiry,
    restrictions,
    roles,
    rulebook,
    switches,
    tariffs,
    transfers,
)

__all__ = ["router"]

router = Router(
    "/staff",
    route_handlers=[
        *entrance.handlers,
        *case.handlers,
        *act.handlers,
        *inquiry.handlers,
        *restrictions.handlers,
        *roles.handlers,
        *conditions.handlers,
        *rulebook.handlers,
        *switches.handlers,
        *transfers.handlers,
        *evidence.handlers,
        *dayend.handlers,
        *approvals.handlers,
        *audit.handlers,
        *tariffs.handlers,
        *actions.handlers,
        *complaints.handlers,
    ],
    include_in_schema=False,
)
