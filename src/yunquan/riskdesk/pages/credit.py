"""Credit accounts against their lines, now and after shocks."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar import get
from litestar.di import NamedDependency
from litestar.response import Response

from yunquan.credit import CreditOffice
from yunquan.credit.rules.lines import all_lines
from yunquan.credit.rules.measure import band_of
from yunquan.credit.types import CreditBoard
from yunquan.exposure import all_scenarios
from yunquan.kernel.errors import Unavailable
from yunquan.riskdesk.pages.figures import percent, yuan
from yunquan.riskdesk.pages.parts import SEE, Here, TheHere, second
from yunquan.thresholds import standing_of

PATH: Final = "/staff/watch/credit"
PAGE: Final = "riskdesk/credit.html"
ROOM: Final = "credit"
# The worst first.
BANDS: Final = ("close_out", "warning", "attention", "normal", "withdrawable", "no_debt")
LONGEST_LIST: Final = 20
MINUTES: Final = 60
TheCredit = NamedDependency[CreditOffice]


@get(PATH, opt=SEE | {"look": "risk_credit", "look_at": "*"})
async def credit_page(here: TheHere, credit: TheCredit) -> Response[str]:
    """Every credit account, lowest ratio first; ?part=figures is the part that changes, ?band= one
    band.
    """
    try:
        board = await asyncio.to_thread(credit.board)
    except Unavailable:
        board = None
    shown = await asyncio.to_thread(_facts, here, board)
    part = here.request.query_params.get("part", "")
    return here.templates.page(PAGE, "figures" if part == "figures" else "", **shown)


def _facts(here: Here, board: CreditBoard | None) -> dict[str, Any]:
    asked = here.request.query_params.get("band", "")
    asked = asked if asked in BANDS else ""
    accounts = [
        (band, one)
        for one in (board.accounts if board else ())
        if not asked or band_of(one) == asked
        for band in (band_of(one),)
    ]
    accounts.sort(key=lambda pair: (pair[1].ratio_bp is None, pair[1].ratio_bp or 0))
    with here.desk.database.read() as tx:
        standing = standing_of(tx, ROOM, here.locale)
    return {
        "board": board,
        "accounts": accounts[:LONGEST_LIST],
        "more": max(len(accounts) - LONGEST_LIST, 0),
        "bands": BANDS,
        "band": asked,
        "standing": [one for one in standing if one.standing.name != "line"],
        "scenarios": {one.code: one for one in all_scenarios()},
        "lines": all_lines(),
        "line_text": line_value,
        "english": here.locale == "en",
        "called": lambda symbol: here.desk.name(symbol, here.locale),
        "yuan": yuan,
        "percent": percent,
        "second": second,
        "market": here.desk.market_status(),
    }


def line_value(value: int, unit: str) -> str:
    """A dated number of credit with its unit."""
    if unit == "bp":
        return percent(value)
    if unit == "minute":
        return f"{value // MINUTES:02d}:{value % MINUTES:02d}"
    return str(value)


handlers = [credit_page]
