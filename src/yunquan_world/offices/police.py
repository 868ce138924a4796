"""The police's identity check: whether a name and a number belong together, and the photo on file.

The register is the population, with its troubles, and whoever the operator enrols. A photo is
there only where the operator enrolled one: the world ships no pictures of anybody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from yunquan_world.messages import Label, Word
from yunquan_world.offices.messages import Ask, Outcome
from yunquan_world.offices.vault import OfficeVault
from yunquan_world.population import (
    CANCELLED,
    LONG_TERM,
    RARE_CHARACTER,
    STALE_PHOTO,
    Person,
    Population,
    check_character,
)

_TABLES = """
CREATE TABLE IF NOT EXISTS enrolled (
    number TEXT PRIMARY KEY, name TEXT NOT NULL, photo BLOB NOT NULL, photo_on TEXT NOT NULL)
    WITHOUT ROWID;
"""
MOST_PHOTO_BYTES = 512 * 1024
_PHOTO_ON, _STALE_PHOTO_ON = "2021-05-10", "2006-09-01"
# What old registers write for a character they have no code for.
_UNWRITABLE = "□"


class Check(Struct, frozen=True, tag_field="op", tag="check", forbid_unknown_fields=True):
    """name: as on the card. number: 18 characters."""

    name: Annotated[str, Meta(min_length=1, max_length=80)]
    number: Annotated[str, Meta(min_length=1, max_length=40)]


@dataclass(frozen=True)
class Entry:
    """A person in the register. name: as the register writes it. photo: b"" for none."""

    person: Person
    name: str
    photo: bytes
    photo_on: str


class Police:
    """The register, and its answers."""

    code = "police"

    def __init__(self, folder: Path, sync: str, population: Population):
        self.vault = OfficeVault(folder / "office-police.sqlite", sync, _TABLES)
        self.population = population

    def close(self) -> None:
        self.vault.close()

    def answer(self, ask: Ask) -> Outcome:
        """Raises msgspec.ValidationError for what can't be read."""
        check = msgspec.convert(ask.body, Check)
        return self.vault.once(ask, lambda: self._check(check))

    def enrol(self, number: Word, name: Label, photo: bytes, photo_on: str = "") -> Person:
        """Bring somebody into the register, or give somebody in it a photo. Raises ValueError."""
        known = self.population.find(number)
        if not known and not name:
            raise ValueError("who is nobody of the population needs a name")
        if len(photo) > MOST_PHOTO_BYTES:
            raise ValueError(f"a photo has at most {MOST_PHOTO_BYTES} bytes")
        if not (number[:17].isdigit() and check_character(number[:17]) == number[17:]):
            raise ValueError("no number of a resident")
        self.vault.change(
            "INSERT OR REPLACE INTO enrolled VALUES (?, ?, ?, ?)",
            number,
            name or (known.name if known else ""),
            photo,
            photo_on or _photo_on(known),
        )
        entry = self.find(number)
        assert entry is not None
        return entry.person

    def find(self, number: str) -> Entry | None:
        """Who has this number, whether alive or not."""
        person = self.population.find(number)
        query = "SELECT name, photo, photo_on FROM enrolled WHERE number = ?"
        if row := self.vault.row(query, number):
            name, photo, photo_on = row
            found = replace(person, name=name) if person else _newcomer(number, name)
            return Entry(found, _written(found), photo, photo_on)
        return Entry(person, _written(person), b"", _photo_on(person)) if person else None

    def _check(self, check: Check) -> Outcome:
        entry = self.find(check.number)
        if entry is None:
            if self._is_slip_of(check.name, check.number):
                return Outcome("mismatch", "P02_number_differs", {"field": "number"})
            return Outcome("not_found", "P04_unknown")
        person = entry.person
        if CANCELLED in person.traits:
            return Outcome("cancelled", "P05_cancelled")
        if check.name == entry.name:
            body = {"photo": entry.photo, "photo_on": entry.photo_on if entry.photo else ""}
            return Outcome("match", "", body)
        former = person.former_name and check.name == person.former_name
        code = "P03_former_name" if former else "P01_name_differs"
        return Outcome("mismatch", code, {"field": "name"})

    def _is_slip_of(self, name: str, number: str) -> bool:
        """Whether one character of the number put right makes it that person's."""
        if len(number) != 18:
            return False
        for place in range(18):
            for digit in "0123456789X" if place == 17 else "0123456789":
                tried = number[:place] + digit + number[place + 1 :]
                if not tried[:17].isdigit() or check_character(tried[:17]) != tried[17]:
                    continue
                found = self.find(tried)
                if found and found.name == name:
                    return True
        return False


def _written(person: Person) -> str:
    if RARE_CHARACTER not in person.traits:
        return person.name
    return person.name[:1] + _UNWRITABLE + person.name[2:]


def _photo_on(person: Person | None) -> str:
    return _STALE_PHOTO_ON if person and STALE_PHOTO in person.traits else _PHOTO_ON


def _newcomer(number: str, name: str) -> Person:
    birth = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
    sex = "男" if int(number[16]) % 2 else "女"
    days = (_PHOTO_ON, LONG_TERM)
    return Person(-1, name, number, sex, birth, "汉", "", "", *days, "")
