"""The carrier behind the offices' address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yunquan.kernel.errors import Unavailable
from yunquan.kernel.offices import NO_ANSWER, OfficeAnswer, Offices
from yunquan.verification.types import SmsReceipt, SmsState

# The carrier's words, and ours.
_REASONS = {
    "": "",
    "S01_unknown_template": "sms.template_unknown",
    "S02_facts_missing": "sms.template_unknown",
    "S03_too_often": "sms.too_often",
    "S04_not_in_service": "sms.not_in_service",
    "S05_unknown_serial": "sms.never_sent",
}


class SmsSocket:
    """SmsSender over the offices' protocol."""

    def __init__(self, offices: Offices) -> None:
        self._offices = offices

    def send(
        self,
        serial: str,
        mobile: str,
        template: str,
        facts: Mapping[str, str],
        locale: str = "zh_CN",
    ) -> SmsReceipt:
        body: dict[str, Any] = {"op": "send", "mobile": mobile, "template": template}
        body |= {"facts": dict(facts), "locale": locale}
        return _receipt(serial, self._offices.ask("sms", serial, body))

    def receipt(self, serial: str) -> SmsReceipt:
        asked = {"op": "receipt", "of": serial}
        return _receipt(serial, self._offices.ask("sms", serial, asked))


def _receipt(serial: str, answer: OfficeAnswer) -> SmsReceipt:
    try:
        state, code = SmsState(answer.result), _REASONS[answer.code]
    except (ValueError, KeyError):
        raise Unavailable(NO_ANSWER, office="sms") from None
    at_ms = answer.body.get("at_ms", 0)
    return SmsReceipt(serial, state, code, at_ms if isinstance(at_ms, int) else 0)
