"""The citizen's number 公民身份号码 (GB 11643-1999): shape, check digit, birthday."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK: Final = "10X98765432"
_SHAPE: Final = re.compile(r"[1-9][0-9]{16}[0-9X]", re.ASCII)


def check_digit(seventeen: str) -> str:
    """The last character, by ISO 7064 MOD 11-2."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, seventeen, strict=True))
    return _CHECK[total % 11]


def is_resident_number(number: str) -> bool:
    """18 characters, a birthday that exists, the right check character."""
    if not _SHAPE.fullmatch(number):
        return False
    try:
        date.fromisoformat(birth_day(number))
    except ValueError:
        return False
    return number[17] == check_digit(number[:17])


def birth_day(number: str) -> str:
    """The day in a number, ISO."""
    return f"{number[6:10]}-{number[10:12]}-{number[12:14]}"


def age_on(birth: str, day: str) -> int:
    """Whole years. Both ISO."""
    born, now = date.fromisoformat(birth), date.fromisoformat(day)
    return now.year - born.year - ((now.month, now.day) < (born.month, born.day))
