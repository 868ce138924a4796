"""ListSource over the offices' protocol (docs/offices-protocol.md, section 5)."""

from __future__ import annotations

from typing import Any, Final

from yunquan.kernel.errors import Unavailable
from yunquan.kernel.offices import NO_ANSWER, OfficeAnswer, Offices

OFFICE: Final = "lists"
LARGEST_LIST: Final = 256 << 20


class ListsSocket:
    """The publisher of lists."""

    def __init__(self, offices: Offices) -> None:
        self._offices = offices

    def latest(self) -> str:
        answer = self._ask("latest")
        if answer.result != "latest":
            raise Unavailable(NO_ANSWER, office=OFFICE)
        return answer.text("version")

    def fetch(self, version: str) -> bytes:
        found = b""
        while len(found) < LARGEST_LIST:
            answer = self._ask("fetch", version=version, offset=len(found))
            data, total = answer.body.get("data"), answer.body.get("total", 0)
            if answer.result != "part" or not isinstance(data, bytes) or not data:
                return found
            found += data
            if not isinstance(total, int) or len(found) >= total:
                return found
        return found

    def _ask(self, op: str, **facts: Any) -> OfficeAnswer:
        return self._offices.ask(OFFICE, op, {"op": op, **facts})
