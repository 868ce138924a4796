"""The carrier of short messages: templates, receipts, delays, and what never arrives.

What a number is like stands in its first digits; all of them belong to nobody (1000, 1009). The
texts of a number may be read where the world is a demonstration: the phone shown beside the page.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from yunquan_world.chance import dice
from yunquan_world.faults import OfficeFaults
from yunquan_world.messages import Serial
from yunquan_world.offices.messages import Ask, Outcome
from yunquan_world.offices.vault import OfficeVault

_TABLES = """
CREATE TABLE IF NOT EXISTS texts (
    number INTEGER PRIMARY KEY, firm TEXT NOT NULL, serial TEXT NOT NULL, mobile TEXT NOT NULL,
    text TEXT NOT NULL, sent_at_ms INTEGER NOT NULL, due_at_ms INTEGER NOT NULL,
    fate TEXT NOT NULL, UNIQUE (firm, serial));
CREATE INDEX IF NOT EXISTS texts_of_mobile ON texts (mobile, sent_at_ms);
"""
# What was registered with the carrier; "{name}" is filled from the facts.
TEMPLATES = {
    ("opening_code", "zh_CN"): "【云券】开户验证码 {code},{minutes} 分钟内有效。工作人员不会向您"
    "索要验证码,请勿告诉任何人。",
    ("opening_code", "en"): "[Yunquan] Your account opening code is {code}, valid for {minutes} "
    "minutes. Our staff never ask for it: tell it to nobody.",
    ("opening_needs_you", "zh_CN"): "【云券】您的开户申请需要您补充资料,请登录后继续。",
    ("opening_needs_you", "en"): "[Yunquan] Your application needs something more from you. "
    "Please log in to continue.",
    ("opening_refused", "zh_CN"): "【云券】您的开户申请未能通过,详情请登录查看。",
    ("opening_refused", "en"): "[Yunquan] Your application could not be accepted. Please log in "
    "for details.",
    ("opening_done", "zh_CN"): "【云券】您的账户已开立,资金账号尾号 {tail}。",
    ("opening_done", "en"): "[Yunquan] Your account is open, its number ends in {tail}.",
    ("call_back", "zh_CN"): "【云券】我们将致电回访您的开户意愿,请留意来电。",
    ("call_back", "en"): "[Yunquan] We will call you about the account you opened.",
}
NOT_IN_SERVICE, LOST, SLOW = "10090", "10091", "10092"
_SLOW_MS = 45_000
DELIVERED, EMPTY_NUMBER, NEVER = "delivered", "undelivered", "lost"
# The carrier's limit for one number: at most so many in so many milliseconds.
_LIMITS = ((1, 10_000), (8, 3_600_000), (20, 86_400_000))
_MOST_SHOWN = 20


class Send(Struct, frozen=True, tag_field="op", tag="send", forbid_unknown_fields=True):
    mobile: Annotated[str, Meta(pattern=r"^1[0-9]{10}$")]
    template: Annotated[str, Meta(max_length=40)]
    locale: Literal["zh_CN", "en"]
    facts: dict[
        Annotated[str, Meta(pattern=r"^[a-z_]{1,20}$")], Annotated[str, Meta(max_length=40)]
    ]


class AskReceipt(Struct, frozen=True, tag_field="op", tag="receipt", forbid_unknown_fields=True):
    """of: the serial under which the message was sent."""

    of: Serial


class Sms:
    """The carrier. now_ms: real milliseconds since 1970."""

    code = "sms"

    def __init__(
        self,
        folder: Path,
        sync: str,
        seed: int,
        faults: OfficeFaults,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ):
        self.vault = OfficeVault(folder / "office-sms.sqlite", sync, _TABLES)
        self._faults = faults
        self._draw = dice(seed, "texts")
        self.now_ms = now_ms

    def close(self) -> None:
        self.vault.close()

    def answer(self, ask: Ask) -> Outcome:
        """Raises msgspec.ValidationError for what can't be read."""
        request = msgspec.convert(ask.body, Send | AskReceipt)
        if isinstance(request, AskReceipt):
            return self._receipt(ask.firm, request.of)
        return self.vault.once(ask, lambda: self._send(ask, request))

    def inbox(self, mobile: str) -> list[dict[str, object]]:
        """The texts that have arrived at a number, newest first."""
        rows = self.vault.rows(
            "SELECT text, due_at_ms FROM texts WHERE mobile = ? AND fate = ? AND due_at_ms <= ?"
            " ORDER BY number DESC LIMIT ?",
            mobile,
            DELIVERED,
            self.now_ms(),
            _MOST_SHOWN,
        )
        return [{"text": text, "at_ms": at_ms} for text, at_ms in rows]

    def _send(self, ask: Ask, send: Send) -> Outcome:
        template = TEMPLATES.get((send.template, send.locale))
        if template is None:
            return Outcome("refused", "S01_unknown_template")
        try:
            text = template.format_map(send.facts)
        except KeyError:
            return Outcome("refused", "S02_facts_missing")
        now_ms = self.now_ms()
        if self._is_too_often(send.mobile, now_ms):
            return Outcome("refused", "S03_too_often")
        least, most = self._faults.text_ms
        wait_ms = round(self._draw.uniform(least, most))
        if send.mobile.startswith(SLOW):
            wait_ms += _SLOW_MS
        self.vault.change(
            "INSERT INTO texts (firm, serial, mobile, text, sent_at_ms, due_at_ms, fate)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            *(ask.firm, ask.serial, send.mobile, text),
            *(now_ms, now_ms + wait_ms, self._fate(send.mobile)),
        )
        return Outcome("accepted")

    def _is_too_often(self, mobile: str, now_ms: int) -> bool:
        query = "SELECT COUNT(*) FROM texts WHERE mobile = ? AND sent_at_ms > ?"
        return any(
            self.vault.row(query, mobile, now_ms - window_ms)[0] >= most
            for most, window_ms in _LIMITS
        )

    def _fate(self, mobile: str) -> str:
        lost = self._draw.random() < self._faults.lose_text
        if mobile.startswith(NOT_IN_SERVICE):
            return EMPTY_NUMBER
        return NEVER if lost or mobile.startswith(LOST) else DELIVERED

    def _receipt(self, firm: str, serial: str) -> Outcome:
        query = "SELECT fate, due_at_ms FROM texts WHERE firm = ? AND serial = ?"
        row = self.vault.row(query, firm, serial)
        if row is None:
            return Outcome("unknown", "S05_unknown_serial")
        fate, due_at_ms = row
        if fate == NEVER or due_at_ms > self.now_ms():
            return Outcome("pending")
        if fate == EMPTY_NUMBER:
            return Outcome("undelivered", "S04_not_in_service")
        return Outcome("delivered", "", {"at_ms": due_at_ms})
