"""Corporate actions of what the client holds: to come, past, and the tax on them."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Response

from yunquan.actions import CorporateActions, load_tax_rates
from yunquan.investor.pages.parts import (
    Accounts,
    Locale,
    Templates,
    TheDesk,
    notice_facts,
    shell_facts,
)
from yunquan.kernel.errors import Unavailable

CLIENT: Final = {"who": "client"}
LONGEST_PLACE: Final = 60


@get("/actions", opt=CLIENT)
async def actions_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    corporate: NamedDependency[CorporateActions],
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
    before: FromQuery[str] = "",
) -> Response[str]:
    """The page; while the counter is away it says so."""
    shown: dict[str, Any] = {"own": None, "assets": None, "market": desk.market_status()}
    try:
        shown |= await shell_facts(desk, accounts[0], locale)
        shown["own"] = await corporate.own(accounts[0], locale, before[:LONGEST_PLACE])
    except Unavailable:
        shown |= await notice_facts(desk, accounts[0], locale, "")
    shown |= {"here": "assets", "older": bool(before), "tax": load_tax_rates()[-1]}
    return templates.page("investor/actions.html", "", **shown)


handlers = [actions_page]
