"""What staff did, as auditors read it. Times in ms since 1970 UTC."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec


@dataclass(frozen=True, slots=True)
class Deed:
    """An act or a look of a member of staff. kind: what sort; what: code that says which. client,
    account: on whom, "" for nobody; ref: what it was about (a proposal, a complaint). second: who
    else agreed; outcome: what became of it, "" where doing it is all.
    """

    actor: str
    kind: str
    what: str = ""
    client: str = ""
    account: str = ""
    ref: str = ""
    why: str = ""
    second: str = ""
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Sequel:
    """What a later event says of a deed. ref: the deed's; second "" leaves who agreed."""

    ref: str
    second: str
    outcome: str


class AuditFilter(msgspec.Struct, frozen=True):
    """Which deeds. actor: one member of staff. kind: a sort. q: a client, an account or what it was
    about, whole. from_day, to_day: days in Beijing, both included. "" narrows nothing.
    """

    actor: str = ""
    kind: str = ""
    q: str = ""
    from_day: str = ""
    to_day: str = ""


class AuditLine(msgspec.Struct, frozen=True):
    """A deed in words, with its place in the log."""

    stream: str
    seq: int
    at_ms: int
    actor: str
    who: str
    kind: str
    kind_text: str
    what: str
    what_text: str
    client: str
    account: str
    ref: str
    why: str
    second: str
    outcome: str
    outcome_text: str


class AuditPage(msgspec.Struct, frozen=True):
    """Deeds, newest first. next: pass as `after`, None at the end. behind: events of the log that
    aren't read yet.
    """

    items: tuple[AuditLine, ...]
    next: str | None
    behind: int
