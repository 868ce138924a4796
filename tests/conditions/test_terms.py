"""What may be agreed to, and how it reads: tables of examples."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from yunquan.app.locale import catalogue
from yunquan.conditions import rules
from yunquan.conditions.types import (
    Condition,
    ConditionFields,
    ConditionId,
    ConditionState,
    Crossing,
    Seen,
    Terms,
    Watch,
)
from yunquan.kernel.errors import Invalid

TODAY = "2026-07-13"
SYMBOL = "600519.SH"
GROUND = rules.Ground(TODAY, "10:00:00", tick_milli=10, buy_min=100, buy_step=100)
STOP = ConditionFields(
    "stop", SYMBOL, "buy", 100, TODAY, crossing="at_or_above", threshold="12.00", offset="0.05"
)
TIMED = ConditionFields("timed", SYMBOL, "sell", 130, TODAY, "11.90", at="14:30")
GRID = ConditionFields(
    "grid",
    SYMBOL,
    "both",
    200,
    TODAY,
    base="10.00",
    step="0.20",
    low="9.00",
    high="11.00",
    rounds=5,
)


def test_fields_become_terms() -> None:
    stop = rules.read_terms(STOP, GROUND)
    assert (stop.threshold_milli, stop.offset_milli, stop.price_milli) == (12_000, 50, 0)
    timed = rules.read_terms(TIMED, GROUND)
    assert (timed.day, timed.at, timed.price_milli) == (TODAY, "14:30:00", 11_900)
    grid = rules.read_terms(GRID, GROUND)
    assert (grid.base_milli, grid.step_milli, grid.rounds) == (10_000, 200, 5)


@pytest.mark.parametrize(
    ("fields", "changes", "code"),
    [
        (STOP, {"kind": "wish"}, "condition.kind_unknown"),
        (STOP, {"side": "both"}, "condition.side"),
        (STOP, {"qty": 0}, "condition.quantity"),
        (STOP, {"qty": 150}, "condition.quantity_buy"),
        (STOP, {"expires_on": "2026-07-12"}, "condition.expiry"),
        (STOP, {"expires_on": "2026-10-12"}, "condition.expiry"),
        (STOP, {"expires_on": "soon"}, "condition.expiry"),
        (STOP, {"threshold": "12.005"}, "condition.price"),
        (STOP, {"threshold": "0"}, "condition.price"),
        (STOP, {"threshold": "-1"}, "condition.price"),
        (STOP, {"threshold": "dear"}, "price.malformed"),
        (STOP, {"offset": "-0.05"}, "condition.price"),
        (STOP, {"price": "0"}, "condition.price"),
        (STOP, {"crossing": ""}, "condition.crossing"),
        (TIMED, {"at": "10:00:00"}, "condition.time_past"),
        (TIMED, {"at": "25:00"}, "condition.time"),
        (TIMED, {"at": ""}, "condition.time"),
        (TIMED, {"at": "14-30"}, "condition.time"),
        (GRID, {"step": "0"}, "condition.price"),
        (GRID, {"low": "9.90"}, "condition.grid_bounds"),
        (GRID, {"high": "10.10"}, "condition.grid_bounds"),
        (GRID, {"base": "12.00"}, "condition.grid_bounds"),
        (GRID, {"rounds": 0}, "condition.rounds"),
        (GRID, {"rounds": 101}, "condition.rounds"),
    ],
)
def test_what_is_refused(fields: ConditionFields, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.read_terms(msgspec.structs.replace(fields, **changes), GROUND)
    assert refused.value.code == code
    # The sentence has every figure it names.
    told = catalogue().text(code, "en", **refused.value.facts)
    assert "{" not in told
    assert told != code


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize(
    ("fields", "figures"),
    [
        (STOP, ("12.00", "100", "0.05", SYMBOL, TODAY)),
        (msgspec.structs.replace(STOP, crossing="at_or_below", side="sell"), ("12.00", "0.05")),
        (msgspec.structs.replace(STOP, offset=""), ("12.00", "100")),
        (TIMED, ("14:30:00", "130", "11.90", TODAY)),
        (GRID, ("10.00", "0.20", "9.00", "11.00", "200", "5", TODAY)),
        (msgspec.structs.replace(GRID, side="buy", offset="0.03"), ("10.00", "0.03")),
        (msgspec.structs.replace(GRID, side="sell"), ("10.00", "0.20")),
    ],
)
def test_the_sentence_names_every_figure(
    fields: ConditionFields, figures: tuple[str, ...], locale: str
) -> None:
    def text(code: str, /, **facts: object) -> str:
        found = catalogue().text(code, locale, **facts)
        assert found != code, code
        return found

    terms = rules.read_terms(fields, GROUND)
    sentence = rules.sentence_of(terms, "Chenshan", text("unit.share"), text)
    assert [figure for figure in figures if figure not in sentence] == []
    assert "{" not in sentence


def test_the_digest_is_of_everything_agreed_to() -> None:
    terms = rules.read_terms(STOP, GROUND)
    first = rules.digest_of(terms, "sentence", "risk")
    assert first == rules.digest_of(rules.read_terms(STOP, GROUND), "sentence", "risk")
    others = {
        rules.digest_of(msgspec.structs.replace(terms, qty=200), "sentence", "risk"),
        rules.digest_of(terms, "another", "risk"),
        rules.digest_of(terms, "sentence", "another"),
    }
    assert len(others | {first}) == 4


def standing(terms: Terms, base_milli: int, turn: int = 1) -> Condition:
    return Condition(
        id=ConditionId("cnd_1"),
        account="6000000001",
        client="cli_1",
        symbol=SYMBOL,
        state=ConditionState.TRIGGERED,
        version=3,
        turn=turn,
        base_milli=base_milli,
        terms=terms,
        set_on=TODAY,
        expires_on=TODAY,
        sentence="",
        risk="",
        digest="",
        reason="",
        facts={},
        request="k",
        created_at_ms=0,
        changed_at_ms=0,
    )


@pytest.mark.parametrize(
    ("base", "lines"),
    [
        (10_000, {("buy", 9_800), ("sell", 10_200)}),
        (9_200, {("buy", 9_000), ("sell", 9_400)}),
        (9_000, {("sell", 9_200)}),
        (10_900, {("buy", 10_700)}),
    ],
)
def test_a_grid_waits_at_its_lines_inside_its_bounds(
    base: int, lines: set[tuple[str, int]]
) -> None:
    watches = rules.arm(standing(rules.read_terms(GRID, GROUND), base))
    assert {(one.condition.partition(":")[2], one.threshold_milli) for one in watches} == lines


@pytest.mark.parametrize(
    ("rising", "last", "side", "base"),
    [
        (False, 9_800, "buy", 9_800),
        (False, 9_610, "buy", 9_800),
        (False, 9_600, "buy", 9_600),
        (False, 9_150, "buy", 9_200),
        (True, 10_200, "sell", 10_200),
        (True, 10_790, "sell", 10_600),
    ],
)
def test_a_gap_over_lines_is_one_order(rising: bool, last: int, side: str, base: int) -> None:
    crossing = Crossing.AT_OR_ABOVE if rising else Crossing.AT_OR_BELOW
    watch = Watch("cnd_1:x", SYMBOL, crossing, 0)
    seen = Seen(1, "", "", last, 10_000, 0, 0, crossing.value, 0)
    grid = standing(rules.read_terms(GRID, GROUND), 10_000)
    made = rules.decide(grid, watch, TODAY, seen, (11_000, 9_000))
    assert (made.side, made.base_milli, made.price_milli) == (side, base, last)


@pytest.mark.parametrize(
    ("fields", "side", "last", "price"),
    [
        (STOP, "buy", 12_000, 12_050),
        (STOP, "sell", 12_000, 11_950),
        (STOP, "buy", 13_180, 13_200),
        (STOP, "sell", 10_810, 10_800),
        (TIMED, "sell", 12_000, 11_900),
    ],
)
def test_the_orders_limit(fields: ConditionFields, side: str, last: int, price: int) -> None:
    terms = rules.read_terms(fields, GROUND)
    assert rules.order_price(terms, side, last, (13_200, 10_800)) == price


@pytest.mark.parametrize(
    ("fields", "turn", "accepted", "state"),
    [
        (STOP, 1, True, "placed"),
        (STOP, 1, False, "failed"),
        (TIMED, 1, True, "placed"),
        (GRID, 1, True, "active"),
        (GRID, 5, True, "completed"),
        (GRID, 1, False, "paused"),
    ],
)
def test_what_follows_the_answer(
    fields: ConditionFields, turn: int, accepted: bool, state: str
) -> None:
    condition = standing(rules.read_terms(fields, GROUND), 10_000, turn)
    assert rules.after_answer(condition, accepted=accepted).value == state


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        ("active", {"pause", "cancel"}),
        ("paused", {"resume", "cancel"}),
        ("triggered", set()),
        ("placed", set()),
        ("expired", set()),
        ("cancelled", set()),
    ],
)
def test_what_a_client_may_do(state: str, allowed: set[str]) -> None:
    condition = replace(standing(rules.read_terms(STOP, GROUND), 0), state=ConditionState(state))
    may = {act for act in rules.ACTIONS if rules.refuse_action(condition, act, TODAY) is None}
    assert may == allowed
    if state == "paused":
        late = rules.refuse_action(condition, "resume", "2026-07-14")
        assert late is not None
        assert late.code == "condition.over"
