"""The queue of applications: the most urgent first, each with its clock."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar import Request, get
from litestar.response import Response

from yunquan.acceptance.pages.parts import (
    SEE,
    Member,
    Templates,
    TheDesk,
    TheOnboarding,
    place_of,
    staff_names,
)
from yunquan.kernel.clock import to_ms
from yunquan.kernel.zone import minute_of
from yunquan.onboarding import Onboarding
from yunquan.onboarding.types import State

# In the order shown: what waits for a person first.
STATES: Final = tuple(
    state.value
    for state in (
        State.REVIEW,
        State.OPENING,
        State.FILLING,
        State.OPENED,
        State.ACTIVE,
        State.REFUSED,
        State.WITHDRAWN,
        State.LAPSED,
    )
)
# Only these are somebody's promise to the applicant.
TIMED: Final = frozenset({State.REVIEW.value, State.OPENING.value})


@get("/staff/openings", opt=SEE)
async def openings_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    onboarding: TheOnboarding,
    session: Member,
    templates: Templates,
) -> Response[str]:
    """A page of those in one state."""
    given = request.query_params
    state = given.get("state", "")
    state = state if state in STATES else STATES[0]
    after = place_of(given.get("after", ""))
    page = await asyncio.to_thread(onboarding.reviewing.queue, state, after)
    counts = await asyncio.to_thread(onboarding.reviewing.counts)
    return templates.page(
        "acceptance/openings.html",
        block="queue",
        page=page,
        state=state,
        after=after,
        counts=counts,
        states=STATES,
        timed=state in TIMED,
        odd=await asyncio.to_thread(count_odd, onboarding),
        me=session.actor,
        staff=await asyncio.to_thread(staff_names, onboarding.parts.database),
        now_ms=to_ms(desk.clock.now()),
        moment=minute_of,
        market=desk.market_status(),
    )


def count_odd(onboarding: Onboarding) -> int:
    """How many of the depository's answers wait for staff."""
    with onboarding.parts.database.read() as tx:
        return onboarding.parts.depository.count_odd(tx)


handlers = [openings_page]
