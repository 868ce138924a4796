"""The people of the simulated world: made up, the same in every run, as many as are asked for.

They live in a region no place has (administrative code 99), so that a number of theirs belongs to
nobody. A person is a function of the seed and their index; their number leads back to the index.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from yunquan_world.chance import dice

LONG_TERM = "9999-12-31"
PROVINCE = "云渺省"
_CITIES = ("澄江市", "砚浦市", "栖湄市", "霁原市", "榆岫市", "泓渚市")
_DISTRICTS = ("临水区", "望山区", "南圃区", "北垣区", "青坞县", "白屿县")
# Code of six digits -> city and district.
AREAS = {
    f"99{city:02d}{district:02d}": (city_name, district_name)
    for city, city_name in enumerate(_CITIES, 1)
    for district, district_name in enumerate(_DISTRICTS, 1)
}
_CODES = tuple(AREAS)
_STREETS = ("芷兰路", "漱石街", "采葭路", "听雨巷", "望舒路", "停云街", "晴岚大道", "拾穗路")
_SURNAMES = "林陈沈顾祁岑周苏陆温叶江许谢方袁姜俞宋柳章施卫韩贺白安邵宁程"
_GIVEN = "晓念知以南书清若舒景言意远安和禾舟澄霁岚泓芷砚栖沅汀樾淞苇珩皎溯筠槿蘅沐行川野乔"
_ETHNICITIES = ("汉",) * 17 + ("满", "回", "苗")
_TODAY = date(2026, 7, 13)
_ROUNDS = 50
_PER_ROUND = len(_CODES) * 500
MOST = _ROUNDS * _PER_ROUND
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

# What is out of the ordinary about somebody, by what it troubles.
RARE_CHARACTER, STALE_PHOTO, CANCELLED, RENAMED = (
    "rare_character",
    "stale_photo",
    "cancelled",
    "renamed",
)
THREE_ACCOUNTS, TWO_ACCOUNTS, ONE_ACCOUNT = "three_accounts", "two_accounts", "one_account"
DESIGNATED_ELSEWHERE, OLD_NUMBER, FROZEN = "designated_elsewhere", "old_number", "frozen"
MINOR, EXPIRED_CARD, ELDER = "minor", "expired_card", "elder"
# The first of every world: a dozen is named on the demonstration's pages.
_CAST: tuple[tuple[str, ...], ...] = (
    (),
    (),
    (RARE_CHARACTER,),
    (STALE_PHOTO,),
    (CANCELLED,),
    (RENAMED, ONE_ACCOUNT),
    (THREE_ACCOUNTS,),
    (ONE_ACCOUNT, DESIGNATED_ELSEWHERE),
    (OLD_NUMBER, ONE_ACCOUNT),
    (ONE_ACCOUNT, FROZEN),
    (MINOR,),
    (EXPIRED_CARD,),
    # Whom the lists speak of, or seem to (offices/lists.py); nothing else is wrong with them.
    *((),) * 8,
)
# And the chances of everybody after them.
_CHANCES = (
    (RARE_CHARACTER, 0.004),
    (STALE_PHOTO, 0.05),
    (CANCELLED, 0.002),
    (RENAMED, 0.01),
    (ONE_ACCOUNT, 0.25),
    (TWO_ACCOUNTS, 0.08),
    (THREE_ACCOUNTS, 0.03),
    (DESIGNATED_ELSEWHERE, 0.05),
    (OLD_NUMBER, 0.01),
    (FROZEN, 0.005),
    (EXPIRED_CARD, 0.02),
    (ELDER, 0.03),
)


@dataclass(frozen=True)
class Person:
    """Somebody. Days are ISO; valid_until LONG_TERM for a card without end. index: -1 for one the
    operator brought. former_name: "" unless renamed. mobile: a number no carrier gives out.
    """

    index: int
    name: str
    number: str
    sex: str
    birth: str
    ethnicity: str
    address: str
    issuer: str
    valid_from: str
    valid_until: str
    mobile: str
    traits: frozenset[str] = frozenset()
    former_name: str = ""

    @property
    def old_number(self) -> str:
        """The number of 15 digits, from before 1999."""
        return self.number[:6] + self.number[8:17]


class Population:
    """Everybody, by index and by number."""

    def __init__(self, seed: int):
        self._seed = seed
        self.person = lru_cache(maxsize=4096)(self._make)

    def find(self, number: str) -> Person | None:
        """Who has this number of 18 characters."""
        if len(number) != 18 or number[:6] not in AREAS or not number[14:17].isdigit():
            return None
        within = int(number[14:17]) // 2 * len(_CODES) + _CODES.index(number[:6])
        for turn in range(_ROUNDS):
            person = self.person(turn * _PER_ROUND + within)
            if person.number == number:
                return person
        return None

    def _make(self, index: int) -> Person:
        if not 0 <= index < MOST:
            raise ValueError(f"people are numbered 0 to {MOST - 1}")
        draw = dice(self._seed, "population", index)
        traits = _traits(index, draw.random)
        sex = draw.choice("女男")
        birth = _TODAY - timedelta(days=_age_days(traits, draw.random()))
        within = index % _PER_ROUND
        code = _CODES[within % len(_CODES)]
        order = within // len(_CODES) * 2 + (sex == "男")
        first = f"{code}{birth:%Y%m%d}{order:03d}"
        surname, given = draw.choice(_SURNAMES), draw.choice(_GIVEN)
        if draw.random() < 0.8:
            given += draw.choice(_GIVEN)
        city, district = AREAS[code]
        street, house = draw.choice(_STREETS), draw.randrange(1, 300)
        valid_from, valid_until = _validity(birth, draw.random(), expired=EXPIRED_CARD in traits)
        person = Person(
            index,
            surname + given,
            first + check_character(first),
            sex,
            birth.isoformat(),
            draw.choice(_ETHNICITIES),
            f"{PROVINCE}{city}{district}{street}{house}号{draw.randrange(1, 30)}室",
            f"{city}公安局{district[:-1]}分局",
            valid_from,
            valid_until,
            f"1000{index + 1:07d}",
            traits,
        )
        if RARE_CHARACTER in traits:
            person = replace(person, name=surname + draw.choice("䶮㛃䲜"))
        if RENAMED in traits:
            person = replace(person, former_name=surname + draw.choice(_GIVEN) + "生")
        return person


def check_character(seventeen: str) -> str:
    """The last character of a resident's number (GB 11643-1999)."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, seventeen, strict=True))
    return "10X98765432"[total % 11]


def _traits(index: int, roll: Callable[[], float]) -> frozenset[str]:
    if index < len(_CAST):
        return frozenset(_CAST[index])
    return frozenset(trait for trait, chance in _CHANCES if roll() < chance)


def _age_days(traits: frozenset[str], share: float) -> int:
    if MINOR in traits:
        return int(365.25 * 16.5)
    youngest, oldest = (71, 88) if ELDER in traits else (19, 66)
    return int(365.25 * (youngest + share * (oldest - youngest)))


def _validity(birth: date, share: float, *, expired: bool) -> tuple[str, str]:
    """A card's days. Five years under 16, ten to 25, twenty to 45, then without end."""
    age = (_TODAY - birth).days / 365.25
    if expired:
        begins = _TODAY - timedelta(days=int(365.25 * 10.5))
        return begins.isoformat(), _years_after(begins, 10).isoformat()
    begins = _TODAY - timedelta(days=30 + int(share * 365 * min(4.0, max(age - 16, 0.4))))
    at_issue = (begins - birth).days / 365.25
    if at_issue >= 46:
        return begins.isoformat(), LONG_TERM
    years = 5 if at_issue < 16 else 10 if at_issue < 26 else 20
    return begins.isoformat(), _years_after(begins, years).isoformat()


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
