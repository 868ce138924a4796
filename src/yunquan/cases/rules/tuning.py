"""A line that would have spared false alarms and lost nothing, from what cases turned out to be.
Pure.

Only lines that every alert must pass are looked at: `indicator >= number` joined by `and`, in the
condition that gives the alert. Raising one can only take alerts away.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from math import floor, log10
from typing import Final

import msgspec

from yunquan.cases.types import Outcome
from yunquan.indicators.rules.catalogue import CATALOGUE, PLACES
from yunquan.rulebook.types import RuleText

# How a number of a unit is spoken in the language of rules; others stand bare.
SPOKEN: Final = {"fen": ("yuan", 100.0), "milli": ("price", 1_000.0), "ms": ("seconds", 1_000.0)}
DIGITS: Final = 3


class Judged(msgspec.Struct, frozen=True):
    """A closed case of a rule: what it was, and the numbers of each of its alerts."""

    case: str
    outcome: str
    numbers: tuple[Mapping[str, float], ...]


class LineChange(msgspec.Struct, frozen=True):
    """A line that could be raised. was, now: as the rule says it; spared: false cases that would
    not have been, of all `innocent`; confirmed, unclear: how many there were; unclear_lost: of the
    latter, those below the new line. when: the whole condition with the new line.
    """

    rule: str
    code: str
    was: str
    now: str
    confirmed: int
    innocent: int
    unclear: int
    spared: int
    unclear_lost: int
    when: str


def best_change(text: RuleText, judged: Sequence[Judged]) -> LineChange | None:
    """The line that spares most false alarms while every confirmed case stays; None where none
    does, or where nothing was ever confirmed: nothing says then what must stay.
    """
    when = text.conditions[-1].when
    found = [change for line in _lines(when) if (change := _change(text.code, when, line, judged))]
    return max(found, key=lambda one: (one.spared, -one.unclear_lost), default=None)


def changed(text: RuleText, change: LineChange) -> RuleText:
    """The rule with that line; it says what the line rests on."""
    last = msgspec.structs.replace(text.conditions[-1], when=change.when)
    basis = (
        f"结案复核：误报 {change.spared}/{change.innocent} 件本可不报，"
        f"属实 {change.confirmed} 件全部保留；原阈值 {change.was}"
    )
    return msgspec.structs.replace(
        text, conditions=(*text.conditions[:-1], last), basis=basis, certainty="F"
    )


def _lines(when: str) -> list[tuple[str, int, int]]:
    """(indicator, begin, end of its number) of every line that must hold. The language is a subset
    of Python's expressions, on one line or several.
    """
    flat = when.replace("\n", " ")
    tree = ast.parse(flat.strip(), mode="eval").body
    joined = isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And)
    terms: list[ast.expr] = tree.values if isinstance(tree, ast.BoolOp) and joined else [tree]
    found = list[tuple[str, int, int]]()
    for term in terms:
        if not isinstance(term, ast.Compare) or len(term.ops) != 1:
            continue
        code, right = ast.unparse(term.left), term.comparators[0]
        end = right.end_col_offset
        if not isinstance(term.ops[0], ast.GtE | ast.Gt) or code not in PLACES or end is None:
            continue
        if _is_fixed(right):
            found.append((code, right.col_offset, end))
    return found


def _is_fixed(node: ast.expr) -> bool:
    """A number, spoken or bare, or a dated limit, perhaps a part of it; no other indicator."""
    if isinstance(node, ast.BinOp):
        return _is_fixed(node.left) and _is_fixed(node.right)
    if isinstance(node, ast.Call):
        return all(isinstance(one, ast.Constant) for one in node.args)
    return isinstance(node, ast.Constant) or ast.unparse(node).startswith("limit.")


def _change(
    rule: str, when: str, line: tuple[str, int, int], judged: Sequence[Judged]
) -> LineChange | None:
    code, begin, end = line
    flat = when.replace("\n", " ").strip()
    # A case stays as long as one of its alerts passes.
    peaks = [
        (one.outcome, max((n[code] for n in one.numbers if code in n), default=None))
        for one in judged
    ]
    known = [(outcome, peak) for outcome, peak in peaks if peak is not None]
    of = {kind: [peak for outcome, peak in known if outcome == kind] for kind in Outcome}
    confirmed, innocent = of[Outcome.CONFIRMED], of[Outcome.INNOCENT]
    spared = [peak for peak in innocent if confirmed and peak < min(confirmed)]
    if not spared:
        return None
    at = between(max(spared), min(confirmed))
    said = spoken(at, CATALOGUE[PLACES[code]].unit)
    return LineChange(
        rule,
        code,
        flat[begin:end],
        said,
        len(confirmed),
        len(innocent),
        len(of[Outcome.UNCLEAR]),
        len(spared),
        sum(peak < at for peak in of[Outcome.UNCLEAR]),
        f"{flat[:begin]}{said}{flat[end:]}",
    )


def between(below: float, above: float) -> float:
    """A plain number above one and not above the other: the middle with three digits, where that
    fits.
    """
    middle = (below + above) / 2
    places = DIGITS - 1 - floor(log10(abs(middle))) if middle else 0
    plain = round(middle, places)
    return plain if below < plain <= above else above


def spoken(value: float, unit: str) -> str:
    """As the language of rules says it."""
    name, scale = SPOKEN.get(unit, ("", 1.0))
    number = value / scale
    said = f"{number:.10f}".rstrip("0").rstrip(".")
    return f"{name}({said})" if name else said
