"""The pages of staff as one Litestar router."""

from __future__ import annotations

from litestar import Router

from yunquan.workbench.pages import (
    act,
    actions,
    case,
    conditions,
    dayend,
    entrance,
    evidence,
    rulebook,
    switches,
    transfers,
)

__all__ = ["router"]

router = Router(
    "/staff",
    route_handlers=[
        *entrance.handlers,
        *case.handlers,
        *act.handlers,
        *conditions.handlers,
        *rulebook.handlers,
        *switches.handlers,
        *transfers.handlers,
        *evidence.handlers,
        *dayend.handlers,
        *actions.handlers,
    ],
    include_in_schema=False,
)
