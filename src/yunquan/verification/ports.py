"""The police's identity check and the carrier of short messages, as this room needs them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from yunquan.verification.types import PoliceAnswer, SmsReceipt


class PoliceCheck(Protocol):
    """公安联网核查. Raises Unavailable office.not_sent, office.busy (surely not asked),
    office.no_answer (unknown: ask again under the same serial).
    """

    def check(self, serial: str, name: str, id_number: str) -> PoliceAnswer:
        """Whether name and number belong together. The same serial has the same answer."""
        ...


class SmsSender(Protocol):
    """The carrier 短信通道. Raises Unavailable as the police do."""

    def send(
        self,
        serial: str,
        mobile: str,
        template: str,
        facts: Mapping[str, str],
        locale: str = "zh_CN",
    ) -> SmsReceipt:
        """Send a registered template, filled with facts. Under a serial it goes out once; ACCEPTED
        or REFUSED."""
        ...

    def receipt(self, serial: str) -> SmsReceipt:
        """What became of a message that was accepted."""
        ...
