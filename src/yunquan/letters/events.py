"""What was written, and to whom it went."""

from __future__ import annotations

import msgspec


class LetterDrafted(msgspec.Struct, frozen=True, array_like=True, tag="letters.drafted@1"):
    """Somebody had a letter written."""

    letter: str
    case: str
    kind: str
    account: str
    by: str


class LetterIssued(msgspec.Struct, frozen=True, array_like=True, tag="letters.issued@1"):
    """Two people agreed; it is sealed and in the archive. sha256: of each paper's PDF; by: who
    agreed to it.
    """

    letter: str
    case: str
    kind: str
    account: str
    documents: list[str]
    sha256: list[str]
    by: str


class ClientLetterSent(msgspec.Struct, frozen=True, array_like=True, tag="letters.client_sent@1"):
    """A client has a letter to read."""

    letter: str
    account: str
    kind: str


EVENTS = (LetterDrafted, LetterIssued, ClientLetterSent)
