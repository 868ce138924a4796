"""The matrix against the reference's table, products, retakes, gates, professional investors."""

from __future__ import annotations

from typing import Any

import pytest

from tests.suitability.answering import CALM, DAY
from yunquan.suitability import load_firm_rows, load_questionnaires
from yunquan.suitability.rules import gates, matching, questionnaire, timing
from yunquan.suitability.types import (
    Assessment,
    AssessmentId,
    Change,
    GateFacts,
    Product,
    ProfessionalFacts,
    RiskClass,
    Trace,
    Verdict,
)

FIRM = load_firm_rows()
# Typed from the reference, section 6: rows C1-lowest, C1 to C5; columns R1 to R5.
TABLE = """
ok refuse refuse refuse refuse
ok warn   warn   warn   warn
ok ok     warn   warn   warn
ok ok     ok     warn   warn
ok ok     ok     ok     warn
ok ok     ok     ok     ok
"""


def test_the_matrix_is_the_reference_s() -> None:
    rows = [line.split() for line in TABLE.strip().splitlines()]
    ours = [
        [FIRM.verdict(class_, f"R{level}", DAY).value for level in range(1, 6)]
        for class_ in RiskClass
    ]
    assert ours == rows
    flat = [verdict for row in ours for verdict in row]
    totals = {name: flat.count(name) for name in ("ok", "warn", "refuse")}
    assert totals == {"ok": 16, "warn": 10, "refuse": 4}


def test_the_matrix_was_not_there_before_the_order() -> None:
    with pytest.raises(LookupError):
        FIRM.verdict(RiskClass.C1, "R1", "2017-06-30")
    with pytest.raises(LookupError):
        FIRM.verdict(RiskClass.C1, "R6", DAY)


def assessed(class_: str, term: int = 60, sorts: str = "cash equity") -> Assessment:
    return Assessment(
        AssessmentId("sas_1"),
        "app_1",
        "2026-1",
        "zh_CN",
        "",
        0,
        RiskClass(class_),
        class_ == "C1-lowest",
        term,
        frozenset(sorts.split()),
        (),
        DAY,
        "2028-07-12",
        0,
        "",
    )


@pytest.mark.parametrize(
    ("class_", "level", "sort", "term", "verdict", "mismatches"),
    [
        ("C4", "R4", "equity", 0, "ok", ()),
        ("C3", "R4", "equity", 0, "warn", ("level",)),
        ("C4", "R4", "leveraged", 0, "warn", ("sort",)),
        ("C4", "R3", "equity", 61, "warn", ("term",)),
        ("C2", "R5", "leveraged", 120, "warn", ("level", "term", "sort")),
        ("C1-lowest", "R1", "cash", 0, "ok", ()),
        ("C1-lowest", "R1", "bond", 0, "refuse", ("sort",)),
        ("C1-lowest", "R2", "cash", 0, "refuse", ("level",)),
    ],
)
def test_any_of_three_is_a_mismatch(
    class_: str, level: str, sort: str, term: int, verdict: str, mismatches: Any
) -> None:
    product = Product("x", level, sort, term, "a test", "F")
    found = matching.match_product(assessed(class_), product, FIRM, DAY)
    assert (found.verdict, found.mismatches) == (verdict, mismatches)


@pytest.mark.parametrize(
    ("class_", "level", "own", "code"),
    [
        ("C3", "R4", True, ""),
        ("C3", "R4", False, "suitability.not_own_initiative"),
        ("C3", "R3", True, "suitability.nothing_to_confirm"),
        ("C1-lowest", "R2", True, "suitability.refused"),
    ],
)
def test_who_may_insist(class_: str, level: str, own: bool, code: str) -> None:
    product = Product("x", level, "equity", 0, "a test", "F")
    found = matching.match_product(assessed(class_), product, FIRM, DAY)
    refused = matching.check_confirming(found, own_initiative=own)
    assert (refused.code if refused else "") == code


