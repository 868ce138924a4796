"""What happened to suitability. Ids, classes, days and digests; no answer."""

from __future__ import annotations

import msgspec


class RiskAssessed(msgspec.Struct, frozen=True, array_like=True, tag="suitability.assessed@1"):
    """Somebody answered the questionnaire and has this class. shown, evidence: SM3."""

    assessment: str
    owner: str
    version: str
    locale: str
    class_: str
    day: str
    valid_until: str
    warnings: list[str]
    shown: str
    evidence: str
    by: str


class AnswersAskedAgain(
    msgspec.Struct, frozen=True, array_like=True, tag="suitability.asked_again@1"
):
    """Answers contradicted each other and were asked again. codes: of the contradictions."""

    attempt: str
    owner: str
    version: str
    codes: list[str]
    evidence: str
    by: str


class MismatchConfirmed(
    msgspec.Struct, frozen=True, array_like=True, tag="suitability.mismatch_confirmed@1"
):
    """Somebody insisted on a product that doesn't suit, after the warning whose SM3 is `shown`."""

    mismatch: str
    owner: str
    product: str
    level: str
    class_: str
    assessment: str
    shown: str
    locale: str
    by: str


class ExperienceNoted(
    msgspec.Struct, frozen=True, array_like=True, tag="suitability.experience_noted@1"
):
    """The first trade somewhere, as a source says."""

    owner: str
    source: str
    first_trade: str
    by: str


class PermissionAsked(
    msgspec.Struct, frozen=True, array_like=True, tag="suitability.permission_asked@1"
):
    """Somebody applied for a permission. unmet: gates that were not met; granted when there are
    none. signed: (text, SM3 of what was shown)."""

    request: str
    owner: str
    permission: str
    unmet: list[str]
    signed: list[tuple[str, str]]
    day: str
    by: str


class OwnerChanged(msgspec.Struct, frozen=True, array_like=True, tag="suitability.owner_changed@1"):
    """What belonged to an application belongs to the client it has become."""

    before: str
    after: str
    by: str


EVENTS = (
    AnswersAskedAgain,
    ExperienceNoted,
    MismatchConfirmed,
    OwnerChanged,
    PermissionAsked,
    RiskAssessed,
)
