"""What the client owns, and money in and out."""

from __future__ import annotations

import secrets
from typing import Any, Final

from litestar import get
from litestar.response import Response

from yunquan.desk import Desk
from yunquan.investor.pages.figures import moment
from yunquan.kernel.errors import Unavailable

CLIENT: Final = {"who": "client"}


@get("/assets", opt=CLIENT)
async def assets_page(
    desk: Desk, accounts: tuple[str, ...], locale: str, templates: Any, part: str = ""
) -> Response[str]:
    """Total, cash by kind, positions."""
    try:
        assets = await desk.assets(accounts[0], locale)
    except Unavailable:
        assets = None
    shown: dict[str, Any] = {"here": "assets", "account": accounts[0], "assets": assets}
    shown["market"] = desk.market_status()
    return templates.page("investor/assets.html", "owned" if part == "owned" else "", **shown)


@get("/transfer", opt=CLIENT)
async def transfer_page(
    desk: Desk, accounts: tuple[str, ...], locale: str, templates: Any, part: str = "", direction: str = "in"
) -> Response[str]:
    """The form and where each transfer stands."""
    shown: dict[str, Any] = {"here": "assets", "account": accounts[0], "moment": moment}
    shown |= {"transfers": [], "moved": None, "failed": ""}
    if part != "listed":
        shown |= {"assets": await desk.assets(accounts[0], locale), "market": desk.market_status()}
        shown |= {"key": secrets.token_hex(12), "direction": "out" if direction == "out" else "in"}
    return templates.page("investor/transfer.html", "listed" if part == "listed" else "", **shown)


handlers = [assets_page, transfer_page]
