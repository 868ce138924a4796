"""Conditions in the kernel: a program of a few numbers each, run by a small stack machine, so that
a published change is data and takes effect between two events.

A condition begins with its guard, a comparison of one value with one number, where the expression
has one that must hold: most conditions end there, after three loads. A plain rule is one condition.
A sequence is several: its steps in order, and those that end it (`without`).
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from yunquan.indicators.rules.code import (
    DEPTH,
    FLOOD,
    KINDS,
    NORMAL,
    OFF,
    PLAIN,
    STEP,
    WITHOUT,
)
from yunquan.indicators.rules.jit import compiled
from yunquan.indicators.rules.tables import mixed
from yunquan.indicators.rules.update import (
    ACCOUNT,
    DEVICE,
    GROUP,
    PAIR,
    POSITION,
    State,
    measured,
    pair_key,
    position_key,
)

MEMORY: Final = 1 << 16
LOOK: Final = 16
MINUTE_MS: Final = 60_000

ALERT: Final = np.dtype(
    [
        ("at_ms", "<i8"),
        ("seq", "<i8"),
        ("key", "<i8"),
        ("began_ms", "<i8"),
        ("rule", "<i4"),
        ("account", "<i4"),
        ("symbol", "<i4"),
        ("other", "<i4"),
        ("device", "<i4"),
        ("group", "<i4"),
        ("kind", "u1"),
        ("flags", "u1"),
        ("present", "u1"),
        ("side", "i1"),
    ]
)


class Program(NamedTuple):
    """Everything published, as numbers. Conditions are listed by kind of event (`begins`,
    `listed`), of a sequence what ends it first and its last step first.

    Of a rule: subject (family), quiet_ms (silence about one key after an alert), most (alerts a
    minute before it counts as flooding), state; steps and within_ms of a sequence.
    """

    begins: Any
    listed: Any
    rule: Any
    role: Any
    step: Any
    need: Any
    guard: Any
    guard_place: Any
    guard_value: Any
    code_from: Any
    code_to: Any
    code: Any
    number: Any
    subject: Any
    quiet_ms: Any
    most: Any
    state: Any
    steps: Any
    within_ms: Any


class Memory(NamedTuple):
    """What conditions remember: of a rule and key its last alert or how far a sequence has come; of
    a rule its alerts this minute, all of them, those kept back, and divisions by nothing.
    """

    rules: Any
    keys: Any
    stage: Any
    began: Any
    touched: Any
    last_alert: Any
    minute: Any
    in_minute: Any
    told: Any
    kept_back: Any
    faults: Any
    stack: Any
    counts: Any


def make_memory(rules: int) -> Memory:
    """For programs of at most so many rules."""
    return Memory(
        rules=np.full(MEMORY, -1, np.int32),
        keys=np.full(MEMORY, -1, np.int64),
        stage=np.zeros(MEMORY, np.int8),
        began=np.zeros(MEMORY, np.int64),
        touched=np.full(MEMORY, -1, np.int64),
        last_alert=np.full(MEMORY, -1, np.int64),
        minute=np.full(rules, -1, np.int64),
        in_minute=np.zeros(rules, np.int64),
        told=np.zeros(rules, np.int64),
        kept_back=np.zeros(rules, np.int64),
        faults=np.zeros(rules, np.int64),
        stack=np.zeros(DEPTH),
        counts=np.zeros(2, np.int64),
    )


@compiled
def field_of(row: Any, which: int) -> float:
    """A field by its number in FIELDS. minute: of the exchange's day."""
    if which == 0:
        return float(row.kind)
    if which == 1:
        return float(row.side)
    if which == 2:
        return measured(row.price)
    if which == 3:
        return measured(row.qty)
    if which == 4:
        return measured(row.amount)
    if which == 5:
        return float(row.age)
    if which == 6:
        return float(row.minute)
    if which == 7:
        return float(row.account)
    return float(row.symbol)


@compiled
def reckon(op: int, left: float, right: float) -> float:
    """What two numbers give."""
    if op == 3:
        return left + right
    if op == 4:
        return left - right
    if op == 5:
        return left * right
    if op == 6:
        return left / right
    # Nothing is the least or the greatest of what isn't known.
    if np.isnan(left) or np.isnan(right):
        return np.nan
    return min(left, right) if op == 9 else max(left, right)


