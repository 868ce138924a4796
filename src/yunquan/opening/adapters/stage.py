"""The stage of a demonstration: who can be played, which texts a simulated phone got."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from typing import Final, Protocol

import msgspec

from yunquan.kernel.errors import YunquanError
from yunquan.kernel.offices import Offices

MOST_SHOWN = 4
# What a visitor of the demonstration finds at the simulated banks.
BANK_PASSWORD: Final = "135724"  # noqa: S105 - public, as the demonstration's logins are
BALANCE_FEN: Final = 20_000_000


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


class BankCard(msgspec.Struct, frozen=True):
    """An account that the simulated banks know, with what they ask for. A public demonstration's:
    no secret.
    """

    number: str
    password: str


class SimulatedBank(Protocol):
    """A bank at which accounts may be opened for the asking."""

    async def open_account(
        self, bank_account: str, holder: str, balance_fen: int, password: str = ""
    ) -> None: ...


class Stage:
    """offices: None where there is no demonstration; then nothing is shown. banks: the simulated
    ones, by code.
    """

    def __init__(
        self, offices: Offices | None, banks: Mapping[str, SimulatedBank] | None = None
    ) -> None:
        self._offices = offices
        self._banks = banks or {}

    async def bank_card(self, application: str, holder: str) -> BankCard | None:
        """An account of this holder's at every simulated bank, the same each time; None outside a
        demonstration, and while no bank answers.
        """
        if self._offices is None:
            return None
        drawn = int.from_bytes(hashlib.sha256(application.encode()).digest()[:6], "big")
        card = BankCard(f"6229998{drawn % 10**10:010d}", BANK_PASSWORD)
        opened = False
        for bank in self._banks.values():
            try:
                await bank.open_account(card.number, holder, BALANCE_FEN, card.password)
                opened = True
            except YunquanError:
                continue
        return card if opened else None

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
