"""The gates of trading permissions against what is known of whoever applies. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Final

from yunquan.suitability.types import Gate, GateCheck, GateFacts, Verdict

AVERAGE_DAYS: Final = 20


def check_permission(gates: Iterable[Gate], facts: GateFacts) -> tuple[GateCheck, ...]:
    """Every gate, met or not, in the table's order.

    assets: fen, mean over the 20 trading days before the application, a day without an account
    counting as nothing. experience: whole months since the first trade.
    """
    return tuple(_CHECKS[gate.gate](gate, facts) for gate in gates)


def unmet(checks: Iterable[GateCheck]) -> list[str]:
    """Gates that aren't met."""
    return [one.gate for one in checks if not one.met]


def in_the_way(checks: Iterable[GateCheck]) -> list[GateCheck]:
    """Gates that nobody can meet by applying: what is signed or confirmed is so with it."""
    return [
        one for one in checks if not one.met and one.gate != "disclosure" and not one.may_confirm
    ]


def words_of(check: GateCheck) -> dict[str, int | str]:
    """A check's figures for a sentence: fen are read as money."""
    if check.gate == "assets":
        return {"needed_fen": check.needed, "has_fen": check.has}
    return {"needed": check.needed, "has": check.has}


def full_months(first: str, day: str) -> int:
    """Whole months from a day to another; 0 before the first or without one."""
    if not first or first > day:
        return 0
    begin, end = date.fromisoformat(first), date.fromisoformat(day)
    months = (end.year - begin.year) * 12 + end.month - begin.month
    return months - (end.day < begin.day)


def _of(gate: Gate, has: int | str, met: bool, needed: int | str | None = None) -> GateCheck:
    asked = gate.value if needed is None else needed
    return GateCheck(gate.gate, asked, has, met, gate.source, gate.certainty)


def _assets(gate: Gate, facts: GateFacts) -> GateCheck:
    return _of(gate, facts.average_fen, facts.average_fen >= int(gate.value))


def _experience(gate: Gate, facts: GateFacts) -> GateCheck:
    months = full_months(facts.first_trade, facts.day)
    return _of(gate, months, months >= int(gate.value))


def _class(gate: Gate, facts: GateFacts) -> GateCheck:
    product = str(gate.value)
    verdict = facts.matches.get(product, Verdict.REFUSE)
    insisted = verdict is Verdict.WARN and product in facts.confirmed
    return GateCheck(
        gate.gate,
        facts.levels.get(product, ""),
        facts.class_,
        verdict is Verdict.OK or insisted,
        gate.source,
        gate.certainty,
        may_confirm=verdict is Verdict.WARN and not insisted,
    )


def _disclosure(gate: Gate, facts: GateFacts) -> GateCheck:
    code = str(gate.value)
    return _of(gate, code if code in facts.signed else "", code in facts.signed)


def _test(gate: Gate, facts: GateFacts) -> GateCheck:
    code = str(gate.value)
    return _of(gate, code if code in facts.passed else "", code in facts.passed)


def _not_insider(gate: Gate, facts: GateFacts) -> GateCheck:
    declared = gate.gate in facts.declared
    return _of(gate, gate.gate if declared else "", declared)


_CHECKS: Final[dict[str, Callable[[Gate, GateFacts], GateCheck]]] = {
    "assets": _assets,
    "experience": _experience,
    "class": _class,
    "disclosure": _disclosure,
    "test": _test,
    "not_insider": _not_insider,
}
GATES: Final = tuple(_CHECKS)
