"""Kinds of documents by day, how long each is kept, and what may be destroyed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from yunquan.archive.types import Document, KindRow, NewDocument
from yunquan.kernel.errors import Refused

_FOREVER: Final = "9999-12-31"
_CERTAINTIES: Final = frozenset({"V", "KH", "KM", "KL", "F"})
LARGEST: Final = 512 << 20
LONGEST_TITLE: Final = 120
LONGEST_NAME: Final = 60
# What content of a media type begins with, at which byte. A file that says it is an image and is a
# page would be shown as one.
_BEGINNINGS: Final[dict[str, tuple[tuple[int, bytes], ...]]] = {
    "application/pdf": ((0, b"%PDF-"),),
    "image/jpeg": ((0, b"\xff\xd8\xff"),),
    "image/png": ((0, b"\x89PNG\r\n\x1a\n"),),
    "video/webm": ((0, b"\x1a\x45\xdf\xa3"),),
    "video/mp4": ((4, b"ftyp"),),
    "audio/wav": ((0, b"RIFF"),),
    "application/json": ((0, b"{"), (0, b"[")),
    "text/plain": ((0, b""),),
}


def rows_from(table: Mapping[str, Any]) -> tuple[KindRow, ...]:
    """The rows of the parsed table. Raises ValueError for one that is malformed or overlaps."""
    rows = tuple(
        KindRow(
            str(entry["kind"]),
            int(entry["years"]),
            tuple(entry["media"]),
            str(entry["effective_from"]),
            str(entry.get("effective_to", "")),
            str(entry["source"]),
            str(entry["certainty"]),
        )
        for entry in table["row"]
    )
    for row in rows:
        if row.certainty not in _CERTAINTIES or row.years <= 0 or not row.media:
            raise ValueError(f"kind {row.kind}: certainty, years or media")
        if unknown := set(row.media) - _BEGINNINGS.keys():
            raise ValueError(f"kind {row.kind}: media {sorted(unknown)}")
        if sum(_holds(other, row.effective_from) and other.kind == row.kind for other in rows) > 1:
            raise ValueError(f"kind {row.kind}: two rows on {row.effective_from}")
    return rows


def _holds(row: KindRow, day: str) -> bool:
    return row.effective_from <= day < (row.effective_to or _FOREVER)


def kind_on(rows: Iterable[KindRow], kind: str, day: str) -> KindRow | None:
    """The row of a kind in force on a day."""
    return next((row for row in rows if row.kind == kind and _holds(row, day)), None)


def check_new(rows: Iterable[KindRow], new: NewDocument, beginning: bytes) -> Refused | None:
    """Why this can't be kept. beginning: its first bytes."""
    if not _is_day(new.day):
        return Refused("archive.day", {"day": new.day[:20]})
    row = kind_on(rows, new.kind, new.day)
    if row is None:
        return Refused("archive.kind", {"kind": new.kind[:LONGEST_NAME], "day": new.day})
    if new.media_type not in row.media or not _begins_as(new.media_type, beginning):
        return Refused("archive.media_type", {"media_type": new.media_type[:LONGEST_NAME]})
    if not 0 < len(new.title.strip()) <= LONGEST_TITLE:
        return Refused("archive.title", {"longest": LONGEST_TITLE})
    if not 0 < len(new.owner) <= LONGEST_NAME or len(new.source) > LONGEST_NAME:
        return Refused("archive.owner", {"owner": new.owner[:LONGEST_NAME]})
    return None


def _begins_as(media_type: str, beginning: bytes) -> bool:
    return any(
        beginning[place : place + len(mark)] == mark for place, mark in _BEGINNINGS[media_type]
    )


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def retain_until(rows: Iterable[KindRow], kind: str, day: str, ended_on: str) -> str:
    """The first day on which a document may be destroyed, "" while the relationship lasts: the
    longest of the years asked for on any day since it was kept.
    """
    if not ended_on:
        return ""
    years = max(
        row.years for row in rows if row.kind == kind and (row.effective_to or _FOREVER) > day
    )
    end = date.fromisoformat(max(ended_on, day))
    try:
        return end.replace(year=end.year + years).isoformat()
    except ValueError:
        return end.replace(year=end.year + years, month=3, day=1).isoformat()


def check_destroying(document: Document, until: str, day: str, holds: int) -> Refused | None:
    """Why a document stays."""
    if document.destroyed_at_ms:
        return Refused("archive.destroyed", {"document": document.id})
    if holds:
        return Refused("archive.held", {"document": document.id})
    if not until:
        return Refused("archive.relationship_lasts", {"document": document.id})
    if day < until:
        return Refused("archive.retained", {"document": document.id, "until": until})
    return None
