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


# (consent, title, what for in a line, all of it)
Texts = tuple[tuple[str, str, str, str], ...]


def texts_of(say: Callable[[str], str]) -> Texts:
    """As they are shown, each apart from the others (PIPL 29); the whole text unfolds below its
    line.
    """
    return tuple(
        (
            name,
            say(f"onboarding.consent.{name}"),
            say(f"onboarding.consent.{name}.line"),
            say(f"onboarding.consent.{name}.text"),
        )
        for name in CONSENTS
    )


def digest_of(application: str, shown: Texts) -> str:
    """Of what was shown, to whom: a consent handed in again elsewhere is none."""
    body = msgspec.json.encode([VERSION, application, shown])
    return hashlib.sha256(body).hexdigest()


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
