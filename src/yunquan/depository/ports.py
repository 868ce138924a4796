"""The depository's line, as this room needs it."""

from __future__ import annotations

from typing import Protocol

from yunquan.depository.types import FoundAccounts, LineAnswer, Person, Wanted


class DepositoryLine(Protocol):
    """中国结算统一账户平台. Under a serial a change is made once; the same question again has the
    same answer.

    All raise Unavailable office.not_sent, office.busy, office.closed (surely not done),
    office.no_answer (unknown).
    """

    def find(self, serial: str, person: Person) -> FoundAccounts:
        """What they have, at whichever broker."""
        ...

    def open(
        self, serial: str, person: Person, wanted: tuple[Wanted, ...], custody_unit: str
    ) -> LineAnswer:
        """Open all that is wanted, or nothing; a unified account too, if they have none."""
        ...

    def update(self, serial: str, person: Person) -> LineAnswer:
        """Let name and number be as the police have them now."""
        ...

    def designate(self, serial: str, number: str, id_number: str) -> LineAnswer:
        """Designate a Shanghai account to this firm 指定交易."""
        ...

    def list_files(self) -> tuple[tuple[str, int], ...]:
        """(day, newest version) of the files that are ready, newest day first."""
        ...

    def fetch_file(self, day: str, version: int) -> bytes:
        """A day's file; empty where there is none."""
        ...
