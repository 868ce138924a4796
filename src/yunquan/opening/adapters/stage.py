"""The stage of a demonstration: who can be played, which texts a simulated phone got."""

from __future__ import annotations

import secrets

import msgspec

from yunquan.kernel.errors import YunquanError
from yunquan.kernel.offices import Offices

MOST_SHOWN = 4


class SimulatedText(msgspec.Struct, frozen=True):
    """A text on a simulated phone. text: as it arrived."""

    text: str = ""


class Played(msgspec.Struct, frozen=True):
    """Somebody of the world whom a visitor may play."""

    name: str = ""
    number: str = ""
    mobile: str = ""
    address: str = ""
    index: int = -1
    sex: str = ""
    birth: str = ""
    ethnicity: str = ""
    issuer: str = ""
    valid_from: str = ""
    valid_until: str = ""


class _Inbox(msgspec.Struct):
    texts: list[SimulatedText] = []


class _People(msgspec.Struct):
    people: list[Played] = []


class Stage:
    """offices: None where there is no demonstration; then nothing is shown."""

    def __init__(self, offices: Offices | None) -> None:
        self._offices = offices

    @property
    def is_open(self) -> bool:
        """Whether this is a demonstration."""
        return self._offices is not None

    def texts(self, mobile: str) -> tuple[SimulatedText, ...]:
        """What a simulated phone got, newest first; () when nobody answers."""
        body = self._ask({"op": "inbox", "mobile": mobile})
        try:
            found = msgspec.convert(body, _Inbox).texts
        except msgspec.ValidationError:
            return ()
        return tuple(found[:MOST_SHOWN])

    def people(self, first: int, count: int) -> tuple[Played, ...]:
        """Whom one may play."""
        body = self._ask({"op": "people", "first": first, "count": count})
        try:
            return tuple(msgspec.convert(body, _People).people)
        except msgspec.ValidationError:
            return ()

    def enrol(self, number: str, photo: bytes) -> None:
        """Give somebody of the world the picture of whoever plays them, in the simulated register.
        Left out where it can't be: the card's own picture is compared then.
        """
        self._ask({"op": "enrol", "number": number, "photo": photo})

    def _ask(self, body: dict[str, int | str | bytes]) -> dict[str, object]:
        if self._offices is None:
            return {}
        try:
            return self._offices.ask("stage", f"stage-{secrets.token_hex(12)}", dict(body)).body
        except YunquanError:
            return {}
