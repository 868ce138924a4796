"""What clients are exposed to: all together, and one account."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from yunquan.exposure import ExposureOffice, all_scenarios
from yunquan.exposure.types import Exposure, Minute
from yunquan.riskdesk.pages.figures import line, percent, yuan
from yunquan.riskdesk.pages.parts import LONGEST_ID, SEE, Here, TheHere, second
from yunquan.thresholds import line_text, standing_of, watches_of

PATH: Final = "/staff/watch/exposure"
PAGE: Final = "riskdesk/exposure.html"
ROOM: Final = "exposure"
TheExposure = NamedDependency[ExposureOffice]


@get(PATH, opt=SEE)
async def exposure_page(here: TheHere, exposure: TheExposure) -> Response[str]:
    """Everything clients hold; ?part=figures is the part that changes."""
    told = await asyncio.to_thread(exposure.firm)
    course = await asyncio.to_thread(exposure.course)
    shown = await asyncio.to_thread(_facts, here, told, course)
    part = here.request.query_params.get("part", "")
    return here.templates.page(PAGE, "figures" if part == "figures" else "", **shown)


@get(PATH + "/{account:str}", opt=SEE | {"look": "risk_exposure"})
async def account_exposure_page(
    here: TheHere, exposure: TheExposure, account: FromPath[str]
) -> Response[str]:
    """One account at the prices of now. Raises NotFound account.unknown."""
    view = await exposure.account(account[:LONGEST_ID])
    told = await asyncio.to_thread(exposure.of_account, view)
    shown = await asyncio.to_thread(_facts, here, told, [])
    part = here.request.query_params.get("part", "")
    return here.templates.page(PAGE, "figures" if part == "figures" else "", **shown)


def _facts(here: Here, told: Exposure | None, course: Sequence[Minute]) -> dict[str, Any]:
    english = here.locale == "en"
    with here.desk.database.read() as tx:
        today = tx.today()
        standing = standing_of(tx, ROOM, here.locale)
    whose = told.whose if told else ""
    scenarios = {one.code: one for one in all_scenarios()}
    risks = [one.var_fen for one in course if one.var_fen is not None]
    return {
        "seen": told,
        "path": f"{PATH}/{whose}" if whose else PATH,
        "standing": [one for one in standing if not whose or one.standing.account == whose],
        "scenarios": scenarios,
        "limits": [(one, line_text(one)) for one in watches_of(today, ROOM)],
        "value_line": line([one.value_fen for one in course]),
        "risk_line": line(risks),
        "course": course,
        "english": english,
        "called": lambda symbol: here.desk.name(symbol, here.locale),
        "yuan": yuan,
        "percent": percent,
        "second": second,
        "market": here.desk.market_status(),
    }


handlers = [exposure_page, account_exposure_page]
