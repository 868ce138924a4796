"""bytewax: count, sum, mean and highest over 60 s, by account and by account and instrument, told
with every event: a state by key, its window a queue in Python.
"""

# It runs in an environment of its own, which whoever checks these files hasn't got.
# pyright: reportMissingImports=false

import csv
import sys
from collections import deque
from pathlib import Path

import bytewax.operators as op
from bytewax.connectors.stdio import StdOutSink
from bytewax.dataflow import Dataflow
from bytewax.inputs import DynamicSource, StatelessSourcePartition
from bytewax.testing import run_main

SPAN_MS = 60_000
BATCH = 1_000


class Rows(StatelessSourcePartition):
    def __init__(self, path):
        self._rows = csv.reader(Path(path).read_text().splitlines())

    def next_batch(self):
        found = []
        for row in self._rows:
            found.append(row)
            if len(found) == BATCH:
                return found
        if found:
            return found
        raise StopIteration


class File(DynamicSource):
    def __init__(self, path):
        self._path = path

    def build(self, step_id, worker_index, worker_count):
        return Rows(self._path)


def both(row):
    at_ms, account, symbol, amount = row
    event = int(at_ms), float(amount)
    return [(account, event), (f"{account} {symbol}", event)]


def moved(state, event):
    if state is None:
        state = [deque(), 0.0]
    window, total = state
    window.append(event)
    total += event[1]
    while window[0][0] <= event[0] - SPAN_MS:
        total -= window.popleft()[1]
    state[1] = total
    count = len(window)
    return state, (count, total, total / count, max(amount for _, amount in window))


flow = Dataflow("peer")
rows = op.input("rows", flow, File(sys.argv[1]))
keyed = op.flat_map("both", rows, both)
told = op.stateful_map("moved", keyed, moved)
kept = op.filter("none", told, lambda _: False)
op.output("out", op.map("text", kept, str), StdOutSink())
run_main(flow)
