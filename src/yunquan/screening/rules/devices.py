"""What a device and a session say of whoever holds them, and how many share something. Pure."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from yunquan.screening.rules.rows import DayRows
from yunquan.screening.types import CountRule, Device, Mark, Strength, Subject, Verdict

_HEADLESS: Final = re.compile(r"headless|phantomjs|puppeteer|playwright|selenium", re.I)
_REMOTE: Final = re.compile(r"teamviewer|anydesk|sunlogin|todesk|awesun|airdroid", re.I)
_EMULATOR: Final = re.compile(
    r"sdk_gphone|built for x86|genymotion|bluestacks|noxplayer|ldplayer|mumu|emulator", re.I
)
_PHONE: Final = re.compile(r"android|iphone|ipad|mobile|harmonyos", re.I)
_PUNCTUATION: Final = re.compile(r"[\s,.;:·\-_#()（）]+")
_V4_PREFIX, _V6_PREFIX = 24, 64


def marks_of(device: Device, rows: DayRows) -> list[Mark]:
    """What the client side tells of remote control, emulators and programs."""
    agent = device.user_agent
    on_phone = bool(_PHONE.search(agent))
    told = {
        "screening.mark.screen_shared": device.screen_shared is True,
        "screening.mark.remote_control": bool(_REMOTE.search(agent)),
        "screening.mark.automated": device.automated is True,
        "screening.mark.headless": bool(_HEADLESS.search(agent)),
        "screening.mark.emulator": bool(_EMULATOR.search(agent)),
        "screening.mark.no_touch": on_phone and device.touch_points == 0,
        "screening.mark.no_sensors": on_phone and device.sensors is False,
        "screening.mark.no_user_agent": not agent,
    }
    found = [rows.marks[code] for code, is_so in told.items() if is_so and code in rows.marks]
    return [Mark(row.code, row.strength, row.verdict) for row in found]


def marks_verdict(marks: list[Mark], rows: DayRows) -> Verdict:
    """What all marks come to: the gravest of the strong ones, and a person where weak ones add
    up."""
    strong = [mark.verdict for mark in marks if mark.strength is Strength.STRONG]
    weak = sum(mark.strength is Strength.WEAK for mark in marks)
    if Verdict.REFUSE in strong:
        return Verdict.REFUSE
    if Verdict.HUMAN in strong or weak >= rows.number("weak_marks_human"):
        return Verdict.HUMAN
    return Verdict.PASS


def shared_things(subject: Subject, device: Device) -> dict[str, str]:
    """What may be behind many applications, each as it is compared; what isn't known is left
    out."""
    things = {
        "device": device.device.strip(),
        "mobile": re.sub(r"\D", "", device.mobile),
        "address": _PUNCTUATION.sub("", unicodedata.normalize("NFKC", device.address)).casefold(),
        "id_number": subject.id_number.upper(),
        "bank_card": re.sub(r"\D", "", device.bank_card),
        "network": network_of(device.network),
    }
    return {what: value for what, value in things.items() if value}


def network_of(address: str) -> str:
    """The network an address is in: /24, or /64 of the newer kind; "" of what is no address, and of
    what only this machine has."""
    try:
        found = ipaddress.ip_address(address.strip().partition("%")[0])
    except ValueError:
        return ""
    if found.is_loopback or found.is_unspecified:
        return ""
    prefix = _V4_PREFIX if found.version == 4 else _V6_PREFIX
    return str(ipaddress.ip_network(f"{found}/{prefix}", strict=False))


def digest_of(key: bytes, what: str, value: str) -> str:
    """By which a thing is known again without being kept: keyed, as numbers can be tried."""
    return hmac.new(key, f"{what}:{value}".encode(), hashlib.sha256).hexdigest()


def count_marks(found: Mapping[CountRule, int]) -> list[Mark]:
    """What the counts of a day's rules say. found: how many each rule has counted."""
    marks: list[Mark] = []
    for rule, count in found.items():
        verdict = _count_verdict(rule, count)
        if verdict is Verdict.PASS:
            continue
        kind = "shared" if rule.counts == "persons" else "often"
        hours = rule.window_s // 3600
        facts = {"count": str(count), "hours": str(hours), "days": str(hours // 24)}
        marks.append(Mark(f"screening.{kind}.{rule.what}", Strength.STRONG, verdict, facts))
    return marks


def _count_verdict(rule: CountRule, count: int) -> Verdict:
    if rule.refuse_at and count >= rule.refuse_at:
        return Verdict.REFUSE
    if rule.human_at and count >= rule.human_at:
        return Verdict.HUMAN
    return Verdict.PASS
