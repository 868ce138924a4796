"""What happened to applications: ids, steps and codes; who somebody is stays in the room."""

from __future__ import annotations

import msgspec


class ApplicationBegun(msgspec.Struct, frozen=True, array_like=True, tag="onboarding.begun@1"):
    """mobile: keyed digest of its number."""

    application: str
    mobile: str
    channel: str


class StepDone(msgspec.Struct, frozen=True, array_like=True, tag="onboarding.step@1"):
    """A step is behind. digest: of the evidence kept, "" without any."""

    application: str
    step: str
    digest: str


class ApplicationMoved(msgspec.Struct, frozen=True, array_like=True, tag="onboarding.moved@1"):
    """It stands elsewhere. code: why, "" where that is plain."""

    application: str
    state: str
    code: str
    by: str


class OpinionGiven(msgspec.Struct, frozen=True, array_like=True, tag="onboarding.opinion@1"):
    """A reviewer said what they hold. place: "first" or "second" look of this round."""

    application: str
    round: int
    place: str
    verdict: str
    codes: list[str]
    note: str
    by: str


class CalledBack(msgspec.Struct, frozen=True, array_like=True, tag="onboarding.called@1"):
    """Somebody called a new client."""

    application: str
    client: str
    outcome: str
    by: str


EVENTS = (ApplicationBegun, StepDone, ApplicationMoved, OpinionGiven, CalledBack)
