"""What came into the archive and what left it. No title, no text."""

from __future__ import annotations

import msgspec


class DocumentKept(msgspec.Struct, frozen=True, array_like=True, tag="archive.document_kept@1"):
    """digest: of the content, keyed. address: SHA-256 of the file it lies in."""

    document: str
    kind: str
    owner: str
    digest: str
    address: str
    size: int
    source: str
    by: str


class DocumentsHandedOver(
    msgspec.Struct, frozen=True, array_like=True, tag="archive.documents_handed_over@1"
):
    """What was kept for an application is the client's from here on."""

    before: str
    after: str
    count: int
    by: str


class RelationshipEnded(
    msgspec.Struct, frozen=True, array_like=True, tag="archive.relationship_ended@1"
):
    """From this day its years are counted; "" when it goes on after all."""

    owner: str
    day: str
    by: str


class HoldPlaced(msgspec.Struct, frozen=True, array_like=True, tag="archive.hold_placed@1"):
    """Nothing of the owner is destroyed from here on."""

    hold: str
    owner: str
    basis: str
    by: str


class HoldLifted(msgspec.Struct, frozen=True, array_like=True, tag="archive.hold_lifted@1"):
    """One hold less."""

    hold: str
    owner: str
    basis: str
    by: str


class DocumentDestroyed(
    msgspec.Struct, frozen=True, array_like=True, tag="archive.document_destroyed@1"
):
    """Its key, its title and its file are gone."""

    document: str
    kind: str
    owner: str
    why: str
    by: str


EVENTS = (
    DocumentKept,
    DocumentsHandedOver,
    RelationshipEnded,
    HoldPlaced,
    HoldLifted,
    DocumentDestroyed,
)
