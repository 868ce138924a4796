"""The cockpit for programs of staff."""

from __future__ import annotations

from typing import Final

from litestar import Router, get
from litestar.di import NamedDependency

from yunquan.cockpit.service.cockpit import Cockpit
from yunquan.cockpit.types import Board

WATCH: Final = {"who": "staff", "roles": ("risk", "operations", "audit")}


@get("/cockpit", opt=WATCH, summary="Every tile of the cockpit")
async def cockpit_board(cockpit: NamedDependency[Cockpit], locale: NamedDependency[str]) -> Board:
    """Figures as the page shows them, against their thresholds, with their trends."""
    return await cockpit.board(locale)


router = Router("/api/v1", route_handlers=[cockpit_board], tags=["staff"])
