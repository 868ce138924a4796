"""What applicants type: their card's facts, their details, their reasons."""

from __future__ import annotations

import re
from typing import Final

from yunquan.clients.rules import is_day
from yunquan.clients.types import WITHOUT_END
from yunquan.kernel.errors import Refused
from yunquan.kernel.residents import age_on, birth_day, is_resident_number
from yunquan.onboarding.types import CardFacts, Details

OCCUPATIONS: Final = (
    "employee",
    "professional",
    "public_official",
    "self_employed",
    "worker",
    "farmer",
    "student",
    "retired",
    "homemaker",
    "other",
)
# The risk questionnaire asks the same of the same years: its bands.
INCOMES: Final = ("under_50k", "50k_200k", "200k_500k", "500k_1m", "over_1m")
SOURCES: Final = ("salary", "business", "investment", "inheritance", "property", "pension", "other")
EDUCATIONS: Final = ("school", "college", "bachelor", "master", "")
TAXES: Final = ("cn", "abroad", "both")
ASKED_ONLY: Final = ("occupation", "income", "source_of_funds")
_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,100}\.[A-Za-z]{2,20}")
_NAME: Final = re.compile(
    r"[\u3400-\u9fff\U00020000-\U0003ffff]+(·[\u3400-\u9fff\U00020000-\U0003ffff]+)*"
)
_LONGEST: Final = {"address": 120, "tax_place": 60, "tax_number": 40, "bad_record": 300}


def check_card(card: CardFacts, day: str, youngest: int) -> Refused | None:
    """What no card can say, or whose holder can't open an account by themselves."""
    if not _NAME.fullmatch(card.name) or not 2 <= len(card.name) <= 30:
        return Refused("client.name_malformed", {"longest": 30, "field": "name"})
    if not is_resident_number(card.id_number):
        return Refused("client.id_number_malformed", {"field": "id_number"})
    if card.birth != birth_day(card.id_number):
        return Refused("onboarding.birth_differs", {"field": "birth"})
    if card.sex != ("M" if int(card.id_number[16]) % 2 else "F"):
        return Refused("onboarding.sex_differs", {"field": "sex"})
    if not 4 <= len(card.address) <= 120 or not card.address.isprintable():
        return Refused("onboarding.field_malformed", {"field": "address"})
    if not is_day(card.valid_from) or not is_day(card.valid_until):
        return Refused("client.id_day_malformed", {"field": "valid_until"})
    if card.valid_until != WITHOUT_END and card.valid_until < day:
        return Refused("onboarding.card_expired", {"day": card.valid_until, "field": "valid_until"})
    if card.valid_from > day or card.valid_from < card.birth:
        return Refused("client.id_day_malformed", {"field": "valid_from"})
    if age_on(card.birth, day) < youngest:
        return Refused("onboarding.too_young", {"youngest": youngest, "field": "birth"})
    return None


def check_details(details: Details) -> Refused | None:
    """What no form of ours offers, or what is missing."""
    chosen = (
        ("occupation", details.occupation, OCCUPATIONS),
        ("income", details.income, INCOMES),
        ("source_of_funds", details.source_of_funds, SOURCES),
        ("education", details.education, EDUCATIONS),
        ("tax", details.tax, TAXES),
    )
    for name, value, known in chosen:
        if value not in known:
            return Refused("onboarding.field_missing", {"field": name})
    if len(details.address.strip()) < 4:
        return Refused("onboarding.field_missing", {"field": "address"})
    if details.email and not _EMAIL.fullmatch(details.email):
        return Refused("onboarding.field_malformed", {"field": "email"})
    if details.tax != "cn" and not (details.tax_place.strip() and details.tax_number.strip()):
        return Refused("onboarding.field_missing", {"field": "tax_number"})
    for name in ("controller", "beneficiary"):
        value: str = getattr(details, name)
        if value != "self" and not 2 <= len(value.strip()) <= 60:
            return Refused("onboarding.field_missing", {"field": name})
    for name, longest in _LONGEST.items():
        text: str = getattr(details, name)
        if len(text) > longest or not text.isprintable():
            return Refused("onboarding.field_malformed", {"field": name})
    return None


def flags_of(details: Details, card: CardFacts, age: int) -> tuple[str, ...]:
    """What a reviewer should see first."""
    found = {
        "tax_abroad": details.tax != "cn",
        "controller_other": details.controller != "self" or details.beneficiary != "self",
        "bad_record": bool(details.bad_record),
        "card_typed": bool(card.changed),
        "elderly": age >= 70,
    }
    return tuple(name for name, holds in found.items() if holds)