@pytest.mark.parametrize(
    ("day", "until"),
    [
        ("2026-07-13", "2028-07-12"),
        ("2024-02-29", "2026-02-27"),
        ("2026-02-28", "2028-02-27"),
        ("2026-12-31", "2028-12-30"),
    ],
)
def test_validity(day: str, until: str) -> None:
    assert timing.valid_until(day, FIRM) == until


def test_it_holds_on_its_last_day_and_says_so_a_month_before() -> None:
    one = assessed("C4")
    assert timing.holds(one, "2028-07-12")
    assert not timing.holds(one, "2028-07-13")
    assert not timing.holds(one, "2026-07-12")
    assert not timing.ends_soon(one, "2028-06-11", FIRM)
    assert timing.ends_soon(one, "2028-06-12", FIRM)


MINUTE = 60_000


@pytest.mark.parametrize(
    ("made", "now_ms", "code", "left", "wait_s"),
    [
        ([], 0, "", (2, 8), 0),
        ([(DAY, 0)], 10 * MINUTE - 1, "suitability.cooling_down", (1, 7), 1),
        ([(DAY, 0)], 10 * MINUTE, "", (1, 7), 0),
        ([(DAY, 0), (DAY, MINUTE)], 99 * MINUTE, "suitability.most_a_day", (0, 6), 0),
        ([("2026-07-12", 0)] * 8, 99 * MINUTE, "suitability.most_a_year", (2, 0), 0),
        ([("2025-07-14", 0)] * 8, 99 * MINUTE, "suitability.most_a_year", (2, 0), 0),
        ([("2025-07-13", 0)] * 8, 99 * MINUTE, "", (2, 8), 0),
        # A clock set back doesn't give new tries.
        ([("2026-07-14", 0)] * 2, 99 * MINUTE, "suitability.most_a_day", (0, 6), 0),
    ],
)
def test_retakes(made: Any, now_ms: int, code: str, left: Any, wait_s: int) -> None:
    found = timing.retake_of(made, DAY, now_ms, FIRM)
    assert (found.code, (found.left_today, found.left_year)) == (code, left)
    assert found.wait_s == wait_s


def test_numbers_of_the_day_hold_on_the_day() -> None:
    assert FIRM.term("most_a_day", "2026-01-31") == 3
    assert FIRM.term("most_a_day", "2026-02-01") == 2


