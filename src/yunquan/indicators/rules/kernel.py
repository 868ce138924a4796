"""The stream through the kernel: add, read, judge; one row after the other."""

from __future__ import annotations

from typing import Any

import numpy as np

from yunquan.indicators.rules.jit import compiled
from yunquan.indicators.rules.judge import Memory, Program, judge
from yunquan.indicators.rules.read import read
from yunquan.indicators.rules.update import State, add


@compiled
def run(
    state: State, program: Program, memory: Memory, rows: Any, alerts: Any, values: Any
) -> tuple[int, int]:
    """(rows done, alerts made). Stops early while there is no room for the alerts of another row:
    go on with the rest. values: one line of every value for each alert.
    """
    made = 0
    most = alerts.shape[0] - program.state.shape[0]
    for index in range(rows.shape[0]):
        if made > most:
            return index, made
        row = rows[index]
        add(state, row)
        present = read(state)
        before = made
        made = judge(program, memory, state, row, present, alerts, made)
        for one in range(before, made):
            values[one] = state.values
    return rows.shape[0], made


@compiled
def trace(state: State, rows: Any, values: Any, present: Any) -> None:
    """Every value after every row, for whoever looks back at a stream; NaN for families the row
    isn't about.
    """
    for index in range(rows.shape[0]):
        add(state, rows[index])
        state.values[:] = np.nan
        present[index] = read(state)
        values[index] = state.values
