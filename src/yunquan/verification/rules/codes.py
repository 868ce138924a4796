"""One-time codes: whether one may be sent, whether the one given is right."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from yunquan.clients.rules import is_mobile
from yunquan.kernel.errors import Refused
from yunquan.kernel.thresholds import DayThresholds

DAY_MS = 24 * 3_600_000
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class KeptCode:
    """A code as it is kept: nobody can read it back."""

    serial: str
    mobile: str
    purpose: str
    digest: str
    sent_at_ms: int
    tries: int
    used_at_ms: int


@dataclass(frozen=True, slots=True)
class Sent:
    """How much was sent. last_ms: 0 when nothing was."""

    last_ms: int
    of_day: int
    of_network: int


def check_mobile(mobile: str) -> Refused | None:
    """Eleven digits, a 1 first."""
    return None if is_mobile(mobile) else Refused("client.mobile_malformed")


def check_sending(sent: Sent, now_ms: int, limits: DayThresholds) -> Refused | None:
    """Neither too soon nor too often."""
    wait_s = limits.number("code_again_s") - (now_ms - sent.last_ms) // 1000
    if sent.last_ms and wait_s > 0:
        return Refused("verification.code_too_soon", {"seconds": wait_s})
    too_many = sent.of_day >= limits.number("codes_a_day")
    if too_many or sent.of_network >= limits.number("codes_a_network_hour"):
        return Refused("verification.code_too_often")
    return None


def check_code(
    kept: KeptCode | None, digest: str, now_ms: int, limits: DayThresholds
) -> Refused | None:
    """kept: the newest one sent, this try counted already."""
    if kept is None or kept.used_at_ms:
        return Refused("verification.code_none")
    if now_ms - kept.sent_at_ms > limits.number("code_minutes") * 60_000:
        return Refused("verification.code_late")
    if kept.tries > limits.number("code_tries"):
        return Refused("verification.code_spent")
    if not hmac.compare_digest(kept.digest, digest):
        left = limits.number("code_tries") - kept.tries
        return Refused("verification.code_wrong", {"left": left})
    return None


def code_digest(key: bytes, serial: str, code: str) -> str:
    """Keyed: a million codes are few enough to try."""
    return hmac.new(key, f"code:{serial}:{code}".encode(), hashlib.sha256).hexdigest()


def mobile_digest(key: bytes, mobile: str) -> str:
    """Under which a number is found again."""
    return hmac.new(key, f"mobile:{mobile}".encode(), hashlib.sha256).hexdigest()
