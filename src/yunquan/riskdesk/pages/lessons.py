"""What outcomes say about rules: how often each was right, and a line that could be raised."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from yunquan.kernel.errors import YunquanError
from yunquan.riskdesk.pages import forms
from yunquan.riskdesk.pages.parts import ACT, SEE, Here, TheHere
from yunquan.riskdesk.pages.watch import now_ms
from yunquan.surveillance import number_line

PAGE: Final = "riskdesk/lessons.html"
SINCE_MS: Final = 90 * 86_400_000
LONGEST_RULE: Final = 60


@get("/staff/watch/lessons", opt=SEE)
async def lessons_page(here: TheHere) -> Response[str]:
    """Precision by rule, and proposals."""
    fresh = forms.empty(here)
    return here.templates.page(PAGE, **await asyncio.to_thread(lesson_facts, here, fresh))


def lesson_facts(here: Here, filled: forms.Forms) -> dict[str, Any]:
    """Everything the page shows."""

    def name(code: str) -> str:
        told = number_line(code, 0.0, here.locale)
        return told.name if told else code

    return {
        "lessons": here.lessons.of_rules(now_ms(here) - SINCE_MS, here.locale),
        "name_of": name,
        "may_act": here.may_act,
        "forms": filled,
        "market": here.desk.market_status(),
    }


@post("/staff/watch/lessons/{rule:str}", opt=ACT, status_code=200)
async def draft_line(here: TheHere, rule: FromPath[str]) -> Response[Any]:
    """A draft of the rule with the line raised; from there on it is the desk of rules' business."""
    since_ms, rule = now_ms(here) - SINCE_MS, rule[:LONGEST_RULE]
    try:
        await asyncio.to_thread(here.lessons.draft, here.session.actor, rule, since_ms)
    except YunquanError as error:
        refused = forms.refused(here, rule, error, {})
        shown = await asyncio.to_thread(lesson_facts, here, refused)
        return here.templates.page(PAGE, status=error.status, **shown)
    return Redirect(f"/staff/watch/rules/{rule}", status_code=303)


handlers = [lessons_page, draft_line]
