"""What the language of rules takes and refuses, and that the kernel's machine says what Python
says of the same words.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from yunquan.indicators import RULES
from yunquan.indicators.rules.catalogue import CATALOGUE, PLACES
from yunquan.indicators.rules.code import NO_GUARD, Op
from yunquan.indicators.rules.judge import holds, make_memory, passes
from yunquan.indicators.types import EVENT, Kind
from yunquan.kernel.errors import Refused
from yunquan.rulebook.rules.language import LONGEST, compile_rule
from yunquan.rulebook.rules.program import make_program
from yunquan.rulebook.types import CompiledRule, Condition, RuleState, RuleText

LIMITS = {"large": ("fen", 3e8), "half": ("share", 0.5), "nothing": ("fen", 0.0)}
ANY = "event.amount >= yuan(0)"


def rule(*whens: str, on: str = "order", **changes: Any) -> RuleText:
    """A rule of these conditions."""
    told = {
        "code": "tried",
        "kind": "tried",
        "subject": "account",
        "conditions": tuple(Condition((on,), when) for when in whens),
        "grade": 2,
        "title_zh": "试",
        "title_en": "Tried",
        "basis": "none",
        "certainty": "own",
        "within_s": 60 if len(whens) > 1 else 0,
    }
    return RuleText(**(told | changes))


def refused(text: RuleText) -> tuple[str, Any]:
    """(code without its room, column)."""
    found = compile_rule(text, LIMITS)
    assert isinstance(found, Refused), found
    return found.code.removeprefix("rulebook."), found.facts["column"]


def accepted(text: RuleText) -> CompiledRule:
    found = compile_rule(text, LIMITS)
    assert isinstance(found, CompiledRule), found
    return found


@pytest.mark.parametrize(
    ("when", "code", "column"),
    [
        ("", "syntax", 1),
        ("   ", "syntax", 1),
        ("account.orders.m5 >", "syntax", 20),
        ("  account.orders.m5 >", "syntax", 22),
        ("account.orders.m5 > 1)", "syntax", 22),
        ("account.orders.m5 > 1 and\n  )", "syntax", 29),
        ("1) > (0", "syntax", 2),
        ("account.orders.m5", "not_true_or_false", 1),
        ("account.orders.m5 and account.orders.m1 > 1", "not_true_or_false", 1),
        ("account.orders.m1 > 1 or 1", "not_true_or_false", 26),
        ("not account.orders.m1", "not_true_or_false", 5),
        ("account.orders.m2 > 1", "name", 1),
        ("account.orders > 1", "name", 1),
        ("account.order_amount.m5 > limit.small", "name", 27),
        ("account.__class__ > 1", "name", 1),
        ("account.orders.m5.__class__ > 1", "name", 1),
        ("event.__dict__ == 1", "name", 1),
        ("__import__ > 1", "name", 1),
        ("event.nothing == 1", "name", 1),
        ("__import__(1) > 1", "function", 1),
        ("eval(1) > 1", "function", 1),
        ("account.orders.m5.conjugate(1) > 1", "not_allowed", 1),
        ("min(1) > 1", "function", 1),
        ("min(1, 2, 3) > 1", "function", 1),
        ("yuan(account.orders.m5) > yuan(1)", "function", 1),
        ("yuan(yuan(1)) > yuan(1)", "unit", 1),
        ("account.order_amount.m5 > 1", "unit", 1),
        ("  account.order_amount.m5 > 1", "unit", 3),
        ("account.orders.m5 > yuan(1)", "unit", 1),
        ("account.order_amount.m5 > price(1)", "unit", 1),
        ("account.order_amount.m5 + 1 > yuan(1)", "unit", 1),
        ("account.order_amount.m5 * yuan(2) > yuan(1)", "unit", 1),
        ("account.orders.m1 > 1 and\n\tevent.side == 1", "unit", 28),
        ("event.side == order", "unit", 1),
        ("event.side > sell", "unit", 1),
        ("event.side * 2 == buy", "unit", 1),
        ("-event.side == buy", "unit", 2),
        ("event.account + event.account == event.account", "unit", 1),
        ("(account.orders.m5 > 1) == (account.orders.m1 > 1)", "unit", 1),
        ("-(account.orders.m5 > 1)", "unit", 3),
        ("abs(account.orders.m5 > 1)", "unit", 5),
        ("1 + (account.orders.m5 > 1) > 1", "unit", 6),
        ("account.orders.m5 is 1", "not_allowed", 1),
        ("account.orders.m5 in (1, 2)", "not_allowed", 22),
        ("account.orders.m5 // 2 > 1", "not_allowed", 1),
        ("2 ** 2 > 1", "not_allowed", 1),
        ("1 << 2 > 1", "not_allowed", 1),
        ("True", "not_allowed", 1),
        ("None", "not_allowed", 1),
        ("... == 1", "not_allowed", 1),
        ("1j > 1", "not_allowed", 1),
        ("+1 > 1", "not_allowed", 1),
        ("1 if 1 > 0 else 2", "not_allowed", 1),
        ("yuan(value=1) > yuan(1)", "not_allowed", 1),
        ("min(*event.price) > 1", "not_allowed", 5),
        ("await event.price", "not_allowed", 1),
        ("(yield 1)", "not_allowed", 2),
        ("(x for x in y)", "not_allowed", 1),
        ("lambda: 1", "not_allowed", 7),
        ("(lambda x: x)(1) > 0", "not_allowed", 10),
        ("(x := 1) > 0", "not_allowed", 4),
        ("f'{1}' == 1", "not_allowed", 2),
        ('"a" == 1', "not_allowed", 1),
        ("account.orders.m5 > 1 # and more", "not_allowed", 23),
        ("account.orders[0] > 1", "not_allowed", 15),
        ("1 > 0; 1 > 0", "not_allowed", 6),
        ("1 > \\\n0", "not_allowed", 5),
        ("1 > 0\x00", "not_allowed", 6),
        ("账户 > 1", "not_allowed", 1),
        ("ａccount.orders.m5 > 1", "not_allowed", 1),
        ("1 > \ud800", "not_allowed", 5),
        (f"account.orders.m5 > {'9' * 400}", "number", 21),
        ("account.orders.m5 > 1e999", "number", 21),
        ("account.order_amount.m5 > yuan(1e308)", "number", 27),
        ("account.orders.m5 > 1e308 * 10", "number", 21),
        ("1 > 0" + " " * LONGEST, "long", 1),
        ("pair.matches.m5 > 1", "out_of_reach", 1),
    ],
)
def test_what_is_refused(when: str, code: str, column: int) -> None:
    assert refused(rule(when)) == (code, column)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (rule(ANY, subject="nobody"), "subject"),
        (rule(), "empty"),
        (rule(ANY, ANY, within_s=0), "within"),
        (rule(ANY, without=(Condition(("fill",), ANY),)), "without"),
        (rule(ANY, grade=0), "grade"),
        (rule(ANY, grade=5), "grade"),
        (rule(ANY, on="thought"), "event"),
        (rule(conditions=(Condition((), ANY),)), "no_events"),
        (rule(*[ANY] * 9), "lines"),
        (rule(ANY, ANY, without=(Condition(("fill",), ANY),) * 9), "lines"),
        (rule(ANY, quiet_s=-1), "range"),
        (rule(ANY, within_s=-1), "range"),
        (rule(ANY, most=0), "range"),
        (rule(ANY, most=1 << 40), "range"),
        (rule(ANY, on="quote"), "out_of_reach"),
        (rule("device.orders.m5 > 1", on="fill"), "out_of_reach"),
    ],
)
def test_rules_that_are_none(text: RuleText, code: str) -> None:
    assert refused(text) == (code, 1)


@pytest.mark.parametrize(
    "when",
    [
        "(" * 900 + "1" + ")" * 900,
        "-" * 1_900 + "1 > 0",
        "not " * 450 + "1 > 0",
        "+".join(["1"] * 990) + " > 0",
        "abs(" * 300 + "1" + ")" * 300 + " > 0",
        "event" + ".a" * 950 + " > 0",
        "1" * 1_990,
        "9" * 1_900 + " > 0",
        "1e" + "9" * 1_900 + " > 0",
        "min(1, " * 240 + "1" + ")" * 240 + " > 0",
        "account.orders.m5 > 1 and " * 70 + "event.price",
        "_" * 1_990,
        "(" * 1_999,
    ],
)
def test_hostile_texts_are_refused(when: str) -> None:
    code, _ = refused(rule(when))
    assert code in {"deep", "syntax", "number", "not_true_or_false", "name"}


@settings(max_examples=300)
@given(st.text(st.sampled_from("abeintuvx019._ ()<>=!+-*/,\n\\'\"{}[]:;#@\x00云"), max_size=60))
def test_no_text_at_all_makes_it_stumble(when: str) -> None:
    assert isinstance(compile_rule(rule(when), LIMITS), Refused | CompiledRule)


def test_a_text_may_have_lines() -> None:
    compiled = accepted(rule("account.orders.m5 >= 3\n    and event.side == buy"))
    assert compiled.places == (PLACES["account.orders.m5"],)


@pytest.mark.parametrize(
    ("when", "op", "code", "number"),
    [
        ("account.orders.m5 >= 3", Op.GE, "account.orders.m5", 3.0),
        ("3 < account.orders.m5", Op.GT, "account.orders.m5", 3.0),
        ("account.order_amount.d1 > 2 * limit.large", Op.GT, "account.order_amount.d1", 6e8),
        (
            "event.side == buy and account.buy_share.h1 == percent(50)",
            Op.EQ,
            "account.buy_share.h1",
            0.5,
        ),
    ],
)
def test_the_first_comparison_with_a_number_is_the_guard(
    when: str, op: Op, code: str, number: float
) -> None:
    (line,) = accepted(rule(when)).steps
    assert (line.guard, CATALOGUE[line.guard_place].code, line.guard_value) == (op, code, number)


@pytest.mark.parametrize(
    "when",
    [
        "account.orders.m5 != 3",
        "account.orders.m5 >= 3 or event.side == buy",
        "not account.orders.m5 >= 3",
        "1 < account.orders.m5 < 3",
        "account.orders.m5 > account.orders.m1",
    ],
)
def test_what_needn_t_hold_is_no_guard(when: str) -> None:
    (line,) = accepted(rule(when)).steps
    assert line.guard == NO_GUARD
    assert line.code


def test_too_much_at_once_for_the_machine_is_refused() -> None:
    narrow = "account.orders.m1"
    for _ in range(31):
        narrow = f"(account.orders.m5 + {narrow})"
    assert isinstance(compile_rule(rule(f"{narrow} > account.orders.m1"), LIMITS), CompiledRule)
    wide = f"(account.orders.m5 + {narrow})"
    assert refused(rule(f"{wide} > account.orders.m1")) == ("deep", 1)


# --- the machine against Python

VALUES = {
    "count": ("account.orders.m1", "account.cancels.h1", "position.fills.d1"),
    "share": ("account.buy_share.m5", "position.net_share.m1", "position.book_share.now"),
    "fen": ("account.order_amount.m5", "account.fill_amount.d1", "position.opposite.m5"),
}
FIELDS = {"fen": "event.amount", "qty": "event.qty"}
Pair = tuple[str, str]
CONSTANTS = st.sampled_from(("0", "1", "2", "0.5", "3", "1_000"))


def constant(unit: str) -> st.SearchStrategy[Pair]:
    """A number in this unit, as a rule says it and as Python does."""
    speak = {"fen": "yuan", "share": "percent"}.get(unit)

    def spoken(word: str) -> Pair:
        if speak is None:
            return word, repr(float(word))
        scale = {"yuan": 100.0, "percent": 0.01}[speak]
        return f"{speak}({word})", repr(float(word) * scale)

    return CONSTANTS.map(spoken)


def measures(unit: str, depth: int) -> st.SearchStrategy[Pair]:
    """Something in a unit."""
    leaves = st.one_of(
        st.sampled_from(VALUES[unit]).map(lambda code: (code, f"v[{code!r}]")), constant(unit)
    )
    if depth == 0:
        return leaves
    inner = measures(unit, depth - 1)
    bare = measures("count", depth - 1)

    def binary(op: str) -> st.SearchStrategy[Pair]:
        return st.tuples(inner, inner).map(
            lambda two: (f"({two[0][0]} {op} {two[1][0]})", f"({two[0][1]} {op} {two[1][1]})")
        )

    def called(name: str, ours: str) -> st.SearchStrategy[Pair]:
        return st.tuples(inner, inner).map(
            lambda two: (f"{name}({two[0][0]}, {two[1][0]})", f"{ours}({two[0][1]}, {two[1][1]})")
        )

    def scaled(op: str) -> st.SearchStrategy[Pair]:
        return st.tuples(inner, bare).map(
            lambda two: (f"({two[0][0]} {op} {two[1][0]})", f"({two[0][1]} {op} {two[1][1]})")
        )

    choices = [
        leaves,
        binary("+"),
        binary("-"),
        called("min", "least"),
        called("max", "most"),
        inner.map(lambda one: (f"abs({one[0]})", f"abs({one[1]})")),
        inner.map(lambda one: (f"-({one[0]})", f"-({one[1]})")),
    ]
    if unit == "share":
        amounts = measures("fen", depth - 1)
        choices.append(
            st.tuples(amounts, amounts).map(
                lambda two: (f"({two[0][0]} / {two[1][0]})", f"({two[0][1]} / {two[1][1]})")
            )
        )
    if unit == "fen":
        choices += [scaled("*"), scaled("/")]
    return st.one_of(choices)


def truths(depth: int) -> st.SearchStrategy[Pair]:
    """Something that holds or not."""

    def compared(unit: str) -> st.SearchStrategy[Pair]:
        inner = measures(unit, min(depth, 2))
        ops = st.sampled_from(("<", "<=", ">", ">=", "==", "!="))
        return st.tuples(inner, st.lists(st.tuples(ops, inner), min_size=1, max_size=2)).map(chain)

    comparisons = st.sampled_from(("count", "share", "fen")).flatmap(compared)
    if depth == 0:
        return comparisons
    inner = truths(depth - 1)
    joined = st.tuples(
        st.sampled_from((" and ", " or ")), st.lists(inner, min_size=2, max_size=3)
    ).map(lambda two: (f"({two[0].join(a for a, _ in two[1])})", in_python(*two)))
    negated = inner.map(lambda one: (f"(not {one[0]})", f"(not {one[1]})"))
    return st.one_of(comparisons, joined, negated)


def in_python(op: str, parts: list[Pair]) -> str:
    return f"({op.join(python for _, python in parts)})"


def chain(told: tuple[Pair, list[tuple[str, Pair]]]) -> Pair:
    """a < b != c; Python's own != holds of NaN, ours doesn't."""
    first, rest = told
    spoken, parts, left = first[0], list[str](), first[1]
    for op, (text, python) in rest:
        spoken += f" {op} {text}"
        parts.append(f"apart({left}, {python})" if op == "!=" else f"({left}) {op} ({python})")
        left = python
    return spoken, f"({' and '.join(parts)})"


# Called by `eval` under these names.
def least(one: float, other: float) -> float:
    return math.nan if math.isnan(one) or math.isnan(other) else min(one, other)


def most(one: float, other: float) -> float:
    return math.nan if math.isnan(one) or math.isnan(other) else max(one, other)


def apart(one: float, other: float) -> bool:
    return one < other or one > other


@njit
def decide(program: Any, memory: Any, values: Any, rows: Any) -> tuple[bool, bool]:
    """(guard passed, condition holds)."""
    passed = passes(program.guard[0], values[program.guard_place[0]], program.guard_value[0])
    return passed, passed and holds(program, memory, values, rows[0], 0)


NUMBERS = st.sampled_from((math.nan, 0.0, -0.0, 1.0, 2.0, 3.0, 0.5, -1.0, 100.0, 1e300, math.inf))


@settings(max_examples=400)
@given(
    pair=st.one_of(
        truths(3),
        st.lists(truths(1), min_size=2, max_size=4).map(
            lambda parts: (" and ".join(a for a, _ in parts), " and ".join(b for _, b in parts))
        ),
    ),
    numbers=st.fixed_dictionaries({code: NUMBERS for codes in VALUES.values() for code in codes}),
)
def test_the_machine_says_what_python_says(pair: Pair, numbers: dict[str, float]) -> None:
    when, python = pair
    compiled = compile_rule(rule(when), LIMITS)
    if isinstance(compiled, Refused):
        assert compiled.code in {"rulebook.deep", "rulebook.long"}
        return
    names = {"v": numbers, "least": least, "most": most, "apart": apart}
    try:
        expected, faulty = bool(eval(python, names)), False
    except ZeroDivisionError:
        expected, faulty = False, True
    program = make_program({7: (compiled, RuleState.LIVE)}, RULES)
    values = np.full(len(CATALOGUE), np.nan)
    for code, number in numbers.items():
        values[PLACES[code]] = number
    memory = make_memory(RULES)
    rows = np.zeros(1, EVENT)
    rows["kind"] = Kind.ORDER
    passed, held = decide(program, memory, values, rows)
    assert held == expected
    assert memory.faults[7] == (faulty and passed)
    assert memory.faults.sum() == memory.faults[7]
