"""The engine: cut anywhere, repeated, restarted, full, cold or republished, the same bits."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.indicators.streams import DAY_MS, HOUR_MS, OPEN_MS, event, long_stream, rows_of, streams
from yunquan.indicators import RULES, Engine, Sizes, no_rules, sizes_for
from yunquan.indicators.rules import kernel
from yunquan.indicators.rules.catalogue import PLACES
from yunquan.indicators.rules.code import LIVE, Op
from yunquan.indicators.rules.judge import Program
from yunquan.indicators.types import EVENT, Family, Kind
from yunquan.kernel.errors import Conflict, Invalid

SIZES = sizes_for(64, 64, symbols=16)
EVERY = tuple(Kind)
SNAPSHOT, ROWS = r"indicators\.snapshot", r"indicators\.rows"


def same(one: Any, other: Any) -> bool:
    """Bit for bit: NaN is NaN, and -0 is not 0."""
    return one.dtype == other.dtype and one.tobytes() == other.tobytes()


def program_of(count: int, guard: str = "account.orders.m5", least: float = 2.0) -> Program:
    """`count` live rules about accounts: so many orders within five minutes, on every event."""
    numbers = np.arange(count, dtype=np.int32)
    told = no_rules()._asdict()
    told["subject"][:] = Family.ACCOUNT
    told["most"][:] = 1_000_000
    told["state"][:count] = LIVE
    listed = np.concatenate([np.zeros(0, np.int32), *[numbers for _ in EVERY]]).astype(np.int32)
    lasting = {kind: count for kind in EVERY}
    begins = np.cumsum([0, *[lasting.get(kind, 0) for kind in range(16)]]).astype(np.int32)
    return Program(
        **told
        | {
            "begins": begins,
            "listed": listed,
            "rule": numbers,
            "role": np.zeros(count, np.int8),
            "step": np.zeros(count, np.int8),
            "need": np.full(count, 1 << Family.ACCOUNT, np.int32),
            "guard": np.full(count, Op.GE, np.int8),
            "guard_place": np.full(count, PLACES[guard], np.int32),
            "guard_value": np.full(count, least),
            "code_from": np.zeros(count, np.int32),
            "code_to": np.zeros(count, np.int32),
        }
    )


def engine_of(sizes: Sizes = SIZES, rules: int = 3) -> Engine:
    engine = Engine(sizes)
    engine.publish(program_of(rules))
    return engine


def of_account(number: int, at_ms: int, **fields: int) -> dict[str, int]:
    """An order of one account, about nothing else."""
    told = {"symbol": -1, "device": -1, "group": -1, "amount": 100, "side": 1} | fields
    return event(Kind.ORDER, at_ms, account=number, **told)


@settings(max_examples=30)
@given(rows=streams(), cuts=st.lists(st.integers(0, 80), max_size=8))
def test_however_it_is_cut_the_bits_are_the_same(rows: Any, cuts: list[int]) -> None:
    whole, parts = engine_of(), engine_of()
    alerts, values = whole.feed(rows)
    bounds = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    fed = [parts.feed(rows[a:b]) for a, b in pairwise(bounds)]
    assert same(np.concatenate([one for one, _ in fed]), alerts)
    assert same(np.concatenate([one for _, one in fed]), values)
    assert parts.snapshot() == whole.snapshot()


@settings(max_examples=30)
@given(rows=streams(), again=st.lists(st.tuples(st.integers(0, 79), st.integers(1, 9)), max_size=6))
def test_rows_that_come_again_change_nothing(rows: Any, again: list[tuple[int, int]]) -> None:
    once, often = engine_of(), engine_of()
    alerts, values = once.feed(rows)
    order = list(range(len(rows)))
    for where, count in again:
        # Some that came before, once more, in the midst of a call.
        at = min(where, len(order))
        order[at:at] = order[max(at - count, 0) : at]
    found, told = often.feed(rows[order])
    assert same(found, alerts)
    assert same(told, values)
    assert often.repeated == len(order) - len(rows)
    assert not len(often.feed(rows)[0])
    often.repeated = 0
    assert often.snapshot() == once.snapshot()


@settings(max_examples=20)
@given(rows=streams(), at=st.integers(0, 80), used=st.booleans())
def test_restored_at_any_row_it_goes_on_as_if_nothing_had_been(
    rows: Any, at: int, used: bool
) -> None:
    at = min(at, len(rows))
    whole, before, after = engine_of(), engine_of(), engine_of()
    if used:
        # Who was there before leaves nothing behind.
        after.feed(long_stream(5, 60))
    whole.feed(rows[:at])
    before.feed(rows[:at])
    after.restore(before.snapshot())
    assert after.snapshot() == before.snapshot()
    alerts, values = whole.feed(rows[at:])
    found, told = after.feed(rows[at:])
    assert same(found, alerts)
    assert same(told, values)
    for family in Family:
        for ours, theirs in zip(whole.state[family], after.state[family], strict=True):
            assert same(ours, theirs)
    for ours, theirs in zip(whole.memory, after.memory, strict=True):
        assert same(ours, theirs)
    assert after.snapshot() == whole.snapshot()


def test_a_snapshot_cut_off_anywhere_or_altered_is_refused_and_changes_nothing() -> None:
    taken, other = engine_of(), engine_of()
    taken.feed(long_stream(1, 40))
    other.feed(long_stream(2, 40))
    good, was = taken.snapshot(), other.snapshot()
    ends = {*range(64), *range(64, len(good), max(len(good) // 400, 1)), len(good) - 1}
    for end in sorted(ends):
        with pytest.raises(Conflict, match=SNAPSHOT):
            other.restore(good[:end])
    for at in range(0, len(good), max(len(good) // 100, 1)):
        with pytest.raises(Conflict, match=SNAPSHOT):
            other.restore(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
    with pytest.raises(Conflict, match=SNAPSHOT):
        other.restore(good + b"\0")
    assert other.snapshot() == was


@pytest.mark.parametrize(
    "sizes",
    [
        sizes_for(65, 64, symbols=16),
        sizes_for(64, 63, symbols=16),
        sizes_for(64, 64, symbols=17),
        sizes_for(4096, 64, symbols=16),
    ],
)
def test_a_snapshot_of_another_size_is_refused(sizes: Sizes) -> None:
    other = engine_of(sizes)
    other.feed(long_stream(2, 40))
    was = other.snapshot()
    with pytest.raises(Conflict, match=SNAPSHOT):
        other.restore(engine_of().snapshot())
    assert other.snapshot() == was


def test_a_snapshot_of_another_layout_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = engine_of()
    taken = engine.snapshot()
    monkeypatch.setattr("yunquan.indicators.service.engine.LAYOUT", 2)
    with pytest.raises(Conflict, match=SNAPSHOT):
        engine.restore(taken)


def test_what_is_no_row_is_refused() -> None:
    engine = engine_of()
    for wrong in (np.zeros(3), [], np.zeros((2, 2), EVENT), None):
        with pytest.raises(Invalid, match=ROWS):
            engine.feed(wrong)


def test_rows_as_they_come_over_the_wire_need_no_other_kernel() -> None:
    rows = long_stream(3, 60)
    engine, wire = engine_of(), engine_of()
    alerts, _ = engine.feed(rows)
    compiled = len(kernel.run.signatures)  # type: ignore[attr-defined]
    apart = np.zeros(2 * len(rows), EVENT)
    apart[::2] = rows
    found = [
        wire.feed(np.frombuffer(rows[:20].tobytes(), EVENT))[0],
        wire.feed(apart[::2][20:])[0],
    ]
    assert same(np.concatenate(found), alerts)
    assert len(kernel.run.signatures) == compiled  # type: ignore[attr-defined]


def test_a_kind_nobody_knows_harms_nobody() -> None:
    engine, other = engine_of(), engine_of()
    poison = {"kind": 255, "account": 1, "symbol": 1, "amount": 1 << 62, "at_ms": OPEN_MS}
    engine.feed(rows_of([poison, of_account(0, OPEN_MS), of_account(0, OPEN_MS + 1)]))
    other.feed(rows_of([of_account(0, OPEN_MS), of_account(0, OPEN_MS + 1)]))
    assert engine.memory.told.tolist() == other.memory.told.tolist()
    assert engine.memory.told[0] == 1


def test_a_full_table_is_counted_and_harms_nobody_else() -> None:
    sizes = sizes_for(4, 4, symbols=16)
    small, roomy = engine_of(sizes), engine_of()
    known = [of_account(number % 4, OPEN_MS + number * 10) for number in range(40)]
    strange = [of_account(4 + number, OPEN_MS + 35 + number * 40) for number in range(10)]
    mixed = sorted([*known, *strange], key=lambda one: one["at_ms"])
    alerts, values = small.feed(rows_of(mixed))
    wanted, wanted_values = roomy.feed(rows_of(known))
    assert (small.fill_of(Family.ACCOUNT).full, small.fill_of(Family.ACCOUNT).used) == (10, 4)
    assert roomy.fill_of(Family.ACCOUNT).full == 0
    assert set(alerts["account"].tolist()) <= {0, 1, 2, 3}
    for name in ("at_ms", "key", "rule"):
        assert alerts[name].tolist() == wanted[name].tolist()
    of_peers = [place for code, place in PLACES.items() if code.endswith("_of_peers.now")]
    assert same(np.delete(values, of_peers, 1), np.delete(wanted_values, of_peers, 1))


def test_who_was_cold_keeps_the_day() -> None:
    sizes = Sizes(dict.fromkeys(Family, 64), dict.fromkeys(Family, 2))
    engine = engine_of(sizes, rules=1)
    orders = [of_account(0, OPEN_MS), of_account(0, OPEN_MS + 1)]
    # Two hours on, others need the warm places; nobody was at work within the hour.
    later = OPEN_MS + 2 * HOUR_MS
    others = [of_account(1 + at, later + at * 2 * HOUR_MS // 3) for at in range(3)]
    back = of_account(0, later + 2 * HOUR_MS)
    engine.feed(rows_of([*orders, *others, back]))
    fill = engine.fill_of(Family.ACCOUNT)
    assert (fill.used, fill.warm, fill.warm_most) == (4, 2, 2)
    key = engine.state.account.keys[0]
    assert key["day"][0] == 3
    assert engine.state.account.warm[key["warm"]]["totals"][3][0] == 1


@pytest.mark.parametrize(("apart_ms", "early"), [(1, 3), (HOUR_MS // 2, 3), (2 * HOUR_MS // 3, 0)])
def test_who_loses_the_hour_while_at_work_is_counted(apart_ms: int, early: int) -> None:
    sizes = Sizes(dict.fromkeys(Family, 64), dict.fromkeys(Family, 2))
    engine = engine_of(sizes)
    engine.feed(rows_of([of_account(at, OPEN_MS + at * apart_ms) for at in range(5)]))
    assert engine.fill_of(Family.ACCOUNT).early == early


def test_what_comes_too_late_for_a_window_is_counted() -> None:
    engine = engine_of()
    times = (HOUR_MS * 3, HOUR_MS * 3 - 1, 0, DAY_MS)
    engine.feed(rows_of([of_account(0, OPEN_MS + at) for at in times]))
    assert engine.fill_of(Family.ACCOUNT).late == 1


def test_publishing_between_two_rows_loses_nothing_and_keeps_all() -> None:
    rows = long_stream(7, 120, busy=True)
    steady, changed = engine_of(rules=3), engine_of(rules=3)
    alerts, values = steady.feed(rows)
    found, told = list[Any](), list[Any]()
    compiled = len(kernel.run.signatures)  # type: ignore[attr-defined]
    for at in range(len(rows)):
        # Now with three hundred rules more, now without: the first three are the same.
        changed.publish(program_of(303 if at % 2 else 3))
        some, line = changed.feed(rows[at : at + 1])
        found.append(some[some["rule"] < 3])
        told.append(line[some["rule"] < 3])
    assert same(np.concatenate(found), alerts)
    assert same(np.concatenate(told), values)
    assert len(kernel.run.signatures) == compiled  # type: ignore[attr-defined]
    for family in Family:
        for ours, theirs in zip(steady.state[family], changed.state[family], strict=True):
            assert same(ours, theirs)


def test_no_alert_is_lost_when_more_fire_than_there_is_room() -> None:
    engine = engine_of(rules=RULES)
    rows = rows_of([of_account(0, OPEN_MS + at) for at in range(8)])
    alerts, values = engine.feed(rows)
    # All but the first order of the account, each of every rule.
    assert len(alerts) == len(values) == 7 * RULES
    assert alerts["seq"].tolist() == [seq for seq in range(1, 8) for _ in range(RULES)]
    assert alerts["rule"].tolist() == [*range(RULES)] * 7
    assert engine.memory.told.tolist() == [7] * RULES


def test_a_line_of_values_holds_the_families_of_its_row_and_no_others() -> None:
    engine = engine_of(rules=1)
    rows = long_stream(9, 80, busy=True)
    alerts, values = engine.feed(rows)
    assert len(alerts)
    for alert, line in zip(alerts, values, strict=True):
        present = {family for family in Family if alert["present"] >> family & 1}
        begins = {family: f"{family.name.lower()}." for family in Family if family not in present}
        absent = [
            place for code, place in PLACES.items() if code.startswith(tuple(begins.values()))
        ]
        assert np.isnan(line[absent]).all()


def orders_of(*told: tuple[int, int]) -> Any:
    """(account, amount) of orders in one instrument, a millisecond apart."""
    about = {"symbol": 0, "device": -1, "group": -1, "side": 1}
    return rows_of(
        [
            event(Kind.ORDER, OPEN_MS + at, account=account, amount=amount, **about)
            for at, (account, amount) in enumerate(told)
        ]
    )


def test_what_is_usual_is_an_order_an_account_and_round() -> None:
    others = [(account, 1_000) for account in range(1, 21)]
    flood = [(0, 10**6)] * 50
    calm, flooded = usual_after(orders_of(*others)), usual_after(orders_of(*flood, *others))
    assert calm == pytest.approx(1_000)
    # One order of the flood counts, of a sample of some twenty.
    assert 1_000 < flooded < 1_700
    # Forty accounts end a round: of each the next order counts too.
    crowd = [(account, 1_000) for account in range(250)]
    assert usual_after(orders_of(*crowd, *flood[:1], *crowd)) < usual_after(
        orders_of(*flooded_by(crowd))
    )


def flooded_by(crowd: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Each of a crowd followed by the same account's great order."""
    return [one for each in crowd for one in (each, (0, 10**6))]


def test_nothing_is_usual_of_a_few_orders() -> None:
    assert np.isnan(usual_after(orders_of(*[(0, 10**6)] * 100)))
    assert np.isnan(usual_after(orders_of(*[(account, 1_000) for account in range(9)])))


def usual_after(rows: Any) -> float:
    """In the instrument, after the last of these rows."""
    engine = Engine(sizes_for(512, 512, symbols=16))
    values, present = np.full((len(rows), len(PLACES)), np.nan), np.zeros(len(rows), np.int64)
    kernel.trace(engine.state, rows, values, present)
    return float(values[-1, PLACES["instrument.own_usual.now"]])
