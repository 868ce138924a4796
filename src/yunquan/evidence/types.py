"""What is kept as evidence, and the pack that is handed out. Times in ms since 1970 UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from yunquan.kernel.ids import Id


class ShownId(Id, prefix="shw"):
    """One thing a client was shown or ticked."""

    __slots__ = ()


class PackId(Id, prefix="evp"):
    """One evidence pack 举证包."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """What a client had before them when they acted 展示留痕. kind: "order", "condition", ...; ref:
    what it led to (a command's key, a condition); body: the figures and texts as displayed; ticked:
    what the client confirmed; session, address: whose screen it was; digest: SM3 of all that, hex.
    """

    id: ShownId
    client: str
    account: str
    kind: str
    ref: str
    session: str
    address: str
    locale: str
    at_ms: int
    body: dict[str, Any]
    ticked: tuple[str, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class NewShown:
    """What a face hands in to be kept."""

    client: str
    account: str
    kind: str
    ref: str
    session: str
    address: str
    locale: str
    body: dict[str, Any]
    ticked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """What a pack is about: one order, or an account over a span of time (both ends included).

    others: further names under which events speak of the client, such as who logs in.
    """

    account: str
    client: str
    order: str
    from_ms: int
    to_ms: int
    days: tuple[str, ...]
    symbols: tuple[str, ...]
    orders: tuple[str, ...]
    others: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What makes an event belong to it."""
        return (self.account, self.client, *self.orders, *self.others)


@dataclass(frozen=True, slots=True)
class Item:
    """One file of a pack. about: the code of the sentence that says what it is."""

    path: str
    about: str
    body: bytes


class FileEntry(msgspec.Struct, frozen=True):
    """A file as the manifest lists it. Digests in hex."""

    path: str
    about: str
    about_zh: str
    about_en: str
    size: int
    sm3: str
    sha256: str


class RecordEntry(msgspec.Struct, frozen=True):
    """A record of the log from which events were taken. Hashes in hex."""

    stream: str
    first_seq: int
    count: int
    epoch: int
    at_ms: int
    prev_hash: str
    hash: str


class Manifest(msgspec.Struct, frozen=True):
    """The table of contents that is signed."""

    format: str
    pack: str
    firm: str
    simulated: bool
    account: str
    client: str
    order: str
    from_ms: int
    to_ms: int
    made_at_ms: int
    made_by: str
    reason: str
    files: list[FileEntry]
    records: list[RecordEntry]


class Signature(msgspec.Struct, frozen=True):
    """Signs the manifest's bytes. signature in hex, public_key as PEM."""

    algorithm: str
    manifest_sm3: str
    signature: str
    public_key: str


class LoggedEvent(msgspec.Struct, frozen=True):
    """An event of the log, in words. fields: what it says; of events that concern several clients
    only what concerns this one, and then `cut` is true.
    """

    stream: str
    seq: int
    at_ms: int
    event: str
    fields: dict[str, Any]
    cut: bool = False


@dataclass(frozen=True, slots=True)
class PackLine:
    """A pack that was made, as staff see it. digest: SM3 of the archive, hex; size in bytes."""

    id: PackId
    account: str
    client: str
    order: str
    from_ms: int
    to_ms: int
    made_at_ms: int
    made_by: str
    reason: str
    files: int
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a verification looked at."""

    holds: bool
    what: str


class NewPack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An evidence pack 举证包 about an order, or about an account over a span of time (both ends
    included, milliseconds since 1970 UTC).
    """

    reason: Annotated[str, msgspec.Meta(min_length=4, max_length=500)]
    order: Annotated[str, msgspec.Meta(max_length=40)] = ""
    account: Annotated[str, msgspec.Meta(max_length=40)] = ""
    from_ms: Annotated[int, msgspec.Meta(ge=0, le=4_102_444_800_000)] = 0
    to_ms: Annotated[int, msgspec.Meta(ge=0, le=4_102_444_800_000)] = 0
