"""What the shell hands to a page."""

from __future__ import annotations

from typing import Any, Final

from litestar.di import NamedDependency

from yunquan.desk import Desk
from yunquan.kernel.zone import in_market_zone, minute_of
from yunquan.security.types import Session
from yunquan.suitability import Permissions, Suitability

CLIENT: Final = {"who": "client"}

TheDesk = NamedDependency[Desk]
TheSuitability = NamedDependency[Suitability]
ThePermissions = NamedDependency[Permissions]
Member = NamedDependency[Session]
Accounts = NamedDependency[tuple[str, ...]]
Locale = NamedDependency[str]
Templates = NamedDependency[Any]


def clock(at_ms: int) -> str:
    """Time of day in Beijing."""
    return in_market_zone(at_ms).strftime("%H:%M")


async def shell_facts(desk: Desk, account: str, locale: str) -> dict[str, Any]:
    """What surrounds every page of a client: money, the market's clock, notices."""
    view = desk.quotes.view()
    return {
        "here": "me",
        "moment": minute_of,
        "clock": clock,
        "account": account,
        "assets": await desk.assets(account, locale),
        "market": view.status,
        "told": view.notice,
        "notices": await desk.notices(account, locale, ""),
        "notices_of": "",
    }
