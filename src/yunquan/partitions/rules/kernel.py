"""The kernel taken apart: partitions keep sums and find what meets a condition, and the teller,
who remembers, makes alerts of it. Together they do what `indicators.rules.kernel.run` does alone.
"""

from __future__ import annotations

from typing import Any

from yunquan.indicators.rules.code import OFF
from yunquan.indicators.rules.jit import compiled
from yunquan.indicators.rules.judge import Memory, Program, act, holds, passes, subject_key
from yunquan.indicators.rules.kernel import copy_present
from yunquan.indicators.rules.read import read
from yunquan.indicators.rules.update import (
    CANCEL,
    ORDER,
    State,
    add,
    add_ground,
    add_links,
    add_peers,
    begin_peers_day,
    day_of,
    measured,
)


@compiled
def add_another(state: State, ordered: Any, row: Any) -> None:
    """What an event of another partition's account adds to what every partition keeps: instrument,
    group, device, pair, and the sums of all accounts. ordered: by account the day of its latest
    order, to know its first of a day, whose own sums aren't kept here.
    """
    day_no = day_of(row.at_ms)
    last, _, _ = add_ground(state, row, day_no)
    add_links(state, row, day_no, last)
    if row.account < 0:
        return
    begin_peers_day(state.peers, row.at_ms)
    if row.kind == ORDER:
        first = ordered[row.account] != day_no
        add_peers(state.peers, row.at_ms, measured(row.amount), 0.0, first)
        ordered[row.account] = max(ordered[row.account], day_no)
    elif row.kind == CANCEL:
        add_peers(state.peers, row.at_ms, 0.0, 1.0, False)


@compiled
def note(
    program: Program, memory: Memory, values: Any, row: Any, present: int, hits: Any, made: int
) -> int:
    """Write down every condition that holds of an event; how many hits there are now. A hit is a
    record of an alert whose `rule` is the place of the condition in the program.
    """
    # Asked as `judge` does, and here rather than in a function of both: handing on a program, which
    # goes by value, for every condition takes twenty times as long as the asking.
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
        if key < 0:
            continue
        one = hits[made]
        one.at_ms, one.seq, one.key, one.rule = row.at_ms, row.seq, key, which
        one.account, one.symbol, one.other = row.account, row.symbol, row.other
        one.device, one.group = row.device, row.group
        one.kind, one.side, one.present = row.kind, row.side, present
        made += 1
    return made


@compiled
def sift(
    state: State,
    ordered: Any,
    program: Program,
    memory: Memory,
    rows: Any,
    mine: Any,
    hits: Any,
    values: Any,
) -> tuple[int, int]:
    """(rows done, hits made). Stops early while there is no room for the hits of another row: go on
    with the rest. mine: of each row whether it is this partition's to judge. values: one line of
    every value for each hit.
    """
    made = 0
    kinds = program.begins.shape[0] - 1
    for index in range(rows.shape[0]):
        row = rows[index]
        if not mine[index]:
            add_another(state, ordered, row)
            continue
        known = row.kind < kinds
        if known and made + program.begins[row.kind + 1] - program.begins[row.kind] > len(hits):
            return index, made
        add(state, row)
        if not known:
            continue
        present = read(state)
        before = made
        made = note(program, memory, state.values, row, present, hits, made)
        for one in range(before, made):
            copy_present(state.values, present, values[one])
    return rows.shape[0], made


@compiled
def settle(program: Program, memory: Memory, hits: Any, alerts: Any, of: Any) -> tuple[int, int]:
    """(hits done, alerts made): what is remembered of each key turns hits into alerts, or not.
    of: the place of the hit behind each alert. Stops early when there is no room for another.
    """
    made = 0
    for index in range(hits.shape[0]):
        if made >= alerts.shape[0]:
            return index, made
        hit = hits[index]
        before = made
        made = act(program, memory, hit, hit.present, hit.rule, hit.key, alerts, made)
        if made > before:
            of[before] = index
    return hits.shape[0], made
