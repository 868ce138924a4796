"""Whom a visitor of a demonstration may play."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar import get
from litestar.response import Response

from yunquan.kernel.errors import NotFound
from yunquan.opening.pages.parts import ANYONE, AnyRequest, Templates, TheStage

COUNT: Final = 12
FARTHEST: Final = 100_000


@get("/open/sample", opt=ANYONE)
async def sample_page(request: AnyRequest, templates: Templates, stage: TheStage) -> Response[Any]:
    """Some people of the simulated world. Raises NotFound outside a demonstration."""
    if not stage.is_open:
        raise NotFound("request.no_such_page")
    asked = str(request.query_params.get("from", "0"))
    first = min(int(asked), FARTHEST) if asked.isascii() and asked.isdigit() else 0
    people = await asyncio.to_thread(stage.people, first, COUNT)
    return templates.page(
        "opening/sample.html", people=people, first=first, following=first + COUNT
    )


handlers = [sample_page]
