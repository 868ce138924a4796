"""What is in force at all accounts with its basis, and who must agree to what."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Final

from litestar import get
from litestar.params import FromQuery
from litestar.response import Response

from yunquan.workbench.pages.case import moment
from yunquan.workbench.pages.parts import Locale, Templates, TheDesk

STAFF: Final = {"who": "staff"}


@get("/restrictions", opt=STAFF)
async def restrictions_page(
    desk: TheDesk, locale: Locale, templates: Templates, after: FromQuery[str] = ""
) -> Response[str]:
    """A page of them, and the table."""
    load = partial(desk.restrictions.board, locale, after=after[:60])
    return templates.page(
        "workbench/restrictions.html",
        board=await asyncio.to_thread(load),
        market=desk.market_status(),
        moment=moment,
        after=after,
    )


handlers = [restrictions_page]
