"""Who is in a witness film: one face, throughout, and the applicant's. A person looks at it anyway.

It hears nothing: whether the words are said is for that person, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median_low
from typing import Final

from yunquan.kernel.thresholds import DayThresholds
from yunquan.vision.rules.faces import (
    FINE,
    HUMAN,
    REFUSE,
    distance,
    judge_distance,
    pack_embedding,
    worst,
)
from yunquan.vision.types import FilmGlance, FilmLook, Finding, Judgement

NOT_READ: Final = "film.not_read"


def judge_film(
    look: FilmLook, length_ms: int, enrolled: bytes | None, limits: DayThresholds
) -> Judgement:
    """length_ms: as the file's own blocks say. enrolled: the vector of the applicant's face as it
    was held against card and register, None where there is none.
    """
    glances = look.glances
    unseen_ms = length_ms - look.ended_ms
    if len(glances) < limits.number("film_glances_least"):
        return worst([Finding(NOT_READ, HUMAN, {"second": look.ended_ms // 1000})])
    if not any(glance.faces for glance in glances):
        return worst([Finding("film.no_face", REFUSE)])
    found = list[Finding]()
    if unseen_ms > limits.number("film_unseen_most_ms"):
        found.append(Finding("film.ends_early", HUMAN, {"second": look.ended_ms // 1000}))
    others = [glance for glance in glances if glance.faces > 1]
    if len(others) > limits.number("film_others_most"):
        found.append(Finding("film.several_faces", HUMAN, {"second": others[0].at_ms // 1000}))
    since_ms, away_ms = _longest_away(glances, look.ended_ms)
    if away_ms > limits.number("film_away_most_ms"):
        found.append(Finding("film.face_away", HUMAN, {"second": since_ms // 1000}))
    found += _compared(glances, enrolled, limits)
    return worst(found or [Finding("film.nothing", FINE)])


def _longest_away(glances: Sequence[FilmGlance], ended_ms: int) -> tuple[int, int]:
    """(since, how long) of the longest time without a face: from the first look that finds none
    to the next that does.
    """
    longest, since_ms = (0, 0), -1
    seen = [(glance.at_ms, glance.faces > 0) for glance in glances]
    for at_ms, there in [*seen, (ended_ms, True)]:
        if not there and since_ms < 0:
            since_ms = at_ms
        elif there and since_ms >= 0:
            longest = max(longest, (since_ms, at_ms - since_ms), key=lambda span: span[1])
            since_ms = -1
    return longest


def _compared(
    glances: Iterable[FilmGlance], enrolled: bytes | None, limits: DayThresholds
) -> Iterable[Finding]:
    """The usual look tells whose face it is; a single one whether it was so throughout."""
    seen = [glance for glance in glances if glance.embedding]
    if enrolled is None or not seen:
        yield Finding("film.nothing_to_compare", HUMAN)
        return
    apart = [distance(enrolled, pack_embedding(glance.embedding)) for glance in seen]
    if judge_distance(usual := median_low(apart), limits).outcome != FINE:
        yield Finding("film.other_face", HUMAN, {"distance": usual})
        return
    line = limits.number("same_face_human")
    first = next((n for n, one in enumerate(apart) if one > line), None)
    if first is not None:
        second = seen[first].at_ms // 1000
        yield Finding("film.face_changed", HUMAN, {"second": second, "distance": apart[first]})
