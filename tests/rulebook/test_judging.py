"""Rules at work in the engine: sequences, silence, floods, divisions by nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.indicators.streams import OPEN_MS, event, rows_of
from tests.rulebook.test_language import ANY, rule
from yunquan.indicators import RULES, Engine, no_rules, sizes_for
from yunquan.indicators.rules.code import FLOOD, NORMAL
from yunquan.indicators.types import Kind
from yunquan.rulebook.rules.language import compile_rule
from yunquan.rulebook.rules.program import make_program
from yunquan.rulebook.types import CompiledRule, Condition, RuleState, RuleText

SIZES = sizes_for(64, 64, symbols=16)
# What a letter of an example stands for.
LETTERS = {"A": Kind.ORDER, "B": Kind.CANCEL, "C": Kind.FILL, "D": Kind.REFUSED}


def engine_of(*texts: RuleText) -> Engine:
    """An engine with these rules, numbered from 0."""
    engine = Engine(SIZES)
    rules = dict[int, tuple[CompiledRule, RuleState]]()
    for number, text in enumerate(texts):
        compiled = compile_rule(text, {})
        assert isinstance(compiled, CompiledRule), compiled
        rules[number] = compiled, RuleState.LIVE
    engine.publish(make_program(rules, RULES))
    return engine


def told(story: str) -> Any:
    """Rows of a story: `A0 B5` is an order at second 0, a cancel at second 5; `x` behind, of
    another account.
    """
    events = list[dict[str, int]]()
    for word in story.split():
        who = 1 if word.endswith("x") else 0
        at_ms = OPEN_MS + int(word[1:].rstrip("x")) * 1_000
        fields = {"account": who, "symbol": 1, "side": 1, "amount": 100, "qty": 100}
        events.append(event(LETTERS[word[0]], at_ms, device=-1, group=-1, **fields))
    return rows_of(events)


def seconds(alerts: Any, name: str = "at_ms") -> list[int]:
    return ((alerts[name] - OPEN_MS) // 1_000).tolist()


def steps(*letters: str) -> tuple[Condition, ...]:
    return tuple(Condition((LETTERS[one].name.lower(),), ANY) for one in letters)


@pytest.mark.parametrize(
    ("pattern", "without", "story", "alerts"),
    [
        ("AB", "", "A0 B5", [5]),
        ("AB", "", "B0 A5", []),
        ("AB", "", "A0 A5 C6 D7 B8", [8]),
        ("AB", "", "A0 B60", [60]),
        ("AB", "", "A0 B61", []),
        ("AB", "", "A0 A30 B80", [80]),
        ("AB", "", "A0 B5 B6", [5]),
        ("AB", "", "A0 B5 A6 B7", [5, 7]),
        ("AB", "", "A0 B61 A70 B75", [75]),
        ("AB", "", "A0 B5x", []),
        ("AB", "", "A0 A1x B5x B6", [5, 6]),
        # What comes late, from before the beginning, is no second step.
        ("AB", "", "A10 B5", []),
        ("AB", "", "A10 B5 B12", [12]),
        # Nor does a late first step take the beginning back.
        ("AB", "", "A50 A0 B70", [70]),
        ("AB", "C", "A0 C1 B5", []),
        ("AB", "C", "A0 C1x B5", [5]),
        ("AB", "C", "C0 A1 B5", [5]),
        ("AB", "C", "A0 C1 A2 B5", [5]),
        ("AB", "C", "A10 C5 B12", [12]),
        ("AB", "CD", "A0 D1 B5", []),
        ("ABC", "", "A0 B1 C2", [2]),
        ("ABC", "", "A0 C1 B2", []),
        ("ABC", "", "A0 B1 A2 C3", [3]),
        ("ABC", "", "A0 B1 C61 A62 B63 C64", [64]),
        ("ABC", "D", "A0 B1 D2 C3", []),
        # One event is one step; what ends a sequence may begin the next.
        ("AA", "", "A0 A5", [5]),
        ("AA", "", "A0 A5 A10", [5, 10]),
        ("AA", "", "A0 A5 A66 A67", [5, 67]),
        ("AAA", "", "A0 A5 A10 A15 A20", [10, 20]),
    ],
)
def test_a_sequence(pattern: str, without: str, story: str, alerts: list[int]) -> None:
    text = rule(conditions=steps(*pattern), without=steps(*without), within_s=60, quiet_s=0)
    engine = engine_of(text)
    found, _ = engine.feed(told(story))
    assert seconds(found) == alerts


def test_an_alert_of_a_sequence_says_when_it_began() -> None:
    engine = engine_of(rule(conditions=steps("A", "B"), within_s=60, quiet_s=0))
    found, _ = engine.feed(told("A0 A3 B7"))
    assert (seconds(found), seconds(found, "began_ms")) == ([7], [3])


def test_only_what_begins_a_sequence_takes_a_place_in_memory() -> None:
    text = rule(conditions=steps("A", "B"), without=steps("C"), within_s=60)
    engine = engine_of(text)
    engine.feed(told("B0 C1 B2x C3x"))
    assert (engine.memory.rules >= 0).sum() == 0
    begun = told("A4")
    begun["seq"] = 9
    engine.feed(begun)
    assert (engine.memory.rules >= 0).sum() == 1


@pytest.mark.parametrize(
    ("quiet_s", "story", "alerts"),
    [
        (0, "A0 A0 A1", [0, 0, 1]),
        (60, "A0 A59 A60 A119 A120", [0, 60, 120]),
        (60, "A0 A1x A30 A61x", [0, 1, 61]),
        # Late by less than the silence: of the same trouble. Late by more: of another.
        (60, "A100 A41 A40", [100, 40]),
    ],
)
def test_a_rule_is_quiet_about_a_key_for_a_while(
    quiet_s: int, story: str, alerts: list[int]
) -> None:
    engine = engine_of(rule(ANY, quiet_s=quiet_s))
    found, _ = engine.feed(told(story))
    assert seconds(found) == alerts


def test_a_rule_that_fires_on_everything_is_named_and_held_back() -> None:
    every = rule(ANY, quiet_s=0, most=5)
    other = rule(ANY, quiet_s=0, most=100_000)
    engine = engine_of(every, other)
    rows = told(" ".join(f"A{at // 10}" for at in range(800)))
    alerts, values = engine.feed(rows)
    flooding, calm = (alerts[alerts["rule"] == number] for number in (0, 1))
    # A minute has 600 rows, the second one 200: five told and one that names the flood, of each.
    assert flooding["flags"].tolist() == 2 * [*[NORMAL] * 5, FLOOD]
    assert seconds(flooding) == [0] * 6 + [60] * 6
    assert engine.memory.told[0] == 12
    assert engine.memory.kept_back[0] == 800 - 10
    # Nobody else is delayed.
    assert calm["seq"].tolist() == rows["seq"].tolist()
    assert engine.memory.kept_back[1] == 0
    assert len(values) == len(alerts)


def test_a_flood_ends_when_a_clock_that_was_ahead_is_set_right() -> None:
    engine = engine_of(rule(ANY, quiet_s=0, most=1))
    found, _ = engine.feed(told("A400000 A400001 A400002 A0 A1 A60"))
    assert seconds(found) == [400_000, 400_001, 0, 1, 60]
    assert found["flags"].tolist() == [NORMAL, FLOOD, NORMAL, FLOOD, NORMAL]


@pytest.mark.parametrize(
    "when",
    [
        "event.amount / (event.qty - event.qty) > yuan(0)",
        "not event.amount / (event.qty - event.qty) > yuan(0)",
        "event.amount / (event.qty - event.qty) > yuan(0) or event.amount > yuan(0)",
        "event.side == buy and event.amount / (event.qty - event.qty) > yuan(0)",
    ],
)
def test_dividing_by_nothing_is_counted_and_fires_nothing(when: str) -> None:
    engine = engine_of(rule(when, quiet_s=0), rule(ANY, quiet_s=0))
    found, _ = engine.feed(told("A0 A1 A2"))
    assert found["rule"].tolist() == [1, 1, 1]
    assert engine.memory.faults[:2].tolist() == [3, 0]


def test_what_is_not_reached_is_no_fault() -> None:
    engine = engine_of(
        rule("event.side == sell and event.amount / (event.qty - event.qty) > yuan(0)"),
        rule("event.side == buy or event.amount / (event.qty - event.qty) > yuan(0)"),
    )
    found, _ = engine.feed(told("A0"))
    assert found["rule"].tolist() == [1]
    assert engine.memory.faults[:2].tolist() == [0, 0]


def test_a_shadow_run_tells_too_and_what_is_off_doesn_t() -> None:
    compiled = compile_rule(rule(ANY, quiet_s=0), {})
    assert isinstance(compiled, CompiledRule)
    engine = Engine(SIZES)
    program = make_program({3: (compiled, RuleState.SHADOW)}, RULES)
    engine.publish(program)
    assert seconds(engine.feed(told("A0"))[0]) == [0]
    engine.publish(make_program({}, RULES))
    assert not len(engine.feed(rows_of([{"seq": 5, "kind": Kind.ORDER, "account": 0}]))[0])


def test_a_published_program_needs_no_other_kernel_than_the_empty_one() -> None:
    compiled = compile_rule(rule(ANY, ANY, without=(Condition(("fill",), ANY),)), {})
    assert isinstance(compiled, CompiledRule)
    made = [make_program({}, RULES), make_program({5: (compiled, RuleState.LIVE)}, RULES)]
    for program in made:
        for ours, empty in zip(program, no_rules(), strict=True):
            assert (ours.dtype, ours.ndim) == (empty.dtype, empty.ndim)
            assert ours.flags.c_contiguous
            assert ours.flags.writeable
