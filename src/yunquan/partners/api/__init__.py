"""The routes of /api/v1 and their description. Each parses, calls one verb, presents."""

from litestar import Router
from litestar.di import Provide

from yunquan.partners.api import (
    actions,
    approvals,
    assets,
    audit,
    clients,
    complaints,
    conditions,
    custody,
    dayend,
    evidence,
    inquiry,
    market,
    messages,
    money,
    orders,
    preferences,
    sessions,
    staff,
    statements,
    switches,
    watch,
)
from yunquan.partners.api.caller import provide_caller
from yunquan.partners.api.describe import describe_api, openapi_document

router = Router(
    "/api/v1",
    route_handlers=[
        sessions.router,
        market.router,
        orders.router,
        conditions.router,
        conditions.staff_router,
        assets.router,
        money.router,
        preferences.router,
        clients.router,
        staff.router,
        switches.router,
        statements.router,
        custody.router,
        evidence.router,
        dayend.router,
        messages.router,
        approvals.router,
        approvals.client_router,
        actions.own_router,
        actions.router,
        complaints.own_router,
        complaints.router,
        inquiry.router,
        audit.router,
        watch.router,
    ],
    dependencies={"caller": Provide(provide_caller, sync_to_thread=False)},
)

__all__ = ["describe_api", "openapi_document", "router"]
