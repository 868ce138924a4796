"""What trading costs this client: every fee with what it is and the rule it rests on."""

from __future__ import annotations

from typing import Final

from litestar import get
from litestar.di import NamedDependency
from litestar.response import Response

from yunquan.investor.pages.parts import Accounts, Locale, Templates, TheDesk, shell_facts
from yunquan.tariffs import Tariffs

CLIENT: Final = {"who": "client"}
TheTariffs = NamedDependency[Tariffs]


@get("/fees", opt=CLIENT)
async def fees_page(
    desk: TheDesk, tariffs: TheTariffs, accounts: Accounts, locale: Locale, templates: Templates
) -> Response[str]:
    """As the counter charges it now."""
    sheet = await tariffs.fees(accounts[0], locale)
    shown = await shell_facts(desk, accounts[0], locale)
    return templates.page("investor/fees.html", here="me", sheet=sheet, **shown)


handlers = [fees_page]
