"""Day ends: every run with its steps, what was proved, and what the firm owes."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar import Request, get
from litestar.params import FromQuery
from litestar.response import Response

from yunquan.clearing import load_obligations, load_runs
from yunquan.clearing.types import Obligation, Run, Step
from yunquan.desk import Desk
from yunquan.kernel.money import fen_to_text
from yunquan.workbench.pages.case import moment
from yunquan.workbench.pages.parts import Templates, TheDesk

STAFF: Final = {"who": "staff"}
LONGEST_LIST: Final = 30
PARTS: Final = {"runs"}
# Totals in CNY, in the order in which they make the closing balance out of the opening one.
SHOWN: Final = (
    "opening",
    "deposits",
    "withdrawals",
    "bought",
    "sold",
    "commission",
    "stamp",
    "transfer",
    "dividends",
    "dividend_tax",
    "other",
    "closing",
    "value",
)


@get("/dayend", opt=STAFF)
async def dayend_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    templates: Templates,
    day: FromQuery[str] = "",
) -> Response[str]:
    """The newest runs, and one of them in full."""
    runs, chosen, owed = await asyncio.to_thread(look_up, desk, day[:10])
    proved = (
        next((one.detail for one in chosen.steps if one.step is Step.PROVE), {}) if chosen else {}
    )
    part = request.query_params.get("part", "")
    shown = {
        "runs": runs,
        "chosen": chosen,
        "owed": owed,
        "proved": proved,
        "shown_totals": [name for name in SHOWN if name in proved],
        "market": desk.market_status(),
        "moment": moment,
        "cny": fen_to_text,
        "asked_day": day[:10],
    }
    return templates.page("workbench/dayend.html", part if part in PARTS else "", **shown)


def look_up(desk: Desk, day: str) -> tuple[list[Run], Run | None, list[Obligation]]:
    """Runs, the one asked for or else the newest, and what the firm owes of it."""
    with desk.database.read() as tx:
        runs = load_runs(tx, LONGEST_LIST)
        chosen = next((run for run in runs if run.day == day), runs[0] if runs else None)
        return runs, chosen, load_obligations(tx, chosen.day) if chosen else []


handlers = [dayend_page]
