"""What was signed. No name, no number."""

from __future__ import annotations

import msgspec


class AgreementsSigned(
    msgspec.Struct, frozen=True, array_like=True, tag="signing.agreements_signed@1"
):
    """All of them, or none. papers: code, version and SHA-256 of each. certificate: serial number,
    hex. evidence: document of the archive, and its SHA-256.
    """

    set: str
    owner: str
    papers: list[tuple[str, int, str]]
    certificate: str
    evidence: str
    evidence_sha256: str
    by: str


class SignedSetsHandedOver(
    msgspec.Struct, frozen=True, array_like=True, tag="signing.sets_handed_over@1"
):
    """What was signed under an application is the client's from here on."""

    before: str
    after: str
    count: int
    by: str


EVENTS = (AgreementsSigned, SignedSetsHandedOver)