@compiled
def compare(op: int, left: float, right: float) -> bool:
    """Whether it holds; nothing holds of NaN."""
    if op == 11:
        return left < right
    if op == 12:
        return left <= right
    if op == 13:
        return left > right
    if op == 14:
        return left >= right
    if op == 15:
        return left == right
    # Not `!=`, which is true of NaN.
    return left < right or left > right


@compiled
def alter(op: int, value: float) -> float:
    """What becomes of one number."""
    if op == 7:
        return -value
    if op == 8:
        return abs(value)
    return 1.0 if value == 0.0 else 0.0


@compiled
def push(op: int, number: float, values: Any, row: Any) -> float:
    """What a program puts on its stack."""
    if op == 0:
        return number
    if op == 1:
        return values[int(number)]
    return field_of(row, int(number))


@compiled
def holds(program: Program, memory: Memory, values: Any, row: Any, which: int) -> bool:
    """Whether a condition's program ends in something else than 0. One that comes to divide by
    nothing doesn't hold, whatever else it says; that is counted against the rule.
    """
    stack, top = memory.stack, 0
    at, end = program.code_from[which], program.code_to[which]
    while at < end:
        op, number = program.code[at], program.number[at]
        if op <= 2:
            stack[top] = push(op, number, values, row)
            top += 1
        elif op >= 19 or 7 <= op <= 8:
            stack[top - 1] = alter(op, stack[top - 1])
        elif op >= 17:
            if (stack[top - 1] == 0.0) == (op == 17):
                at += int(number)
            else:
                top -= 1
        else:
            top -= 1
            if op == 6 and stack[top] == 0.0:
                memory.faults[program.rule[which]] += 1
                return False
            if op >= 11:
                stack[top - 1] = 1.0 if compare(op, stack[top - 1], stack[top]) else 0.0
            else:
                stack[top - 1] = reckon(op, stack[top - 1], stack[top])
        at += 1
    return top == 0 or stack[0] != 0.0


@compiled
def passes(guard: int, value: float, limit: float) -> bool:
    """The guard: an Op of comparison, or NO_GUARD."""
    return guard == 0 or compare(guard, value, limit)


@compiled
def subject_key(row: Any, family: int) -> int:
    """Whom an alert of a family would be about."""
    if family == ACCOUNT:
        return row.account
    if family == POSITION:
        return position_key(row.account, row.symbol)
    if family == PAIR:
        return pair_key(row.account, row.other)
    if family == DEVICE:
        return row.device
    if family == GROUP:
        return row.group
    return row.symbol


@compiled
def find(memory: Memory, rule: int, key: int) -> Any:
    """Where a rule's memory of a key is, -1 when it has none."""
    stirred = mixed((key << 10) ^ rule)
    for look in range(LOOK):
        at = np.int64((stirred + np.uint64(look)) & np.uint64(MEMORY - 1))
        if memory.rules[at] == rule and memory.keys[at] == key:
            return at
    return np.int64(-1)


@compiled
def recall(memory: Memory, rule: int, key: int, at_ms: int) -> Any:
    """Where a rule's memory of a key is. Where all places near are taken the one touched longest
    ago goes; counted if that was within the hour.
    """
    known = find(memory, rule, key)
    if known >= 0:
        memory.touched[known] = max(memory.touched[known], at_ms)
        return known
    stirred = mixed((key << 10) ^ rule)
    oldest = np.int64(-1)
    for look in range(LOOK):
        at = np.int64((stirred + np.uint64(look)) & np.uint64(MEMORY - 1))
        if oldest < 0 or memory.touched[at] < memory.touched[oldest]:
            oldest = at
    if memory.touched[oldest] >= 0 and at_ms - memory.touched[oldest] < 3_600_000:
        memory.counts[0] += 1
    memory.rules[oldest] = rule
    memory.keys[oldest] = key
    memory.stage[oldest] = 0
    memory.began[oldest] = 0
    memory.touched[oldest] = at_ms
    memory.last_alert[oldest] = -1
    return oldest


