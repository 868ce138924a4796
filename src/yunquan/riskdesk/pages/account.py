"""An account's day: what it did, in one line of time, and what is known about it."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any, Final

from litestar import get
from litestar.params import FromPath
from litestar.response import Response

from yunquan.dossier.types import AccountDay, Strand
from yunquan.kernel.zone import day_of, in_market_zone
from yunquan.riskdesk.pages.parts import LONGEST_ID, SEE, Here, TheHere, second
from yunquan.riskdesk.pages.watch import now_ms

PATH: Final = "/staff/watch/accounts/{account:str}"
# Alerts whose moment can be chosen for the book.
MOMENTS: Final = 40


@get(PATH, opt=SEE | {"look": "risk_account"})
async def account_page(here: TheHere, account: FromPath[str]) -> Response[str]:
    """Raises NotFound account.unknown, Invalid dossier.day."""
    day = here.request.query_params.get("day", "")[:20]
    shown = await asyncio.to_thread(account_facts, here, account[:LONGEST_ID], day)
    return here.templates.page("riskdesk/account.html", **shown)


def clock(at_ms: int) -> str:
    """Time of day in Beijing with milliseconds: order matters among what happens in a second."""
    return in_market_zone(at_ms).strftime("%H:%M:%S.") + f"{at_ms % 1000:03d}"


def account_facts(here: Here, account: str, day: str) -> dict[str, Any]:
    """Everything the page shows."""
    now = now_ms(here)
    shown = here.dossier.day(account, day or day_of(now), here.locale)
    on = date.fromisoformat(shown.day)
    return {
        "shown": shown,
        "links": here.dossier.links(account, here.locale),
        "record": here.dossier.record(account, "", now, here.locale),
        "standing": here.desk.restrictions.of_account(account, here.locale),
        "moments": moments_of(shown),
        "around_ms": 0,
        "clock": clock,
        "second": second,
        "day_before": (on - timedelta(days=1)).isoformat(),
        "day_after": (on + timedelta(days=1)).isoformat(),
        "today": day_of(now),
        "market": here.desk.market_status(),
    }


def moments_of(shown: AccountDay) -> list[dict[str, Any]]:
    """Moments of a day at which the book of an instrument can be looked at: its alerts, else its
    last orders.
    """
    found = [one for one in shown.entries if one.symbol and one.strand is Strand.ALERT]
    found = found or [one for one in shown.entries if one.symbol]
    return [
        {
            "account": shown.account,
            "symbol": one.symbol,
            "at_ms": one.at_ms,
            "title": f"{clock(one.at_ms)} {one.symbol} {one.title}",
        }
        for one in reversed(found[-MOMENTS:])
    ]


handlers = [account_page]
