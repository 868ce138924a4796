"""The cockpit's page."""

from __future__ import annotations

from typing import Any, Final

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.response import Response

from yunquan.cockpit.service.cockpit import Cockpit
from yunquan.kernel.zone import in_market_zone

ROLES: Final = ("risk", "operations", "audit")
WATCH: Final = {"who": "staff", "roles": ROLES}


def clock(at_ms: int) -> str:
    """Time of day in Beijing."""
    return in_market_zone(at_ms).strftime("%H:%M:%S")


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