@compiled
def tell(
    program: Program,
    memory: Memory,
    row: Any,
    present: int,
    rule: int,
    at: int,
    began_ms: int,
    alerts: Any,
    count: int,
) -> int:
    """An alert, unless the rule is quiet about this key or floods; how many there are now."""
    last = memory.last_alert[at]
    if last >= 0 and abs(row.at_ms - last) < program.quiet_ms[rule]:
        return count
    memory.last_alert[at] = row.at_ms
    minute = row.at_ms // MINUTE_MS
    # An hour back is no late event: the clock was wrong before.
    if minute > memory.minute[rule] or minute < memory.minute[rule] - 60:
        memory.minute[rule] = minute
        memory.in_minute[rule] = 0
    memory.in_minute[rule] += 1
    if memory.in_minute[rule] > program.most[rule] + 1:
        memory.kept_back[rule] += 1
        return count
    flood = memory.in_minute[rule] == program.most[rule] + 1
    if flood:
        memory.kept_back[rule] += 1
    memory.told[rule] += 1
    one = alerts[count]
    one.at_ms = row.at_ms
    one.seq = row.seq
    one.key = memory.keys[at]
    one.began_ms = began_ms
    one.rule = rule
    one.account = row.account
    one.symbol = row.symbol
    one.other = row.other
    one.device = row.device
    one.group = row.group
    one.kind = row.kind
    one.flags = FLOOD if flood else NORMAL
    one.present = present
    one.side = row.side
    return count + 1


@compiled
def judge(
    program: Program,
    memory: Memory,
    state: State,
    row: Any,
    present: int,
    alerts: Any,
    count: int,
) -> int:
    """Every condition that looks at this kind of event; how many alerts there are now."""
    values = state.values
    if row.kind >= KINDS:
        return count
    for listed in range(program.begins[row.kind], program.begins[row.kind + 1]):
        which = program.listed[listed]
        if program.need[which] & present != program.need[which]:
            continue
        value = values[program.guard_place[which]]
        if not passes(program.guard[which], value, program.guard_value[which]):
            continue
        rule = program.rule[which]
        if program.state[rule] == OFF or not holds(program, memory, values, row, which):
            continue
        key = subject_key(row, program.subject[rule])
        if key >= 0:
            count = act(program, memory, row, present, which, key, alerts, count)
    return count


@compiled
def act(
    program: Program,
    memory: Memory,
    row: Any,
    present: int,
    which: int,
    key: int,
    alerts: Any,
    count: int,
) -> int:
    """What follows from a condition that holds; how many alerts there are now."""
    rule, role = program.rule[which], program.role[which]
    if role == PLAIN:
        at = recall(memory, rule, key, row.at_ms)
        return tell(program, memory, row, present, rule, at, row.at_ms, alerts, count)
    # Only what begins a sequence is worth a place in memory.
    begins = role == STEP and program.step[which] == 0
    at = recall(memory, rule, key, row.at_ms) if begins else find(memory, rule, key)
    if at < 0:
        return count
    if role == WITHOUT:
        # One that came late, from before the beginning, ends nothing.
        if row.at_ms >= memory.began[at]:
            memory.stage[at] = 0
    elif moved(program, memory, row.at_ms, which, rule, at):
        began = memory.began[at]
        count = tell(program, memory, row, present, rule, at, began, alerts, count)
    return count


@compiled
def moved(program: Program, memory: Memory, at_ms: int, which: int, rule: int, at: int) -> bool:
    """A step of a sequence holds: whether that completes it. The first step begins it anew: the
    latest beginning counts, and nothing that came late from before it.
    """
    step, stage = program.step[which], memory.stage[at]
    if stage > 0 and at_ms - memory.began[at] > program.within_ms[rule]:
        stage = 0
        memory.stage[at] = 0
    if stage > 0 and at_ms < memory.began[at]:
        return False
    if step == 0 and stage <= 1:
        memory.stage[at] = 1
        memory.began[at] = at_ms
    elif step == stage and stage > 0:
        memory.stage[at] = stage + 1
    else:
        return False
    if memory.stage[at] < program.steps[rule]:
        return False
    memory.stage[at] = 0
    return True
