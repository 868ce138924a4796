"""The pages as one router."""

from __future__ import annotations

from litestar import Router
from litestar.di import Provide

from yunquan.riskdesk.pages import (
    account,
    backtests,
    case,
    credit,
    draft,
    exposure,
    lessons,
    operations,
    rule,
    rules,
    watch,
)
from yunquan.riskdesk.pages.parts import make_here

__all__ = ["router"]

router = Router(
    "/",
    route_handlers=[
        *watch.handlers,
        *rules.handlers,
        *rule.handlers,
        *draft.handlers,
        *backtests.handlers,
        *exposure.handlers,
        *credit.handlers,
        *operations.handlers,
        *account.handlers,
        *lessons.handlers,
        *case.handlers,
    ],
    dependencies={"here": Provide(make_here, sync_to_thread=False)},
    include_in_schema=False,
)
