"""Canonical bytes, which events belong to whom, and what must hold of a pack. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

import msgspec
from cryptography.hazmat.primitives import hashes

from yunquan.evidence.types import (
    FileEntry,
    Finding,
    Item,
    LoggedEvent,
    Manifest,
    NewShown,
    RecordEntry,
)
from yunquan.kernel.ids import plain

FORMAT: Final = "yunquan-evidence/1"
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "signature.json"
EVENTS_FILE: Final = "log/events.jsonl"
SHOWN_FILE: Final = "shown.json"
ORDERS_FILE: Final = "orders.json"
LONGEST_REASON: Final = 500
_encoder: Final = msgspec.json.Encoder(enc_hook=plain, order="deterministic")


def canonical(value: Any) -> bytes:
    """The one spelling of a value as JSON: keys sorted, no spaces."""
    return _encoder.encode(value)


def pretty(value: Any) -> bytes:
    """The same, laid out for people."""
    return msgspec.json.format(canonical(value), indent=1) + b"\n"


def sm3(data: bytes) -> str:
    """SM3 (GB/T 32905) in hex."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize().hex()


def shown_digest(shown: NewShown, at_ms: int) -> str:
    """What is kept of a screen, in one number."""
    return sm3(canonical([msgspec.to_builtins(shown, enc_hook=plain), at_ms]))


def mentions(body: bytes, names: Iterable[str]) -> bool:
    """Whether an encoded record can hold an event about any of these."""
    return any(name.encode() in body for name in names)


def _has(value: Any, names: frozenset[str]) -> bool:
    if isinstance(value, str):
        return value in names or any(part in names for part in value.split(":"))
    if isinstance(value, dict):
        return any(_has(one, names) for one in cast(dict[str, Any], value).values())
    return isinstance(value, list) and any(_has(one, names) for one in cast(list[Any], value))


def about(fields: Sequence[Any], names: frozenset[str]) -> tuple[list[Any], bool] | None:
    """The fields of an event as far as they concern these names, and whether something was left
    out; None when they don't.

    Lists inside an event may hold rows of several clients (postings of a settlement, orders handed
    over together): only the rows with a name in them stay, and of a list of figures as long as such
    a one the same places.
    """
    if not _has(list(fields), names):
        return None
    cut = False
    beside: dict[int, list[int]] = {}
    found: list[Any] = []
    for field in fields:
        if not isinstance(field, list):
            found.append(field)
            continue
        rows = cast(list[Any], field)
        places = _own_places(rows, names)
        if places is None:
            places = beside.get(len(rows))
        elif isinstance(rows[0], list):
            beside.setdefault(len(rows), places)
        if places is None or len(places) == len(rows):
            found.append(rows)
        else:
            cut = True
            found.append([rows[place] for place in places])
    return found, cut


def _own_places(rows: list[Any], names: frozenset[str]) -> list[int] | None:
    """Where rows about these names stand in a list of rows or of ids; None for anything else, and
    for rows that are all about the event itself.
    """
    if not all(isinstance(row, list | str) for row in rows):
        return None
    places = [place for place, row in enumerate(rows) if _has(row, names)]
    return places or None


def manifest_of(
    head: Mapping[str, Any],
    items: Sequence[Item],
    records: Sequence[RecordEntry],
    texts: Mapping[str, tuple[str, str]],
) -> Manifest:
    """The table of contents. texts: by code, what a file is in Chinese and English."""
    files = [
        FileEntry(
            item.path,
            item.about,
            *texts[item.about],
            len(item.body),
            sm3(item.body),
            hashlib.sha256(item.body).hexdigest(),
        )
        for item in sorted(items, key=lambda item: item.path)
    ]
    return Manifest(FORMAT, files=files, records=list(records), **head)


def check_files(manifest: Manifest, files: Mapping[str, bytes]) -> list[Finding]:
    """Every file that is listed is there as it was, and no other."""
    found: list[Finding] = []
    listed = {entry.path: entry for entry in manifest.files}
    for path in sorted(listed.keys() - files.keys()):
        found.append(Finding(False, f"{path}: missing"))
    for path in sorted(files.keys() - listed.keys() - {MANIFEST, SIGNATURE}):
        found.append(Finding(False, f"{path}: not in the table of contents"))
    for path, entry in sorted(listed.items()):
        body = files.get(path)
        if body is None:
            continue
        same = (
            len(body) == entry.size
            and sm3(body) == entry.sm3
            and hashlib.sha256(body).hexdigest() == entry.sha256
        )
        found.append(Finding(same, f"{path}: {'as signed' if same else 'altered'}"))
    if len(listed) != len(manifest.files):
        found.append(Finding(False, "the table of contents lists a file twice"))
    return found


def check_events(manifest: Manifest, body: bytes) -> list[Finding]:
    """Every event lies in a record that is listed, in order, none twice."""
    try:
        events = [msgspec.json.decode(line, type=LoggedEvent) for line in body.splitlines() if line]
    except msgspec.MsgspecError:
        return [Finding(False, f"{EVENTS_FILE}: can't be read")]
    places = [(event.stream, event.seq) for event in events]
    found = [Finding(places == sorted(set(places)), "events in the log's order, none twice")]
    strays = [
        f"{event.stream} {event.seq}"
        for event in events
        if not any(
            record.stream == event.stream
            and record.first_seq <= event.seq < record.first_seq + record.count
            and record.at_ms == event.at_ms
            for record in manifest.records
        )
    ]
    told = f"outside every listed record: {', '.join(strays[:5])}" if strays else "in their records"
    found.append(Finding(not strays, f"{len(events)} events {told}"))
    return found


def check_orders(body: bytes) -> list[Finding]:
    """What an order filled is what its executions add up to."""
    try:
        orders = msgspec.json.decode(body)
        wrong = [
            str(order["id"])
            for order in orders
            if order["filled"] != sum(fill["qty"] for fill in order["fills"])
            or order["amount"] != sum(fill["amount"] for fill in order["fills"])
            or order["commission"] != sum(fill["commission"] for fill in order["fills"])
        ]
    except (msgspec.MsgspecError, KeyError, TypeError):
        return [Finding(False, f"{ORDERS_FILE}: can't be read")]
    told = f"differ from their fills: {', '.join(wrong[:5])}" if wrong else "equal their fills"
    return [Finding(not wrong, f"{len(orders)} orders {told}")]


def check_shown(body: bytes) -> list[Finding]:
    """What was shown has the digest that went into the log."""
    try:
        rows = msgspec.json.decode(body)
        wrong = [
            str(row["id"])
            for row in rows
            if shown_digest(
                NewShown(
                    **{name: row[name] for name in NewShown.__slots__ if name != "ticked"},
                    ticked=tuple(row["ticked"]),
                ),
                row["at_ms"],
            )
            != row["digest"]
        ]
    except (msgspec.MsgspecError, KeyError, TypeError):
        return [Finding(False, f"{SHOWN_FILE}: can't be read")]
    told = f"altered: {', '.join(wrong[:5])}" if wrong else "as kept"
    return [Finding(not wrong, f"{len(rows)} screens {told}")]
