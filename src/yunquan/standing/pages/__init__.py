"""The pages as one router: each handler parses, asks the offices, fills a template."""

from __future__ import annotations

from litestar import Router

from yunquan.standing.pages import confirm, letters, permissions, suitability

__all__ = ["router"]

router = Router(
    "/",
    route_handlers=[
        *suitability.handlers,
        *permissions.handlers,
        confirm.router,
        *letters.handlers,
    ],
    include_in_schema=False,
)
