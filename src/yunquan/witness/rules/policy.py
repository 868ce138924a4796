"""The dated policy: who is witnessed which way, hours of duty, numbers, sentences. Pure.

Source: rules reference, section 5 step 6: which way is allowed is the firm's policy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from yunquan.kernel.zone import MARKET_ZONE, in_market_zone
from yunquan.witness.types import (
    Availability,
    Decision,
    FirmWay,
    HoursRow,
    NumberRow,
    PolicyLimits,
    SentenceRow,
    Shift,
    Way,
    WayRow,
    WitnessApplicant,
)

_FOREVER: Final = "9999-12-31"
_CERTAINTIES: Final = frozenset({"V", "KH", "KM", "KL", "F"})
_KINDS: Final = frozenset({"read", "answer", "draw", "step"})
LOCALES: Final = ("zh_CN", "en")
# Longer than any closure of the exchanges.
DAYS_LOOKED_AHEAD: Final = 20
_DAY_MS: Final = 24 * 3600 * 1000
_MINUTES: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class Policy:
    """Every row there is."""

    ways: tuple[WayRow, ...]
    numbers: tuple[NumberRow, ...]
    hours: tuple[HoursRow, ...]
    sentences: tuple[SentenceRow, ...]


def policy_from(table: Mapping[str, Any], script: Mapping[str, Any]) -> Policy:
    """The rows of the parsed tables. Raises ValueError for one that is malformed or overlaps."""
    ways = tuple(
        WayRow(
            entry["about"],
            tuple(map(str, entry.get("values", ()))),
            Way(entry["way"]),
            *_dates(entry),
        )
        for entry in table["way"]
    )
    numbers = tuple(
        NumberRow(entry["name"], int(entry["value"]), *_dates(entry)) for entry in table["number"]
    )
    hours = tuple(
        HoursRow(entry["days"], tuple(map(_span, entry["spans"])), *_dates(entry))
        for entry in table["hours"]
    )
    sentences = tuple(
        SentenceRow(
            entry["code"],
            entry["kind"],
            int(entry["seconds"]),
            {locale: entry[locale] for locale in LOCALES},
            str(entry.get("version", script["version"])),
            *_dates(entry),
        )
        for entry in script["sentence"]
    )
    _check([(row.name, row) for row in numbers])
    _check([(row.days, row) for row in hours])
    _check([(row.code, row) for row in sentences])
    _check([(f"{row.about} {row.values}", row) for row in ways])
    if bad := [row.about for row in ways if row.about not in _ABOUT]:
        raise ValueError(f"way: {bad}")
    if bad := [row.code for row in sentences if row.kind not in _KINDS]:
        raise ValueError(f"sentence: {bad}")
    return Policy(ways, numbers, hours, sentences)


def _dates(entry: Mapping[str, Any]) -> tuple[str, str, str, str]:
    return (
        date.fromisoformat(str(entry["effective_from"])).isoformat(),
        str(entry.get("effective_to", "")),
        str(entry["source"]),
        str(entry["certainty"]),
    )


def spans_of(told: str) -> tuple[tuple[int, int], ...]:
    """ "09:00-12:00,13:00-20:00" in minutes of the day; "" is none. Raises ValueError."""
    return tuple(_span(one) for one in told.split(",") if one.strip())


def with_hours(policy: Policy, spans: tuple[tuple[int, int], ...]) -> Policy:
    """The firm's own hours on every day; none are the table's."""
    if not spans:
        return policy
    return replace(policy, hours=tuple(replace(row, spans=spans) for row in policy.hours))


def _span(told: str) -> tuple[int, int]:
    begin, end = (_minute(part) for part in told.split("-"))
    if not 0 <= begin < end <= _MINUTES:
        raise ValueError(f"hours: {told}")
    return begin, end


def _minute(told: str) -> int:
    hour, minute = told.split(":")
    return int(hour) * 60 + int(minute)


_Row = WayRow | NumberRow | HoursRow | SentenceRow


def _check(rows: list[tuple[str, _Row]]) -> None:
    for name, row in rows:
        if row.certainty not in _CERTAINTIES or not row.source:
            raise ValueError(f"{name}: certainty or source")
        same = [other for key, other in rows if key == name and holds_on(other, row.effective_from)]
        if len(same) != 1:
            raise ValueError(f"{name}: two rows on {row.effective_from}")


def holds_on(row: _Row, day: str) -> bool:
    """Whether a row is in force on a day."""
    return row.effective_from <= day < (row.effective_to or _FOREVER)


# --- which way


def _about_age(row: WayRow, who: WitnessApplicant) -> bool:
    return who.age >= int(row.values[0])


_ABOUT: Final[dict[str, Callable[[WayRow, WitnessApplicant], bool]]] = {
    "always": lambda row, who: True,
    "age_at_least": _about_age,
    "risk_grade": lambda row, who: who.risk_grade in row.values,
    "suitability_class": lambda row, who: who.suitability_class in row.values,
    "face_not_used": lambda row, who: not who.face_used,
}


def decide_way(policy: Policy, who: WitnessApplicant, firm: FirmWay, day: str) -> Decision:
    """The way and why: two-way as soon as one row of the day asks for it. No row: two-way, the
    stricter.
    """
    if firm is FirmWay.ALL_TWO_WAY:
        return Decision(Way.TWO_WAY, ("witness.because.firm",))
    rows = [row for row in policy.ways if holds_on(row, day) and _ABOUT[row.about](row, who)]
    strict = [row for row in rows if row.way is Way.TWO_WAY]
    if not rows:
        return Decision(Way.TWO_WAY, ("witness.because.no_rule",))
    reasons = dict.fromkeys(f"witness.because.{row.about}" for row in strict or rows)
    return Decision(Way.TWO_WAY if strict else Way.ONE_WAY, tuple(reasons))


# --- numbers


def limits_on(policy: Policy, day: str) -> PolicyLimits:
    """The numbers of a day. Raises ValueError where one is missing."""
    found = {row.name: row.value for row in policy.numbers if holds_on(row, day)}
    if missing := [name for name in PolicyLimits.__struct_fields__ if name not in found]:
        raise ValueError(f"no number on {day}: {missing}")
    return PolicyLimits(**{name: found[name] for name in PolicyLimits.__struct_fields__})


# --- hours


def spans_on(policy: Policy, day: str, trades: bool) -> tuple[tuple[int, int], ...]:
    """Hours of two-way witness on a day, in minutes of it."""
    kind = "trading" if trades else "other"
    rows = [row for row in policy.hours if row.days == kind and holds_on(row, day)]
    return rows[0].spans if rows else ()


def open_spans(
    policy: Policy, now_ms: int, trades: Callable[[str], bool]
) -> Iterable[tuple[int, int]]:
    """From the day of now on, (begins, ends) in ms, in order."""
    today = in_market_zone(now_ms).date()
    for ahead in range(DAYS_LOOKED_AHEAD):
        day = today + timedelta(days=ahead)
        midnight = datetime(day.year, day.month, day.day, tzinfo=MARKET_ZONE)
        base = int(midnight.timestamp() * 1000)
        for begin, end in spans_on(policy, day.isoformat(), trades(day.isoformat())):
            yield base + begin * 60_000, base + end * 60_000


def decide_availability(
    policy: Policy,
    now_ms: int,
    trades: Callable[[str], bool],
    on_duty: int,
    shifts: Iterable[Shift],
) -> Availability:
    """Open while it is within the hours and somebody is on duty. Else when it opens next: the first
    moment of a planned shift within the hours; where no shift is planned, of the hours themselves.
    0 when nothing is known.
    """
    coming = (span for span in open_spans(policy, now_ms, trades) if span[1] > now_ms)
    first = next(coming, None)
    within = first is not None and first[0] <= now_ms
    if within and on_duty:
        # Asked again and again by whoever waits: no further day is looked at.
        return Availability("witness.open", on_duty, 0)
    spans = [] if first is None else [first, *coming]
    planned = [
        max(begin, shift.from_ms)
        for shift in shifts
        for begin, end in spans
        if max(begin, shift.from_ms) < min(end, shift.to_ms)
    ]
    # A shift that has begun and brought nobody says nothing of when somebody comes.
    later = [at for at in planned if at > now_ms] or [begin for begin, _ in spans if begin > now_ms]
    code = "witness.no_staff" if within else "witness.closed"
    return Availability(code, on_duty, min(later, default=0))
