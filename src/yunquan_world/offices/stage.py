"""What only a demonstration may ask: who people are, what a phone shows, a picture of one's own.

A world without demonstration has no such office.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from yunquan_world.messages import Label, Word
from yunquan_world.offices.depository import Depository
from yunquan_world.offices.messages import Ask, Outcome
from yunquan_world.offices.police import MOST_PHOTO_BYTES, Police
from yunquan_world.offices.sms import Sms
from yunquan_world.population import Person


class People(Struct, frozen=True, tag_field="op", tag="people", forbid_unknown_fields=True):
    first: Annotated[int, Meta(ge=0, le=800_000)] = 0
    count: Annotated[int, Meta(ge=1, le=100)] = 12


class Inbox(Struct, frozen=True, tag_field="op", tag="inbox", forbid_unknown_fields=True):
    mobile: Annotated[str, Meta(pattern=r"^1[0-9]{10}$")]


class EnrolPhoto(Struct, frozen=True, tag_field="op", tag="enrol", forbid_unknown_fields=True):
    """photo: of whoever plays this person."""

    number: Word
    photo: Annotated[bytes, Meta(max_length=MOST_PHOTO_BYTES)]
    name: Label = ""


class Release(Struct, frozen=True, tag_field="op", tag="release", forbid_unknown_fields=True):
    """The other broker lets an account in Shanghai go 撤销指定交易."""

    account: Word


class Stage:
    """Nothing it says is kept: it only shows what others have."""

    code = "stage"

    def __init__(self, police: Police, sms: Sms, depository: Depository):
        self._depository = depository
        self._police = police
        self._sms = sms

    def close(self) -> None:
        pass

    def answer(self, ask: Ask) -> Outcome:
        """Raises msgspec.ValidationError for what can't be read."""
        request = msgspec.convert(ask.body, People | Inbox | EnrolPhoto | Release)
        if isinstance(request, People):
            person = self._police.population.person
            wanted = range(request.first, request.first + request.count)
            return Outcome("people", "", {"people": [_shown(person(index)) for index in wanted]})
        if isinstance(request, Inbox):
            return Outcome("inbox", "", {"texts": self._sms.inbox(request.mobile)})
        if isinstance(request, Release):
            known = self._depository.register.release(request.account)
            return Outcome("released") if known else Outcome("refused", "T02_no_such_account")
        try:
            found = self._police.enrol(request.number, request.name, request.photo)
        except ValueError:
            return Outcome("refused", "T01_cannot_enrol")
        return Outcome("enrolled", "", _shown(found))


def _shown(person: Person) -> dict[str, Any]:
    shown: dict[str, Any] = msgspec.to_builtins(person)
    return shown | {"traits": sorted(person.traits)}
