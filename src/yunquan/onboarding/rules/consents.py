"""Separate consents: what was shown, what was ticked, what can't be refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from yunquan.kernel.errors import Refused
from yunquan.onboarding.types import CONSENTS

NEEDED: Final = ("privacy", "id_images")
VERSION: Final = "2026-2"


def texts_of(say: Callable[[str], str]) -> tuple[tuple[str, ...], ...]:
    """(consent, title, what for, all of it) as shown, each apart from the others (PIPL 29)."""
    parts = ("", ".line", ".text")
    return tuple(
        (name, *(say(f"onboarding.consent.{name}{part}") for part in parts)) for name in CONSENTS
    )


def digest_of(application: str, shown: tuple[tuple[str, ...], ...]) -> str:
    """Of what was shown, to whom: a consent handed in again elsewhere is none."""
    return hashlib.sha256(msgspec.json.encode([VERSION, application, shown])).hexdigest()


def check_consents(
    given: Mapping[str, bool], shown: str, digests: tuple[str, ...]
) -> Refused | None:
    """digests: of the texts in force, in each language. Every consent is answered, yes or no."""
    if shown not in digests:
        return Refused("onboarding.consents_changed")
    if set(given) != set(CONSENTS):
        return Refused("onboarding.consents_unanswered")
    missing = next((name for name in NEEDED if not given[name]), "")
    return Refused("onboarding.consent_needed", {"consent": missing}) if missing else None
