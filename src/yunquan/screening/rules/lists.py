"""A published list: is it whole, and what is on it. Pure."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from yunquan.kernel.errors import Refused
from yunquan.screening.types import ListEntry, ListFile, ListKind

_VERSION: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BIRTH: Final = re.compile(r"|[0-9]{4}|[0-9]{4}-[0-9]{2}-[0-9]{2}")


def is_version(text: str) -> bool:
    """Versions are days."""
    return bool(_VERSION.fullmatch(text))


def read_list(body: bytes, version: str) -> ListFile | Refused:
    """The list, or why it can't be believed: nothing of it counts then."""
    facts = {"version": version}
    if not body.endswith(b"\n"):
        return Refused("screening.list_half", facts)
    try:
        lines = body.decode().split("\n")
    except UnicodeDecodeError:
        return Refused("screening.list_altered", facts)
    if len(lines) < 3 or not lines[-2].startswith("END|"):
        return Refused("screening.list_half", facts)
    *content, end, _ = lines
    whole = "".join(f"{line}\n" for line in content).encode()
    if end != f"END|{len(content) - 1}|{hashlib.sha256(whole).hexdigest()}":
        return Refused("screening.list_altered", facts)
    if content[0] != f"YQLIST|1|{version}":
        return Refused("screening.list_foreign", facts)
    entries = [_entry(line) for line in content[1:]]
    known = [entry for entry in entries if entry is not None]
    if len(known) != len(entries) or len({entry.id for entry in known}) != len(known):
        return Refused("screening.list_malformed", facts)
    if not known:
        # A publisher that takes everybody off is a publisher that failed.
        return Refused("screening.list_empty", facts)
    return ListFile(version, tuple(known))


def _entry(line: str) -> ListEntry | None:
    parts = line.split("|")
    if len(parts) != 8 or parts[0] != "E":
        return None
    _, entry_id, kind, name, aliases, birth, number, nation = parts
    try:
        listed = ListKind(kind)
    except ValueError:
        return None
    if not entry_id or not name.strip() or not _BIRTH.fullmatch(birth):
        return None
    others = tuple(alias for alias in aliases.split(";") if alias.strip())
    return ListEntry(entry_id, listed, name, others, birth, number.upper(), nation)


def entry_digest(entry: ListEntry) -> str:
    """Tells whether an entry still says what it said when somebody judged it."""
    parts = (entry.kind.value, entry.name, ";".join(entry.aliases), entry.birth, entry.number)
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def list_digest(body: bytes) -> str:
    """By which a version is known again."""
    return hashlib.sha256(body).hexdigest()
