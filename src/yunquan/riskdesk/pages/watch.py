"""The board: cases against their clocks, most urgent first, beside the stream of alerts."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar import get
from litestar.response import Response

from yunquan.cases.types import CaseState
from yunquan.kernel.clock import to_ms
from yunquan.riskdesk.pages.parts import SEE, Here, TheHere, second

GRADES: Final = (4, 3, 2)
ALERTS: Final = 60
WAITING: Final = (CaseState.OPEN.value, CaseState.IN_HAND.value)


@get("/staff/watch", opt=SEE)
async def watch_page(here: TheHere) -> Response[str]:
    """Everything that waits; ?part=board is the part that changes."""
    part = here.request.query_params.get("part", "")
    shown = await asyncio.to_thread(board_facts, here)
    return here.templates.page("riskdesk/watch.html", "board" if part == "board" else "", **shown)


def board_facts(here: Here) -> dict[str, Any]:
    """Cases that wait, what the table did, alerts, counts."""
    waiting = here.cases.board()
    counts = here.cases.counts()
    asked = here.request.query_params.get("grade", "")
    grade = int(asked) if asked in ("1", "2", "3", "4") else 1
    return {
        "people": [one for one in waiting if one.state is not CaseState.AUTOMATIC],
        "automatic": [one for one in waiting if one.state is CaseState.AUTOMATIC],
        "open_by_grade": [
            (grade, sum(n for (s, g), n in counts.items() if g == grade and s in WAITING))
            for grade in GRADES
        ],
        "alerts": here.alerts.recent(here.locale, limit=ALERTS, least_grade=grade),
        "skipped": here.alerts.skipped(),
        "least_grade": grade,
        "now_ms": to_ms(here.desk.clock.now()),
        "names": here.names(),
        "second": second,
        "market": here.desk.market_status(),
    }


handlers = [watch_page]
