"""Day ends, for staff."""

from __future__ import annotations

import asyncio
from typing import Annotated

from litestar import Router, get
from litestar.params import Parameter

from yunquan.clearing import load_run, load_runs
from yunquan.clearing.types import Run
from yunquan.partners.api.caller import Calling

Limit = Annotated[int, Parameter(ge=1, le=100, description="How many, newest first.")]
Day = Annotated[str, Parameter(max_length=10, description="Trading day, YYYY-MM-DD.")]


@get("/day-ends", summary="Day ends with their steps, newest first")
async def day_ends(caller: Calling, limit: Limit = 30) -> list[Run]:
    """A run is done once its books are proved and it is published."""

    def load() -> list[Run]:
        with caller.desk.database.read() as tx:
            return load_runs(tx, limit)

    return await asyncio.to_thread(load)


@get("/day-ends/{day:str}", summary="One day end")
async def day_end(caller: Calling, day: Day) -> Run:
    """Steps in order, each with when, how often tried, what it did or why it failed."""

    def load() -> Run:
        with caller.desk.database.read() as tx:
            return load_run(tx, day)

    return await asyncio.to_thread(load)


router = Router("/staff", route_handlers=[day_ends, day_end], opt={"who": "staff"}, tags=["staff"])
