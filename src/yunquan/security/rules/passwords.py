"""What a login name and a password must look like."""

from __future__ import annotations

import re
import unicodedata

from yunquan.kernel.errors import Refused
from yunquan.security.types import PasswordLimits

_LOGIN_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,31}")
# Beginnings of what everybody tries first; the length rule does the rest.
_TRIED_FIRST = (
    "password",
    "passw0rd",
    "qwerty",
    "123456",
    "111111",
    "000000",
    "iloveyou",
    "admin",
    "woaini",
    "88888",
)
_RUNS = (
    "0123456789012345678901234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
)


def normal_login_name(text: str) -> str:
    """The form under which a login name is stored and found: width-folded, lower case, trimmed."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def check_login_name(name: str) -> Refused | None:
    """Letters, digits, dot, dash, underscore; 3 to 32 of them, the first a letter or digit."""
    return (
        None
        if _LOGIN_NAME.fullmatch(name)
        else Refused("login.name_malformed", {"shortest": 3, "longest": 32})
    )


def check_password(password: str, login_name: str, limits: PasswordLimits) -> Refused | None:
    """Refuses what is short, too plain, easily guessed or built on the login name."""
    if not limits.shortest <= len(password) <= limits.longest:
        return Refused("password.length", {"shortest": limits.shortest, "longest": limits.longest})
    if _kinds(password) < limits.kinds:
        return Refused("password.too_plain", {"kinds": limits.kinds})
    lowered = password.lower()
    bare = re.sub(r"[^a-z0-9]", "", login_name.lower())
    # Shorter names occur inside good passwords by chance.
    if len(bare) >= 4 and bare in lowered:
        return Refused("password.contains_name", {})
    if (
        lowered.startswith(_TRIED_FIRST)
        or _is_run(lowered)
        or len(set(password)) <= len(password) // 4
    ):
        return Refused("password.guessable", {})
    return None


def _kinds(password: str) -> int:
    return len({_kind(character) for character in password})


def _kind(character: str) -> str:
    if character.isdigit():
        return "digit"
    if character.islower():
        return "lower"
    return "upper" if character.isupper() else "other"


def _is_run(lowered: str) -> bool:
    # Most of the password being one run along the keyboard or alphabet, in either direction.
    for run in _RUNS:
        for line in (run, run[::-1]):
            if any(
                lowered[:size] in line
                for size in (len(lowered), len(lowered) - 1, len(lowered) - 2)
            ):
                return True
    return False
