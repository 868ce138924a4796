"""How long an assessment holds, when it may be made again, and whether it was read. Pure."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from yunquan.suitability.rules.questionnaire import reading_ms
from yunquan.suitability.rules.rows import FirmRows
from yunquan.suitability.types import Assessment, QuestionnaireView, Retake, Trace

TOO_FAST: Final = "too_fast"
UNTIMED: Final = "untimed"
CHANGED_MUCH: Final = "changed_much"
MOST_CHANGED: Final = 3
YEAR_MONTHS: Final = 12


def months_after(day: str, months: int) -> str:
    """The same day so many months later (earlier when negative), or the month's last."""
    begin = date.fromisoformat(day)
    count = begin.year * 12 + begin.month - 1 + months
    year, month = count // 12, count % 12 + 1
    last = calendar.monthrange(year, month)[1]
    return date(year, month, min(begin.day, last)).isoformat()


def valid_until(day: str, firm: FirmRows) -> str:
    """The last day on which an assessment of a day holds."""
    end = date.fromisoformat(months_after(day, firm.term("validity_months", day)))
    return (end - timedelta(days=1)).isoformat()


def holds(one: Assessment | None, day: str) -> bool:
    """Whether it may be relied on."""
    return one is not None and one.day <= day <= one.valid_until


def ends_soon(one: Assessment, day: str, firm: FirmRows) -> bool:
    """Whether its owner is to be told that it ends."""
    begin = date.fromisoformat(one.valid_until) - timedelta(days=firm.term("remind_days", day))
    return begin.isoformat() <= day


def retake_of(made: Sequence[tuple[str, int]], day: str, now_ms: int, firm: FirmRows) -> Retake:
    """Whether the questionnaire may be answered now. made: (day, at_ms) of every assessment of this
    person so far. What was made on a later day, by a clock set back, counts as today's.
    """
    since = months_after(day, -YEAR_MONTHS)
    today = sum(1 for on, _ in made if on >= day)
    year = sum(1 for on, _ in made if on > since)
    left_today = max(firm.term("most_a_day", day) - today, 0)
    left_year = max(firm.term("most_a_year", day) - year, 0)
    last = max((at_ms for _, at_ms in made), default=0)
    wait_ms = last + firm.term("cool_down_s", day) * 1000 - now_ms if made else 0
    if not left_year:
        return Retake("suitability.most_a_year", left_today, left_year)
    if not left_today:
        return Retake("suitability.most_a_day", left_today, left_year)
    if wait_ms > 0:
        wait_s = -(-wait_ms // 1000)
        return Retake("suitability.cooling_down", left_today, left_year, wait_s)
    return Retake("", left_today, left_year)


def warnings_of(view: QuestionnaireView, trace: Trace, firm: FirmRows, day: str) -> tuple[str, ...]:
    """What a reviewer should know of how it was answered. None of it changes the class."""
    found: list[str] = []
    cps = firm.term("reading_zh_cps" if view.locale == "zh_CN" else "reading_en_cps", day)
    if not trace.spent_ms:
        found.append(UNTIMED)
    elif sum(trace.spent_ms.values()) * 2 < reading_ms(view, cps):
        found.append(TOO_FAST)
    unticked = sum(not one.ticked for one in trace.changes)
    if unticked > MOST_CHANGED:
        found.append(CHANGED_MUCH)
    return tuple(found)
