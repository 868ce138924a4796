"""The police behind the offices' address."""

from __future__ import annotations

from yunquan.kernel.errors import Unavailable
from yunquan.kernel.offices import NO_ANSWER, Offices
from yunquan.verification.types import PoliceAnswer, PoliceResult

# The police's words, and ours.
_REASONS = {
    "": "",
    "P01_name_differs": "police.name_differs",
    "P02_number_differs": "police.number_differs",
    "P03_former_name": "police.former_name",
    "P04_unknown": "police.unknown_number",
    "P05_cancelled": "police.number_cancelled",
}


class PoliceSocket:
    """PoliceCheck over the offices' protocol."""

    def __init__(self, offices: Offices) -> None:
        self._offices = offices

    def check(self, serial: str, name: str, id_number: str) -> PoliceAnswer:
        asked = {"op": "check", "name": name, "number": id_number}
        answer = self._offices.ask("police", serial, asked)
        try:
            result, code = PoliceResult(answer.result), _REASONS[answer.code]
        except (ValueError, KeyError):
            # A word we don't know decides nothing.
            raise Unavailable(NO_ANSWER, office="police") from None
        photo = answer.body.get("photo")
        return PoliceAnswer(
            result,
            code,
            answer.text("field"),
            photo if isinstance(photo, bytes) and photo else None,
            answer.text("photo_on"),
        )
