"""The stream through the kernel: add, read, judge; one row after the other."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from yunquan.indicators.rules.catalogue import BEGINS, CATALOGUE
from yunquan.indicators.rules.jit import compiled
from yunquan.indicators.rules.judge import Memory, Program, judge
from yunquan.indicators.rules.read import read
from yunquan.indicators.rules.update import State, add

# Where the values of each family begin; the last number is where they all end.
BOUNDS: Final = np.array([*sorted(BEGINS.values()), len(CATALOGUE)], np.int64)


@compiled
def copy_present(values: Any, present: int, into: Any) -> None:
    """Of the families the row is about; NaN for the others, which hold what an earlier row left."""
    for family in range(BOUNDS.shape[0] - 1):
        for place in range(BOUNDS[family], BOUNDS[family + 1]):
            into[place] = values[place] if present >> family & 1 else np.nan


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
            copy_present(state.values, present, values[one])
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
