"""The cockpit's page."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any, Final

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.response import Response

from yunquan.cockpit.service.cockpit import Cockpit
from yunquan.kernel.clock import from_ms

ROLES: Final = ("risk", "operations", "audit")
WATCH: Final = {"who": "staff", "roles": ROLES}
# The exchanges' time, all over China, without summer time since 1992.
_BEIJING: Final = timezone(timedelta(hours=8))


def clock(at_ms: int) -> str:
    """Time of day in Beijing."""
    return from_ms(at_ms).astimezone(_BEIJING).strftime("%H:%M:%S")


@get("/", opt=WATCH)
async def cockpit_page(
    cockpit: NamedDependency[Cockpit],
    locale: NamedDependency[str],
    templates: NamedDependency[Any],
) -> Response[str]:
    """Every tile."""
    return templates.page(
        "cockpit/cockpit.html",
        board=await cockpit.board(locale),
        market=cockpit.desk.market_status(),
        clock=clock,
    )


router = Router("/cockpit", route_handlers=[cockpit_page], include_in_schema=False)
