"""What a day's phases take, what pauses trading, and the reference price of an ex-day."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest

from tests.market.test_products import AFTER, BEFORE, BOOK, SH4, SZ6, TRADED
from yunquan.market.rules import (
    RuleMissing,
    day_phases,
    ex_reference,
    phase_announced,
    phase_taking,
)
from yunquan.market.rules.halts import HaltLevels, HaltsSeen, decide_halt, halt_levels
from yunquan.market.rules.sessions import CLOSED, PHASE_NAMES, phase_at_second
from yunquan.market.types import AFTER_HOURS, LIMIT, ORDER_KINDS, Phase

# --- phases ---------------------------------------------------------------------------------------


def at(of: tuple[Phase, ...], text: str) -> Phase:
    hour, minute = text.split(":")
    return phase_at_second(of, int(hour) * 3600 + int(minute) * 60)


def test_a_day_is_whole() -> None:
    for market, board, product in TRADED:
        for on in (BEFORE, AFTER):
            phases = day_phases(BOOK, market, board, product, on)
            assert phases[0].start_s == 0
            assert all(a.end_s == b.start_s for a, b in pairwise(phases))
            assert {phase.name for phase in phases} <= set(PHASE_NAMES)
            for phase in phases:
                assert set(phase.takes) <= set(ORDER_KINDS)
                ordinary = [kind for kind in phase.takes if kind != AFTER_HOURS]
                assert phase.accepts_orders is bool(
                    ordinary if phase.kind == "auction" else phase.takes
                )


@pytest.mark.parametrize(
    ("place", "on", "when", "name", "takes"),
    [
        ("SH/fund/etf", BEFORE, "14:58", "continuous", SH4),
        ("SH/fund/etf", AFTER, "14:58", "closing_call", ("limit", "after_hours")),
        ("SZ/fund/etf", BEFORE, "14:58", "closing_call", ("limit",)),
        ("SH/fund/lof", AFTER, "14:58", "closing_call", ("limit",)),
        ("SH/fund/lof", AFTER, "15:10", "closed", ()),
        ("SH/fund/etf_wide", AFTER, "15:10", "after_hours", ("after_hours",)),
        ("SH/bond/convertible", AFTER, "14:58", "continuous", ("limit",)),
        ("SZ/bond/convertible", AFTER, "14:58", "closing_call", ("limit",)),
        ("SH/main/stock", AFTER, "09:16", "opening_call", ("limit",)),
        ("SZ/main/stock", AFTER, "09:16", "opening_call", ("limit", "after_hours")),
        ("SH/main/stock", AFTER, "10:00", "continuous", (*SH4, "after_hours")),
        ("SH/main/stock", BEFORE, "10:00", "continuous", SH4),
        ("SZ/chinext/stock", BEFORE, "10:00", "continuous", (*SZ6, "after_hours")),
        ("SZ/main/stock", AFTER, "12:00", "lunch", ("limit",)),
        ("SH/main/stock", AFTER, "12:00", "lunch", ()),
        ("SH/main/stock_st", AFTER, "15:02", "after_hours_entry", ("after_hours",)),
        ("BJ/bse/stock", AFTER, "15:02", "closed", ()),
    ],
)
def test_what_a_phase_takes(
    place: str, on: str, when: str, name: str, takes: tuple[str, ...]
) -> None:
    market, board, product = place.split("/")
    phase = at(day_phases(BOOK, market, board, product, on), when)
    assert (phase.name, phase.takes) == (name, takes)


def test_when_orders_are_given_back() -> None:
    phases = day_phases(BOOK, "SH", "main", "stock", AFTER)
    expected = {
        "09:16": SH4,
        "09:22": (),
        "10:00": (*SH4, AFTER_HOURS),
        "14:58": (AFTER_HOURS,),
        "15:02": (),
        "15:10": (AFTER_HOURS,),
        "15:40": (),
    }
    assert {when: at(phases, when).cancels for when in expected} == expected


@pytest.mark.parametrize(
    ("place", "on", "announced", "second", "name", "start"),
    [
        ("SH/main/stock", AFTER, "closing_call", -1, "closing_call", "14:57"),
        ("SH/fund/etf", BEFORE, "closing_call", -1, "continuous", "13:00"),
        ("BJ/bse/stock", AFTER, "after_hours", -1, "closed", "00:00"),
        ("SH/main/stock", AFTER, "after_hours", -1, "after_hours", "15:05"),
        ("SH/main/stock", AFTER, "continuous", 14 * 3600, "continuous", "13:00"),
        ("SH/main/stock", AFTER, "continuous", -1, "continuous", "09:30"),
        ("SH/main/stock", AFTER, "pre_open", -1, "pre_open", "00:00"),
        ("SH/main/stock", AFTER, "closed", -1, "closed", "00:00"),
        ("SH/main/stock", AFTER, "tea", -1, "closed", "00:00"),
    ],
)
def test_what_a_product_does_in_an_announced_phase(
    place: str, on: str, announced: str, second: int, name: str, start: str
) -> None:
    phase = phase_announced(day_phases(BOOK, *place.split("/"), on), announced, second)
    hour, minute = start.split(":")
    assert (phase.name, phase.start_s) == (name, int(hour) * 3600 + int(minute) * 60)


@pytest.mark.parametrize(
    ("place", "announced", "kind", "phase"),
    [
        ("SH/main/stock", "pre_open", LIMIT, "opening_call"),
        ("SH/main/stock", "pre_open", "best5_cancel", "continuous"),
        ("SH/main/stock", "opening_gap", LIMIT, "continuous"),
        ("SZ/main/stock", "opening_gap", LIMIT, "opening_gap"),
        ("SH/main/stock", "lunch", LIMIT, "continuous"),
        ("SZ/main/stock", "lunch", LIMIT, "lunch"),
        ("SZ/main/stock", "lunch", "fill_or_kill", "continuous"),
        ("SH/main/stock", "closing_call", "best5_cancel", None),
        ("SH/main/stock", "lunch", AFTER_HOURS, "continuous"),
        ("SH/main/stock", "after_hours_entry", LIMIT, None),
        ("BJ/bse/stock", "pre_open", AFTER_HOURS, None),
        ("SH/main/stock", "pre_open", "immediate_cancel", None),
        ("SH/main/stock", "closed", LIMIT, None),
    ],
)
def test_where_an_order_may_wait_for(
    place: str, announced: str, kind: str, phase: str | None
) -> None:
    phases = day_phases(BOOK, *place.split("/"), AFTER)
    found = phase_taking(phases, kind, phase_announced(phases, announced))
    assert (found and found.name) == phase


def test_without_a_session_there_is_no_day() -> None:
    with pytest.raises(RuleMissing):
        day_phases(BOOK, "SH", "index", "index", AFTER)
    assert phase_at_second((), 36_000) == CLOSED


# --- pauses ---------------------------------------------------------------------------------------

LEVELS = HaltLevels((3_000, 6_000), (600, 600), 14 * 3600 + 57 * 60)
TEN = 36_000


@pytest.mark.parametrize(
    ("seen", "price", "at_s", "expected"),
    [
        (HaltsSeen(), 12_990, TEN, None),
        (HaltsSeen(), 13_000, TEN, (1, True, TEN + 600)),
        (HaltsSeen(), 7_000, TEN, (1, False, TEN + 600)),
        (HaltsSeen(1, 0), 13_500, TEN, None),  # once a level
        (HaltsSeen(1, 0), 7_000, TEN, (1, False, TEN + 600)),  # and direction
        (HaltsSeen(1, 0), 16_000, TEN, (2, True, TEN + 600)),
        (HaltsSeen(), 16_500, TEN, (2, True, TEN + 600)),  # a jump through both pauses once
        (HaltsSeen(2, 0), 13_000, TEN, None),
        (HaltsSeen(), 13_000, 14 * 3600 + 50 * 60, (1, True, 14 * 3600 + 57 * 60)),
        (HaltsSeen(), 13_000, 14 * 3600 + 57 * 60, None),
        (HaltsSeen(), 10_000, TEN, None),
    ],
)
def test_decide_halt(
    seen: HaltsSeen, price: int, at_s: int, expected: tuple[int, bool, int] | None
) -> None:
    halt = decide_halt(LEVELS, seen, 10_000, price, at_s)
    assert (halt and (halt.level, halt.up, halt.until_s)) == expected


def test_a_pause_is_used_up() -> None:
    first = decide_halt(LEVELS, HaltsSeen(), 10_000, 16_000, TEN)
    assert first is not None
    assert first.seen == HaltsSeen(2, 0)
    assert decide_halt(LEVELS, first.seen, 10_000, 17_000, TEN) is None


@pytest.mark.parametrize(
    ("place", "limited", "listing_day", "levels"),
    [
        ("SH/main/stock", True, 0, None),
        ("SH/main/stock", False, 3, (3_000, 6_000)),
        ("SZ/chinext/stock", False, 0, (3_000, 6_000)),  # first day of the delisting period
        ("BJ/bse/stock", False, 1, (3_000, 6_000)),
        ("BJ/bse/stock", False, 0, None),
        ("SH/bond/convertible", True, 1, (2_000, 3_000)),
        ("SH/bond/convertible", True, 2, None),
        ("SH/fund/etf", True, 0, None),
    ],
)
def test_what_pauses(
    place: str, limited: bool, listing_day: int, levels: tuple[int, ...] | None
) -> None:
    rules = BOOK.on(AFTER)
    found = halt_levels(rules, *place.split("/"), limited=limited, listing_day=listing_day)
    assert (found and found.levels_bp) == levels


def test_a_convertible_pauses_half_an_hour_then_for_the_day() -> None:
    levels = halt_levels(BOOK.on(AFTER), "SZ", "bond", "convertible", limited=True, listing_day=1)
    assert levels is not None
    first = decide_halt(levels, HaltsSeen(), 100_000, 120_000, TEN)
    assert first is not None
    second = decide_halt(levels, first.seen, 100_000, 130_000, TEN + 1_800)
    assert (first.until_s, second and second.until_s) == (TEN + 1_800, levels.resumes_s)


# --- ex-days --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("close", "dividend", "bonus", "rights", "price", "tick", "expected"),
    [
        (10_000, 0, 0, 0, 0, 10, 10_000),
        (10_000, 5, 0, 0, 0, 10, 10_000),  # 9.995 half up
        (10_000, 6, 0, 0, 0, 10, 9_990),
        (10_000, 0, 1, 0, 0, 10, 5_000),
        (10_000, 0, 0, Fraction(3, 10), 5_000, 10, 8_850),  # 11.5 / 1.3 = 8.846
        (3_001, Fraction(1, 2), 0, 0, 0, 1, 3_001),  # 3.0005 on a fund's tick
        (1_000, 2_000, 0, 0, 0, 10, 10),  # never below a tick
    ],
)
def test_ex_reference(
    close: int,
    dividend: int | Fraction,
    bonus: int,
    rights: int | Fraction,
    price: int,
    tick: int,
    expected: int,
) -> None:
    found = ex_reference(
        close,
        dividend_milli=Fraction(dividend),
        bonus=Fraction(bonus),
        rights=Fraction(rights),
        rights_price_milli=price,
        tick_milli=tick,
    )
    assert found == expected
