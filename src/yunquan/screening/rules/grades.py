"""The first grade of money laundering risk, and what everything together comes to. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from yunquan.screening.rules.devices import marks_verdict
from yunquan.screening.rules.rows import DayRows
from yunquan.screening.types import (
    Assessed,
    FaceTwin,
    Grade,
    Hit,
    HitState,
    ListKind,
    Mark,
    Profile,
    Reason,
    Verdict,
)

Text = Callable[..., str]
MOST_POINTS: Final = 100
# The only sentences an applicant may see. One for everything that goes on, whether or not a person
# looks first: a sentence of its own would tell whom a list or a grade holds up.
TOLD: Final = {
    Verdict.PASS: "screening.told.received",
    Verdict.HUMAN: "screening.told.received",
    Verdict.REFUSE: "screening.told.declined",
}


def assess(profile: Profile, hits: Iterable[Hit], rows: DayRows) -> Assessed:
    """The grade by dated weights, each with its reason. A cleared hit weighs nothing."""
    standing = [hit for hit in hits if hit.state is not HitState.CLEARED]
    reasons = [
        *_of_words(profile, rows),
        *_of_age(profile.age, rows),
        *_of_hits(standing, rows),
    ]
    weighed = sorted((one for one in reasons if one.points), key=lambda one: -one.points)
    score = max(0, min(MOST_POINTS, sum(one.points for one in weighed)))
    return Assessed(_grade(score, standing, rows), score, tuple(weighed))


def _grade(score: int, standing: list[Hit], rows: DayRows) -> Grade:
    if any(_prohibits(hit, rows) for hit in standing):
        return Grade.PROHIBITED
    if score >= rows.number("grade_high"):
        return Grade.HIGH
    return Grade.MEDIUM if score >= rows.number("grade_medium") else Grade.LOW


def _prohibits(hit: Hit, rows: DayRows) -> bool:
    if hit.kind is not ListKind.SANCTIONS:
        return False
    return hit.state is HitState.CONFIRMED or hit.score >= rows.number("strong_hit_at")


def _of_words(profile: Profile, rows: DayRows) -> list[Reason]:
    said = [
        ("occupation", profile.occupation),
        ("source_of_funds", profile.source_of_funds),
        ("region", profile.region),
        ("channel", profile.channel),
    ]
    reasons = [_reason(factor, value, rows) for factor, value in said]
    taxes = [_reason("tax_residency", country, rows) for country in profile.tax_residency]
    # One country or five: what counts is the one that weighs most.
    heaviest = max(taxes, key=lambda one: one.points if one else 0, default=None)
    return [one for one in (*reasons, heaviest) if one is not None]


def _reason(factor: str, value: str, rows: DayRows) -> Reason | None:
    row = rows.weight(factor, value)
    if row is None:
        return None
    return Reason(f"screening.reason.{factor}", row.points, {"value": value or "unsaid"})


def _of_age(age: int, rows: DayRows) -> list[Reason]:
    bands = [row for (factor, _), row in rows.weights.items() if factor == "age"]
    facts = {"value": str(age)}
    return [
        Reason("screening.reason.age", row.points, facts)
        for row in bands
        if row.least <= age <= row.most
    ]


def _of_hits(standing: list[Hit], rows: DayRows) -> list[Reason]:
    """The heaviest hit of each kind of list."""
    best = {hit.kind: hit for hit in sorted(standing, key=lambda hit: hit.score)}
    reasons: list[Reason] = []
    for kind, hit in best.items():
        row = rows.weight("list", kind.value)
        facts = {"value": kind.value, "score": str(hit.score)}
        if row is not None:
            reasons.append(Reason("screening.reason.list", row.points, facts))
    return reasons


def decide(
    assessed: Assessed,
    hits: Iterable[Hit],
    marks: list[Mark],
    twins: Iterable[FaceTwin],
    rows: DayRows,
) -> Verdict:
    """Go on, a person decides, or not at all. What a list says is decided by a person first: an
    open hit has somebody look, one confirmed on sanctions refuses."""
    known = list(hits)
    devices = marks_verdict(marks, rows)
    confirmed = any(
        hit.kind is ListKind.SANCTIONS and hit.state is HitState.CONFIRMED for hit in known
    )
    if devices is Verdict.REFUSE or confirmed:
        return Verdict.REFUSE
    waits = any(hit.state is HitState.OPEN for hit in known) or any(True for _ in twins)
    risky = assessed.grade in (Grade.HIGH, Grade.PROHIBITED)
    return Verdict.HUMAN if waits or risky or devices is Verdict.HUMAN else Verdict.PASS


def sentence(reason: Reason | Mark, text: Text) -> str:
    """A reason or mark in words, for staff."""
    facts = dict(reason.facts)
    value = facts.get("value", "")
    if reason.code.startswith("screening.reason.") and not value.isdigit():
        facts["value"] = text(f"screening.value.{value}") if value in _WORDS else value
    return text(reason.code, **facts)


# Words of profiles and lists that have a text of their own.
_WORDS: Final = frozenset(
    {
        "adverse",
        "border",
        "business",
        "cash_business",
        "cn",
        "counter",
        "employee",
        "high_risk",
        "loan",
        "online",
        "pension",
        "pep",
        "precious_metals",
        "public_official",
        "retired",
        "salary",
        "sanctions",
        "savings",
        "self_employed",
        "student",
        "unemployed",
        "unsaid",
    }
)
