"""The pages of staff as one Litestar router."""

from __future__ import annotations

from litestar import Router

from yunquan.workbench.pages import act, case, entrance, evidence, roles, rulebook, switches

__all__ = ["router"]

router = Router(
    "/staff",
    route_handlers=[
        *entrance.handlers,
        *case.handlers,
        *act.handlers,
        *roles.handlers,
        *rulebook.handlers,
        *switches.handlers,
        *evidence.handlers,
    ],
    include_in_schema=False,
)