def test_warnings() -> None:
    version = load_questionnaires()[-1]
    view = questionnaire.view_of(version, "zh_CN")

    def warned(trace: Trace) -> tuple[str, ...]:
        return timing.warnings_of(view, trace, FIRM, DAY)

    needed = questionnaire.reading_ms(view, FIRM.term("reading_zh_cps", DAY))
    assert warned(Trace()) == ("untimed",)
    assert warned(Trace(spent_ms={"loss": needed // 2 - 1})) == ("too_fast",)
    assert warned(Trace(spent_ms={"loss": needed})) == ()
    back = tuple(Change("debts", "mortgage", ticked=bool(i % 2), after_ms=i) for i in range(8))
    assert warned(Trace(spent_ms={"loss": needed}, changes=back)) == ("changed_much",)


# The reference's table of gates, typed again: yuan, months.
GATES = {
    "chinext": (100_000, 24),
    "star": (500_000, 24),
    "bse": (500_000, 24),
    "convertible": (100_000, 24),
    "margin": (500_000, 6),
    "southbound": (500_000, None),
}


@pytest.mark.parametrize("permission", GATES)
def test_gates_are_the_reference_s(permission: str) -> None:
    rows = {gate.gate: gate.value for gate in FIRM.gates(permission, DAY)}
    yuan, months = GATES[permission]
    assert rows["assets"] == yuan * 100
    assert rows.get("experience") == months
    assert ("test" in rows) is (permission in ("margin", "southbound"))
    assert {"class", "disclosure"} <= rows.keys()


GOOD = GateFacts(
    day=DAY,
    average_fen=10_000_000,
    days_known=20,
    first_trade="2024-07-13",
    class_="C4",
    matches={"chinext_share": Verdict.OK},
    levels={"chinext_share": "R4"},
    signed=frozenset({"chinext"}),
)


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({}, []),
        ({"average_fen": 9_999_999}, ["assets"]),
        ({"first_trade": "2024-07-14"}, ["experience"]),
        ({"first_trade": ""}, ["experience"]),
        ({"matches": {"chinext_share": Verdict.WARN}}, ["class"]),
        (
            {"matches": {"chinext_share": Verdict.WARN}, "confirmed": frozenset({"chinext_share"})},
            [],
        ),
        (
            {
                "matches": {"chinext_share": Verdict.REFUSE},
                "confirmed": frozenset({"chinext_share"}),
            },
            ["class"],
        ),
        ({"matches": {}, "class_": ""}, ["class"]),
        ({"signed": frozenset()}, ["disclosure"]),
    ],
)
def test_each_gate_stands_alone(changes: Any, missing: list[str]) -> None:
    facts = GateFacts(**{name: getattr(GOOD, name) for name in GateFacts.__slots__} | changes)
    checks = gates.check_permission(FIRM.gates("chinext", DAY), facts)
    assert gates.unmet(checks) == missing


def test_margin_wants_a_test_and_nobody_related() -> None:
    facts = GateFacts(day=DAY)
    missing = gates.unmet(gates.check_permission(FIRM.gates("margin", DAY), facts))
    assert missing == ["assets", "experience", "class", "test", "not_insider", "disclosure"]
    facts = GateFacts(day=DAY, declared=frozenset({"not_insider"}), passed=frozenset({"margin"}))
    missing = gates.unmet(gates.check_permission(FIRM.gates("margin", DAY), facts))
    assert missing == ["assets", "experience", "class", "disclosure"]


def test_the_growth_tier_came_later() -> None:
    def texts(day: str) -> list[Any]:
        return [gate.value for gate in FIRM.gates("star", day) if gate.gate == "disclosure"]

    assert texts("2025-07-12") == ["star"]
    assert texts("2025-07-13") == ["star", "star_growth"]


@pytest.mark.parametrize(
    ("first", "day", "months"),
    [
        ("2026-01-31", "2026-02-28", 0),
        ("2026-01-31", "2026-03-31", 2),
        ("2024-07-13", "2026-07-13", 24),
        ("2024-07-13", "2026-07-12", 23),
        ("2026-07-14", "2026-07-13", 0),
    ],
)
def test_whole_months(first: str, day: str, months: int) -> None:
    assert gates.full_months(first, day) == months


WAN = 1_000_000


@pytest.mark.parametrize(
    ("facts", "bases"),
    [
        (ProfessionalFacts("person", 500 * WAN, 0, 0, 24), ["conversion", "by_right"]),
        (ProfessionalFacts("person", 0, 0, 50 * WAN, 24), ["conversion", "by_right"]),
        (ProfessionalFacts("person", 300 * WAN, 0, 0, 12), ["conversion"]),
        (ProfessionalFacts("person", 0, 0, 30 * WAN, 12), ["conversion"]),
        (ProfessionalFacts("person", 300 * WAN - 1, 0, 30 * WAN - 1, 99), []),
        (ProfessionalFacts("person", 900 * WAN, 0, 0, 11), []),
        (ProfessionalFacts("organisation", 500 * WAN, 1000 * WAN, 0, 12), ["conversion"]),
        (ProfessionalFacts("organisation", 1000 * WAN, 999 * WAN, 0, 24), []),
        (
            ProfessionalFacts("organisation", 1000 * WAN, 2000 * WAN, 0, 24),
            ["conversion", "by_right"],
        ),
    ],
)
def test_professional_investors(facts: ProfessionalFacts, bases: list[str]) -> None:
    found = matching.professional_bases(facts, FIRM.professional(DAY))
    assert [row.basis for row in found] == bases


def test_calm_answers_are_complete() -> None:
    version = load_questionnaires()[-1]
    assert questionnaire.check_answers(version, CALM) is None
