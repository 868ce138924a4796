"""Documents and how long they are kept. Times in ms since 1970 UTC, days ISO, sizes in bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec

from yunquan.kernel.ids import Id


class DocumentId(Id, prefix="doc"):
    """One document in the archive."""

    __slots__ = ()


class HoldId(Id, prefix="hld"):
    """One legal hold."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Laid:
    """Content that lies on disk already, durable, and that no document is made of yet.

    address: SHA-256 of the file as it lies there, its name. digest: of the content, keyed.
    """

    address: str
    digest: str
    size: int
    media_type: str
    key_sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewDocument:
    """What is to be kept. kind: a key of the table of kinds. owner: a client's id or an
    application's. text: what it shall be found by, besides its title; not the boilerplate that it
    shares with every other of its kind. day: the market's day it is of. source: what made it.
    """

    kind: str
    owner: str
    title: str
    media_type: str
    content: bytes | Laid = field(repr=False)
    text: str = field(default="", repr=False)
    day: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it is kept. number: in the order of keeping. destroyed_at_ms: 0 while it is
    there; after that nothing sealed is left.
    """

    id: DocumentId
    number: int
    kind: str
    owner: str
    media_type: str
    size: int
    address: str
    digest: str
    day: str
    source: str
    kept_at_ms: int
    destroyed_at_ms: int
    title_sealed: bytes | None = field(repr=False)
    text_sealed: bytes | None = field(repr=False)
    key_sealed: bytes | None = field(repr=False)


class DocumentFilter(msgspec.Struct, frozen=True):
    """What a list is narrowed to; "" leaves it open. client: an id, an account's number, or the
    beginning of a name. Days both included. text: words or parts of a Chinese text, two characters
    at least.
    """

    client: str = ""
    kind: str = ""
    from_day: str = ""
    to_day: str = ""
    text: str = ""


class DocumentLine(msgspec.Struct, frozen=True):
    """A document in a list for staff: long numbers of its title and the owner's name are masked."""

    id: str
    kind: str
    kind_text: str
    owner: str
    who: str
    title: str
    media_type: str
    size: int
    day: str
    source: str
    kept_at_ms: int
    retain_until: str
    held: bool
    destroyed: bool


class DocumentPage(msgspec.Struct, frozen=True):
    """Newest first. next: pass as `after`; "" at the end."""

    items: tuple[DocumentLine, ...]
    next: str


@dataclass(frozen=True, slots=True)
class OpenedDocument:
    """A document that somebody with a reason has before them. parts: its content from a byte to
    before another, piece by piece. until_ms: it may be read again without another reason till then.
    """

    line: DocumentLine
    until_ms: int
    parts: Callable[[int, int], Iterator[bytes]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class KindRow:
    """A kind of document from a day on. years: kept after the relationship ended. effective_to: the
    first day it no longer holds, "" for open.
    """

    kind: str
    years: int
    media: tuple[str, ...]
    effective_from: str
    effective_to: str
    source: str
    certainty: str


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold: nothing of its owner is destroyed while it stands. ended_at_ms: 0 till then."""

    id: HoldId
    owner: str
    basis: str
    by: str
    at_ms: int
    ended_at_ms: int
    ended_by: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a walk over the archive found. code: "archive.whole", or what is wrong with it; file: as
    it is named on disk.
    """

    holds: bool
    code: str
    document: str
    file: str
