"""Facts of the market worth the audit trail."""

from __future__ import annotations

import msgspec


class CalendarDaysRecorded(
    msgspec.Struct, frozen=True, array_like=True, tag="market.calendar_days_recorded@1"
):
    """Kinds of days became known or were changed. days: (day, kind) of those that are new."""

    source: str
    days: tuple[tuple[str, str], ...]
    by: str


TYPES = (CalendarDaysRecorded,)
