"""Police and carrier in memory."""

from __future__ import annotations

from collections.abc import Mapping

from yunquan.kernel.errors import YunquanError
from yunquan.verification.types import PoliceAnswer, PoliceResult, SmsReceipt, SmsState


class FakePolice:
    """register: number -> name and photo. failures: raised one after the other before answers."""

    def __init__(self) -> None:
        self.register: dict[str, tuple[str, bytes | None]] = {}
        self.failures: list[YunquanError] = []
        self.answers: dict[str, PoliceAnswer] = {}
        self.asked: list[str] = []

    def check(self, serial: str, name: str, id_number: str) -> PoliceAnswer:
        self.asked.append(serial)
        if self.failures:
            raise self.failures.pop(0)
        return self.answers.setdefault(serial, self._look(name, id_number))

    def _look(self, name: str, id_number: str) -> PoliceAnswer:
        if id_number not in self.register:
            return PoliceAnswer(PoliceResult.NOT_FOUND, "police.unknown_number")
        known, photo = self.register[id_number]
        if known != name:
            return PoliceAnswer(PoliceResult.MISMATCH, "police.name_differs", "name")
        return PoliceAnswer(PoliceResult.MATCH, photo=photo)


class FakeSms:
    """sent: serial -> (mobile, template, facts), once each. state: what receipts say."""

    def __init__(self) -> None:
        self.sent: dict[str, tuple[str, str, dict[str, str]]] = {}
        self.failures: list[YunquanError] = []
        self.state = SmsState.DELIVERED

    def send(
        self,
        serial: str,
        mobile: str,
        template: str,
        facts: Mapping[str, str],
        locale: str = "zh_CN",
    ) -> SmsReceipt:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.setdefault(serial, (mobile, template, dict(facts)))
        return SmsReceipt(serial, SmsState.ACCEPTED)

    def receipt(self, serial: str) -> SmsReceipt:
        if serial not in self.sent:
            return SmsReceipt(serial, SmsState.UNKNOWN, "sms.never_sent")
        return SmsReceipt(serial, self.state)

    def last_code(self, mobile: str) -> str:
        """The one-time code that was sent last to a number."""
        found = [facts["code"] for to, _, facts in self.sent.values() if to == mobile]
        return found[-1]
