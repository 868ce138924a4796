"""What a citizen's number says of its holder, and how long a card is valid."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from yunquan.kernel.residents import age_on

FOREVER: Final = "长期"


def birth_of(number: str) -> str:
    """YYYYMMDD."""
    return number[6:14]


def sex_of(number: str) -> str:
    return "男" if int(number[16]) % 2 else "女"


def province_of(number: str) -> str:
    return number[:2]


def as_date(text: str) -> date | None:
    """A day written YYYYMMDD; None when there is none."""
    if not re.fullmatch(r"[0-9]{8}", text, re.ASCII):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def terms_at(age: int) -> tuple[int, ...]:
    """Years a card issued at this age is valid; 0 is 长期 (Resident Identity Cards Act, art. 5).

    From 46 long-term; the year around each change is taken either way, as the day of application
    counts and not the day printed.
    """
    found = list[int]()
    for at in (age - 1, age) if age in {16, 26, 46} else (age,):
        found.append(5 if at < 16 else 10 if at <= 25 else 20 if at <= 45 else 0)
    return tuple(found)


def fits_term(birth: date, since: date, until: str) -> bool:
    """Does the validity printed fit the age at which the card was issued?"""
    if since < birth:
        return False
    terms = terms_at(age_on(birth.isoformat(), since.isoformat()))
    if until == FOREVER:
        return 0 in terms
    end = as_date(until)
    if end is None:
        return False
    return any(
        years and end.year - since.year == years and _same_day(since, end) for years in terms
    )


def _same_day(since: date, end: date) -> bool:
    if (since.month, since.day) == (2, 29):
        return (end.month, end.day) in {(2, 28), (2, 29), (3, 1)}
    return (since.month, since.day) == (end.month, end.day)
