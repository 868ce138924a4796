"""Three hundred rules as a desk would have them: those a firm starts with, and thresholds and
sequences of every subject, written in the rules' own language.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from yunquan.indicators.rules.catalogue import CATALOGUE
from yunquan.indicators.types import Family, Indicator, Kind
from yunquan.rulebook.rules.books import first_rules
from yunquan.rulebook.rules.language import reach
from yunquan.rulebook.types import Condition, RuleText

RULES: Final = 300
# Of ten more rules so many are sequences.
SEQUENCES_OF_TEN: Final = 3
# How a number of a unit is written, and one that ordinary people don't reach.
WRITTEN: Final = {
    "fen": "yuan(80_000_000)",
    "milli": "price(900)",
    "share": "0.999",
    "ms": "seconds(50_000)",
    "bp": "4_000",
    "sd": "9",
    "per_s": "40",
    "qty": "80_000_000",
    "count": "600",
}


def desk() -> list[RuleText]:
    """The rules, those a firm starts with first."""
    first = list(first_rules())
    more = _more()
    return first + [next(more) for _ in range(RULES - len(first))]


def subjects(texts: list[RuleText]) -> dict[str, int]:
    """How many rules there are about each family."""
    return {
        family.name.lower(): sum(text.subject == family.name.lower() for text in texts)
        for family in Family
    }


def _more() -> Iterator[RuleText]:
    """Every family in turn, through its indicators; three of ten a sequence that ends in one."""
    by_family = {
        family: [one for one in CATALOGUE if one.family is family and one.unit in WRITTEN]
        for family in Family
    }
    for number in range(10 * RULES):
        family = Family(number % len(Family))
        at = number // len(Family)
        one = by_family[family][at * 7 % len(by_family[family])]
        sequence = number % 10 < SEQUENCES_OF_TEN and family in (Family.ACCOUNT, Family.POSITION)
        yield _rule(number, one, sequence=sequence)


def _rule(number: int, one: Indicator, *, sequence: bool) -> RuleText:
    kinds = tuple(kind.name.lower() for kind in Kind if one.family in reach(kind))
    last = f"{one.code} >= {WRITTEN[one.unit]}"
    if sequence:
        begins = Condition(("order",), "event.amount >= yuan(20_000) and account.orders.m1 >= 3")
        conditions = (begins, Condition(("fill", "cancel"), last))
        without: tuple[Condition, ...] = (Condition(("refused",), "account.refused.m1 >= 3"),)
    else:
        conditions, without = (Condition(kinds, last),), ()
    return RuleText(
        f"desk.{number}", "measured", one.family.name.lower(), conditions, 2, "", "", "benchmark",
        "F", 60 if sequence else 0, without,
    )  # fmt: skip
