"""DepositoryLine over the offices' protocol (docs/offices-protocol.md, section 4)."""

from __future__ import annotations

from typing import Any, Final

from yunquan.depository.rules import DONE_WORDS, LETTERS, REASONS
from yunquan.depository.types import (
    DepositoryAccount,
    FoundAccounts,
    LineAnswer,
    LineResult,
    Person,
    RequestKind,
    Wanted,
)
from yunquan.kernel.errors import Unavailable
from yunquan.kernel.offices import NO_ANSWER, OfficeAnswer, Offices

OFFICE: Final = "depository"
# Far above any day of ours; a file that never ends is no file.
LARGEST_FILE: Final = 64 << 20
_LETTER_OF: Final = {kind: letter for letter, kind in LETTERS.items()}


class DepositorySocket:
    """Asks the depository, and reads what it says strictly: a word we don't know is no answer."""

    def __init__(self, offices: Offices) -> None:
        self._offices = offices

    def find(self, serial: str, person: Person) -> FoundAccounts:
        answer = self._ask(serial, "find", name=person.name, number=person.id_number)
        match answer.result:
            case "none":
                return FoundAccounts()
            case "mismatch" if answer.code:
                return FoundAccounts(code=_reason(answer))
            case "found":
                frozen = answer.text("state") == "frozen"
                return FoundAccounts(answer.text("ymt"), "", frozen, _accounts(answer))
            case _:
                raise Unavailable(NO_ANSWER, office=OFFICE)

    def open(
        self, serial: str, person: Person, wanted: tuple[Wanted, ...], custody_unit: str
    ) -> LineAnswer:
        listed = [
            {"market": one.market, "kind": _LETTER_OF[one.kind], "account": one.number}
            for one in wanted
        ]
        facts = {"name": person.name, "number": person.id_number, "unit": custody_unit}
        return _change(RequestKind.OPEN, self._ask(serial, "open", wanted=listed, **facts))

    def update(self, serial: str, person: Person) -> LineAnswer:
        answer = self._ask(serial, "update", name=person.name, number=person.id_number)
        return _change(RequestKind.UPDATE, answer)

    def designate(self, serial: str, number: str, id_number: str) -> LineAnswer:
        answer = self._ask(serial, "designate", account=number, number=id_number)
        return _change(RequestKind.DESIGNATE, answer)

    def list_files(self) -> tuple[tuple[str, int], ...]:
        days = self._ask("files", "list_files").body.get("days", [])
        try:
            return tuple((str(day), int(version)) for day, version in days)
        except (TypeError, ValueError):
            raise Unavailable(NO_ANSWER, office=OFFICE) from None

    def fetch_file(self, day: str, version: int) -> bytes:
        found = b""
        while len(found) < LARGEST_FILE:
            asked = {"day": day, "version": version, "offset": len(found)}
            answer = self._ask("file", "fetch_file", **asked)
            data, total = answer.body.get("data"), answer.body.get("total", 0)
            if answer.result != "part" or not isinstance(data, bytes) or not data:
                return found
            found += data
            if not isinstance(total, int) or len(found) >= total:
                return found
        return found

    def _ask(self, serial: str, op: str, **facts: Any) -> OfficeAnswer:
        return self._offices.ask(OFFICE, serial, {"op": op, **facts})


def _change(kind: RequestKind, answer: OfficeAnswer) -> LineAnswer:
    if answer.result == "refused" and answer.code:
        return LineAnswer(LineResult.REFUSED, _reason(answer))
    if answer.result == "accepted_for_day" and answer.text("day"):
        return LineAnswer(LineResult.FOR_DAY, "", answer.text("day"))
    if DONE_WORDS.get(answer.result) is kind:
        return LineAnswer(LineResult.DONE, "", "", answer.text("ymt"), _accounts(answer))
    raise Unavailable(NO_ANSWER, office=OFFICE)


def _reason(answer: OfficeAnswer) -> str:
    reason = REASONS.get(answer.code)
    if reason is None:
        raise Unavailable(NO_ANSWER, office=OFFICE)
    return reason


def _accounts(answer: OfficeAnswer) -> tuple[DepositoryAccount, ...]:
    try:
        return tuple(
            DepositoryAccount(
                str(one["market"]),
                LETTERS[one["kind"]],
                str(one["account"]),
                str(one.get("broker", "")),
                str(one.get("designated", "")),
            )
            for one in answer.body.get("accounts", [])
        )
    except (AttributeError, KeyError, TypeError):
        raise Unavailable(NO_ANSWER, office=OFFICE) from None
