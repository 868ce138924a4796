"""Where applicants stop, and how long each step takes them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, Final

from litestar import Request, get
from litestar.response import Response

from yunquan.acceptance.pages.parts import SEE, Templates, TheDesk, TheOnboarding
from yunquan.kernel.clock import to_ms
from yunquan.kernel.zone import MARKET_ZONE

# Days looked back, today included.
SINCE: Final = {"today": 1, "week": 7, "month": 30}


@get("/staff/funnel", opt=SEE)
async def funnel_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    onboarding: TheOnboarding,
    templates: Templates,
) -> Response[str]:
    """A row a step, of applications begun since a day, by channel and device."""
    given = request.query_params
    since = given.get("since", "")
    since = since if since in SINCE else "week"
    channel, device = given.get("channel", "")[:40], given.get("device", "")[:40]
    midnight = desk.clock.now().astimezone(MARKET_ZONE).replace(hour=0, minute=0, second=0)
    since_ms = to_ms(midnight.replace(microsecond=0) - timedelta(days=SINCE[since] - 1))

    def load() -> tuple[Any, Any]:
        with onboarding.parts.database.read() as tx:
            rows = onboarding.funnel(tx, since_ms, channel, device)
            return rows, onboarding.kinds_since(tx, since_ms)

    rows, (channels, devices) = await asyncio.to_thread(load)
    return templates.page(
        "acceptance/funnel.html",
        rows=rows,
        most=max((row.began for row in rows), default=0),
        since=since,
        sinces=tuple(SINCE),
        channel=channel,
        device=device,
        channels=channels,
        devices=devices,
        market=desk.market_status(),
    )


handlers = [funnel_page]
