"""The client's pages as one router: each handler parses, asks the desk, fills a template."""

from __future__ import annotations

from litestar import Router

from yunquan.investor.pages import (
    actions,
    banks,
    cash,
    complaints,
    conditions,
    entrance,
    fees,
    glance,
    install,
    lists,
    market,
    messages,
    money,
    orders,
    settings,
    statements,
)

__all__ = ["router"]

router = Router(
    "/",
    route_handlers=[
        *entrance.handlers,
        *market.handlers,
        *glance.handlers,
        *orders.handlers,
        *conditions.handlers,
        *money.handlers,
        *banks.handlers,
        *cash.handlers,
        *settings.handlers,
        *lists.handlers,
        *install.handlers,
        *messages.handlers,
        *fees.handlers,
        *statements.handlers,
        *actions.handlers,
        *complaints.handlers,
    ],
    include_in_schema=False,
)
