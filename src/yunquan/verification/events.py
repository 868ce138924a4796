"""What was found out of an applicant: codes and ids, never a number, a name or a picture."""

from __future__ import annotations

import msgspec


class CodeConfirmed(msgspec.Struct, frozen=True, array_like=True, tag="verification.code@1"):
    """Whoever asks holds the phone. mobile: a keyed digest of its number."""

    mobile: str
    purpose: str
    serial: str


class IdentityChecked(msgspec.Struct, frozen=True, array_like=True, tag="verification.checked@1"):
    """One try of one check. codes: of everything it noted that was no pass."""

    owner: str
    kind: str
    number: int
    outcome: str
    codes: list[str]
    documents: list[str]


EVENTS = (CodeConfirmed, IdentityChecked)
