"""Drawing a script and saying it in a language. Pure: chance comes in as a number."""

from __future__ import annotations

from typing import Final

from yunquan.witness.rules.policy import Policy, holds_on
from yunquan.witness.types import Script, Sentence, SentenceRow

DIGITS: Final = 4
_NUMBERS: Final = 10**DIGITS


def rows_of(policy: Policy, day: str, *kinds: str) -> list[SentenceRow]:
    """The day's sentences of these kinds, in the table's order."""
    return [row for row in policy.sentences if row.kind in kinds and holds_on(row, day)]


def draw(policy: Policy, day: str, chance: int) -> tuple[tuple[str, ...], str, int, str]:
    """(codes in order, digits to read, shortest seconds, version) from a random number."""
    fixed = rows_of(policy, day, "read", "answer")
    drawn = rows_of(policy, day, "draw")
    if not fixed:
        raise ValueError(f"no sentence on {day}")
    digits, chance = f"{chance % _NUMBERS:0{DIGITS}}", chance // _NUMBERS
    if drawn:
        chosen = drawn[chance % len(drawn)]
        place = 1 + chance // len(drawn) % len(fixed)
        fixed.insert(place, chosen)
    codes = tuple(row.code for row in fixed)
    return codes, digits, sum(row.seconds for row in fixed), fixed[0].version


def said(policy: Policy, script: Script, day: str, name: str) -> tuple[Sentence, ...]:
    """A script's sentences in its language, as they were on the day it was drawn."""
    known = {row.code: row for row in policy.sentences if holds_on(row, day)}
    facts = {"name": name, "digits": " ".join(script.digits)}
    return tuple(
        Sentence(
            code,
            "answer" if known[code].kind == "draw" else known[code].kind,
            known[code].texts[script.locale].format(**facts),
            known[code].seconds,
        )
        for code in script.codes
    )


def steps_of(policy: Policy, day: str, locale: str) -> tuple[Sentence, ...]:
    """What staff ask in a call, in their language."""
    return tuple(
        Sentence(row.code, "step", row.texts[locale], row.seconds)
        for row in rows_of(policy, day, "step")
    )
