"""The cockpit of risk: cases against their clocks, most urgent first, the stream of alerts, what
stands out among accounts and instruments; now, or as it was at any past minute.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any, Final

from litestar import get
from litestar.response import Response

from yunquan.cases.types import Case, CaseState
from yunquan.heat.types import HeatPicture
from yunquan.kernel.clock import to_ms
from yunquan.kernel.errors import Invalid
from yunquan.kernel.zone import MARKET_ZONE, in_market_zone
from yunquan.riskdesk.pages.heat import heat_level, heat_value, large_fen
from yunquan.riskdesk.pages.parts import SEE, Here, TheHere, second

PAGE: Final = "riskdesk/watch.html"
GRADES: Final = (4, 3, 2)
ALERTS: Final = 60
WAITING: Final = (CaseState.OPEN, CaseState.IN_HAND)
PARTS: Final = ("board", "heat")
STEPS: Final = (-10, -1, 1, 10)
MINUTE_MS: Final = 60_000
# A picture older than that says nothing of the minute that is asked for.
HEAT_HOLDS_MS: Final = 10 * MINUTE_MS


@get("/staff/watch", opt=SEE)
async def watch_page(here: TheHere) -> Response[str]:
    """Everything that waits; ?part=board or heat is a part that changes."""
    part = here.request.query_params.get("part", "")
    shown = await asyncio.to_thread(board_facts, here)
    return here.templates.page(PAGE, part if part in PARTS else "", **shown)


@get("/staff/watch/replay", opt=SEE)
async def replay_page(here: TheHere) -> Response[str]:
    """The page as it was at a minute: ?day=2026-11-26&at=09:25. Raises Invalid riskdesk.minute."""
    given = here.request.query_params
    at_ms = minute_asked(given.get("day", ""), given.get("at", ""), now_ms(here))
    return here.templates.page(PAGE, **await asyncio.to_thread(replay_facts, here, at_ms))


def now_ms(here: Here) -> int:
    """Now by the house's clock."""
    return to_ms(here.desk.clock.now())


def minute_asked(day: str, at: str, latest_ms: int) -> int:
    """The last moment of a minute in Beijing, never beyond now."""
    try:
        begin = datetime.strptime(f"{day} {at[:5]}", "%Y-%m-%d %H:%M").replace(tzinfo=MARKET_ZONE)
    except ValueError:
        raise Invalid("riskdesk.minute") from None
    return min(to_ms(begin) + MINUTE_MS - 1, latest_ms)


def least_grade(here: Here) -> int:
    """The lowest grade that is asked for."""
    asked = here.request.query_params.get("grade", "")
    return int(asked) if asked in ("1", "2", "3", "4") else 1


def board_facts(here: Here) -> dict[str, Any]:
    """The page as it is now."""
    now, grade = now_ms(here), least_grade(here)
    counts = here.cases.counts()
    open_by_grade = [
        (n, sum(many for (state, g), many in counts.items() if g == n and state in WAITING))
        for n in GRADES
    ]
    alerts = here.alerts.recent(here.locale, limit=ALERTS, least_grade=grade)
    shown = _shown(here, here.cases.board(), here.heat.now(), now)
    return shown | {
        "open_by_grade": open_by_grade,
        "alerts": alerts,
        "skipped": here.alerts.skipped(),
        "least_grade": grade,
        "replay": None,
    }


def replay_facts(here: Here, at_ms: int) -> dict[str, Any]:
    """The page as it was."""
    grade, heat = least_grade(here), here.heat.at(at_ms)
    if heat and at_ms - heat.minute_ms > HEAT_HOLDS_MS:
        heat = None
    cases = here.cases.board_at(at_ms)
    alerts = here.alerts.recent(here.locale, limit=ALERTS, least_grade=grade, known_by_ms=at_ms)
    open_by_grade = [
        (n, sum(one.grade == n and one.state in WAITING for one in cases)) for n in GRADES
    ]
    shown = _shown(here, cases, heat, at_ms)
    return shown | {
        "open_by_grade": open_by_grade,
        "alerts": alerts,
        "skipped": None,
        "least_grade": grade,
        "replay": _replay(at_ms),
    }


def _replay(at_ms: int) -> dict[str, Any]:
    """Which minute it is, and the way to those around it."""

    def url(minutes: int) -> str:
        at = in_market_zone(at_ms) + timedelta(minutes=minutes)
        return f"/staff/watch/replay?day={at:%Y-%m-%d}&at={at:%H:%M}"

    at = in_market_zone(at_ms)
    return {
        "at": f"{at:%Y-%m-%d %H:%M}",
        "steps": [(minutes, url(minutes)) for minutes in STEPS],
        "url": f"{url(0)}&",
    }


def _shown(here: Here, cases: list[Case], heat: HeatPicture | None, at_ms: int) -> dict[str, Any]:
    at = in_market_zone(at_ms)
    return {
        "people": [one for one in cases if one.state is not CaseState.AUTOMATIC],
        "automatic": [one for one in cases if one.state is CaseState.AUTOMATIC],
        "heat": heat,
        "now_ms": at_ms,
        "names": here.names(),
        "second": second,
        "minute": lambda ms: in_market_zone(ms).strftime("%H:%M"),
        "heat_level": heat_level,
        "heat_value": lambda cell: heat_value(cell, here.locale),
        "large_fen": lambda fen: large_fen(fen, here.locale),
        "name_of": lambda symbol: here.desk.name(symbol, here.locale),
        "asked_day": f"{at:%Y-%m-%d}",
        "asked_at": f"{at:%H:%M}",
        "today": in_market_zone(now_ms(here)).date().isoformat(),
        "market": here.desk.market_status(),
    }


handlers = [watch_page, replay_page]
