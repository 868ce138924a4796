"""Who must agree to what, what a basis must name, what lifts what."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from yunquan.restrictions import rules
from yunquan.restrictions.types import Basis, FourEyes, RestrictionWish, Standing

DAY = "2026-07-13"
PAPER = Basis("judicial", "协助冻结", "(2026)沪01执123号", "上海一中院")
RISK = Basis("risk", "Review 118")


def wish(act: str, basis: Basis = PAPER, **more: Any) -> RestrictionWish:
    return RestrictionWish(act, "880000000001", basis, **more)


def standing(name: str, act: str = "restrict", **more: Any) -> Standing:
    base = Standing(
        *(name, "880000000001", act, "buy", "", 0, "risk", "Review 118", "", "", ""),
        *("staff:a", "", 1, 0, ""),
    )
    return replace(base, **more)


@pytest.mark.parametrize(
    ("act", "reach", "two"),
    [
        ("restrict", "buy", False),
        ("restrict", "sell", False),
        ("restrict", "withdraw", False),
        ("restrict", "all", True),
        ("freeze", "part", True),
        ("freeze", "whole", True),
        ("release", "buy", True),
        ("release", "sell", True),
        ("release", "withdraw", True),
        ("release", "all", True),
        ("release", "judicial", True),
        ("unfreeze", "part", True),
        ("thaw", "part", True),
    ],
)
def test_who_must_agree(act: str, reach: str, two: bool) -> None:
    assert rules.needs_second(act, reach, DAY) is two


def test_the_table_is_read_by_day() -> None:
    table = (
        FourEyes("restrict", "sell", 1, "2026-01-01", "2026-08-01", "w"),
        FourEyes("restrict", "sell", 2, "2026-08-01", "", "w"),
    )
    asked = [
        rules.needs_second("restrict", "sell", day, table)
        for day in ("2025-12-31", "2026-01-01", "2026-07-31", "2026-08-01")
    ]
    assert asked == [True, False, False, True]


def test_every_row_has_one_act_and_reach_a_day() -> None:
    rows = [(row.act, row.reach) for row in rules.rows_on(DAY)]
    assert len(rows) == len(set(rows)) == len(rules.FOUR_EYES)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (wish("restrict", RISK, scope="buy"), None),
        (wish("thaw", RISK, scope="buy"), "act.unknown"),
        (wish("restrict", RISK, scope="judicial"), "restriction.malformed"),
        (wish("release", scope="judicial"), None),
        (wish("restrict", RISK, scope="buy", asset="CNY"), "restriction.malformed"),
        (wish("restrict", Basis("rumour", "Review 118"), scope="buy"), "restriction.basis_kind"),
        (wish("freeze", asset="*"), None),
        (wish("unfreeze", asset="*"), "restriction.malformed"),
        (wish("freeze", asset="CNY", amount=100), None),
        (wish("freeze", asset="CNY", amount=0), "restriction.malformed"),
        (wish("freeze", asset="CNY", amount=-1), "restriction.malformed"),
        (wish("freeze", asset="cash", amount=1), "restriction.malformed"),
        (wish("freeze", RISK, asset="CNY", amount=1), "restriction.freeze_needs_authority"),
        (
            wish("freeze", Basis("judicial", "t", "x", ""), asset="*"),
            "restriction.paper_missing",
        ),
        (
            wish("restrict", Basis("regulator", "t", "", "x"), scope="buy"),
            "restriction.paper_missing",
        ),
        (
            wish("freeze", Basis("judicial", "t", "x" * 81, "y"), asset="*"),
            "restriction.paper_long",
        ),
        (wish("restrict", Basis("risk", "t", expires_on=DAY), scope="buy"), None),
        (
            wish("restrict", Basis("risk", "t", expires_on="2026-07-12"), scope="buy"),
            "restriction.expiry_past",
        ),
        (
            wish("restrict", Basis("risk", "t", expires_on="20260801"), scope="buy"),
            "restriction.expiry",
        ),
        (
            wish("release", Basis("risk", "t", expires_on="2026-08-01"), scope="buy"),
            "restriction.expiry",
        ),
    ],
)
def test_what_may_be_wanted(asked: RestrictionWish, code: str | None) -> None:
    refused = rules.check_wish(asked, DAY)
    assert (refused.code if refused else None) == code


def test_a_restriction_takes_the_place_of_the_one_before() -> None:
    stands = [standing("a"), standing("b", scope="sell")]
    assert rules.ended_by(wish("restrict", RISK, scope="buy"), stands) == {"a": 0}
    assert rules.ended_by(wish("release", RISK, scope="sell"), stands) == {"b": 0}
    assert rules.ended_by(wish("release", RISK, scope="all"), stands) == {}


def test_unfreezing_takes_the_named_paper_first_then_the_oldest() -> None:
    stands = [
        standing("old", "freeze", scope="", asset="CNY", left=300, document="A", at_ms=1),
        standing("new", "freeze", scope="", asset="CNY", left=500, document="B", at_ms=2),
        standing("whole", "freeze", scope="", asset="*", document="C", at_ms=3),
    ]
    lift = wish("unfreeze", Basis("judicial", "t", "B", "court"), asset="CNY", amount=600)
    assert rules.ended_by(lift, stands) == {"new": 0, "old": 200}
    lift = wish("unfreeze", Basis("judicial", "t", "Z", "court"), asset="CNY", amount=300)
    assert rules.ended_by(lift, stands) == {"old": 0}
    assert rules.ended_by(wish("release", scope="judicial"), stands) == {"whole": 0}


@pytest.mark.parametrize(
    ("basis", "expires_on", "code"),
    [
        (RISK, "", "restriction.authority_only"),
        (RISK, DAY, "restriction.authority_only"),
        (RISK, "2026-07-12", None),
        (PAPER, "", None),
    ],
)
def test_an_authoritys_paper_is_lifted_by_a_paper(
    basis: Basis, expires_on: str, code: str | None
) -> None:
    stands = [standing("a", kind="judicial", document="A", expires_on=expires_on)]
    refused = rules.check_lifting(wish("release", basis, scope="buy"), stands, DAY)
    assert (refused.code if refused else None) == code
    replaced = rules.check_replacing(wish("restrict", basis, scope="buy"), stands, DAY)
    assert bool(replaced) is bool(code)
