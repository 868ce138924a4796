"""What screening found and what was decided. Ids, codes and scores; nothing of a person."""

from __future__ import annotations

import msgspec


class Screened(msgspec.Struct, frozen=True, array_like=True, tag="screening.screened@1"):
    """Somebody was screened. owner: an application or a client; codes: of marks and reasons."""

    owner: str
    verdict: str
    grade: str
    score: int
    codes: list[str]
    list_version: str


class HitFound(msgspec.Struct, frozen=True, array_like=True, tag="screening.hit_found@1"):
    """Somebody may be somebody on a list. entry: the publisher's own id of it."""

    hit: str
    owner: str
    kind: str
    entry: str
    score: int
    list_version: str


class HitDecided(msgspec.Struct, frozen=True, array_like=True, tag="screening.hit_decided@1"):
    """A person says whether it is them. state: cleared, confirmed."""

    hit: str
    owner: str
    state: str
    why: str
    by: str


class ListTaken(msgspec.Struct, frozen=True, array_like=True, tag="screening.list_taken@1"):
    """A version of the list is in force."""

    version: str
    entries: int
    digest: str


class ListRefused(msgspec.Struct, frozen=True, array_like=True, tag="screening.list_refused@1"):
    """A version could not be believed; the one before it stays in force."""

    version: str
    code: str


EVENTS = (Screened, HitFound, HitDecided, ListTaken, ListRefused)
