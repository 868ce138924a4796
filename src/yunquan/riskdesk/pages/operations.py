"""What is wrong with the brokerage itself, since when, and where it is mended."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar import get
from litestar.di import NamedDependency
from litestar.response import Response

from yunquan.kernel.clock import to_ms
from yunquan.operations import OperationsOffice
from yunquan.riskdesk.pages.parts import SEE, Here, TheHere, second

PATH: Final = "/staff/watch/operations"
PAGE: Final = "riskdesk/operations.html"
# A measurement that is older says nothing of now.
FRESH_MS: Final = 15_000
TheOperations = NamedDependency[OperationsOffice]


@get(PATH, opt=SEE)
async def operations_page(here: TheHere, operations: TheOperations) -> Response[str]:
    """What is wrong first; ?part=figures is the part that changes."""
    shown = await asyncio.to_thread(_facts, here, operations)
    part = here.request.query_params.get("part", "")
    return here.templates.page(PAGE, "figures" if part == "figures" else "", **shown)


def _facts(here: Here, operations: OperationsOffice) -> dict[str, Any]:
    board, now_ms = operations.board(here.locale), to_ms(here.desk.clock.now())
    return {
        "board": board,
        "stale": now_ms - board.at_ms > FRESH_MS,
        "lasted": lambda since_ms: lasted(now_ms - since_ms),
        "names": here.names(),
        "second": second,
        "market": here.desk.market_status(),
    }


def lasted(ms: int) -> tuple[int, int]:
    """Whole minutes and seconds of a span."""
    return max(ms, 0) // 60_000, max(ms, 0) // 1_000 % 60


handlers = [operations_page]
