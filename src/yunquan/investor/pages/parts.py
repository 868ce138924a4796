"""What the shell hands to a page, and the parts of pages that htmx asks for alone."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.di import NamedDependency

from yunquan.desk import Desk
from yunquan.desk.types import OrderLine
from yunquan.evidence import Evidence
from yunquan.investor.pages.figures import clock
from yunquan.kernel.errors import NotFound
from yunquan.security.types import Session

TheDesk = NamedDependency[Desk]
TheEvidence = NamedDependency[Evidence]
Member = NamedDependency[Session]
Visitor = NamedDependency[Session | None]
Accounts = NamedDependency[tuple[str, ...]]
Locale = NamedDependency[str]
Templates = NamedDependency[Any]
Doors = NamedDependency[Any]


async def shell_facts(desk: Desk, account: str, locale: str, symbol: str = "") -> dict[str, Any]:
    """What surrounds every page: money, the market's clock, notices, ours and the exchange's.
    symbol: the one the page is about.
    """
    view = desk.quotes.view()
    return {
        "assets": await desk.assets(account, locale),
        "market": view.status,
        "told": view.notice,
        **await notice_facts(desk, account, locale, symbol),
    }


async def notice_facts(desk: Desk, account: str, locale: str, symbol: str) -> dict[str, Any]:
    """What the strip of notices needs."""
    notices = await desk.notices(account, locale, symbol)
    return {"account": account, "notices": notices, "notices_of": symbol, "clock": clock}


def own_account(accounts: tuple[str, ...], asked: str) -> str:
    """The account asked for, the main one when none is. Raises NotFound for another's."""
    if asked and asked not in accounts:
        raise NotFound("account.not_yours", account=asked[:40])
    return asked or accounts[0]


def has_page(request: Request[Any, Any, Any], path: str) -> bool:
    """Whether a page is served at this address."""
    return path in {route.path for route in request.app.routes}


def when_sent(desk: Desk, order: OrderLine, locale: str) -> str:
    """When an order that waits goes out, in words."""
    if order.symbol not in desk.quotes.book.instruments:
        return ""
    kinds = desk.instrument(order.symbol, locale).kinds
    return next((kind.when for kind in kinds if kind.kind == order.kind), "")


def asked_part(request: Request[Any, Any, Any], known: frozenset[str]) -> str:
    """The block an htmx request wants; "" for the page, which a part typed as an address is too."""
    part = request.query_params.get("part", "")
    return part if part in known and "hx-request" in request.headers else ""
