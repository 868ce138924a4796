"""risk.peer.*: events a second of one core, ours with everything it keeps beside peers with four
numbers: count, sum, mean and highest amount over the last 60 s, by account and by account and
instrument, told with every event.

A peer's rate is that of the events by which a long run is longer than a short one, over the
processor time by which it takes longer: its start, and most of what a JVM compiles, are left out.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks import child, environments
from benchmarks.risk.kernel import busy, stream
from benchmarks.rows import Row, middle, row, spread
from yunquan.indicators.rules.catalogue import CATALOGUE

HERE: Final = Path(__file__).parent
ACCOUNTS: Final = 10_000
LONGEST_S: Final = 900.0


@dataclass(frozen=True, slots=True)
class Peer:
    """One program. python: its interpreter, made when it is asked for. told: what it computes."""

    name: str
    python: Callable[[], Path]
    job: str
    told: str
    events: tuple[int, int]


def _flink() -> Path:
    environments.java()
    return environments.python_of("flink", "apache-flink==2.3.0")


def _light() -> Path:
    return environments.python_of("python", "river==0.26.1", "bytewax==0.21.1")


PEERS: Final = (
    Peer("river", _light, "river_job.py", "count, sum, mean (no highest)", (10_000, 50_000)),
    Peer("bytewax", _light, "bytewax_job.py", "count, sum, mean, highest", (20_000, 200_000)),
    Peer("flink", _flink, "flink_job.py", "count, sum, mean, highest in SQL", (100_000, 600_000)),
)


def write(path: Path, count: int) -> None:
    """Events of persons as lines: ms, account, instrument, amount."""
    rows = stream(2 * count, ACCOUNTS)
    rows = rows[(rows["account"] >= 0) & (rows["symbol"] >= 0)][:count]
    assert len(rows) == count
    columns = [rows[name] for name in ("at_ms", "account", "symbol", "amount")]
    np.savetxt(path, np.column_stack(columns), "%d", ",")


def spent(python: Path, job: str, path: Path) -> float:
    """Processor seconds of a program and its children. Raises NotHere with its last words."""
    before = os.times()
    done = subprocess.run(
        [python, HERE / job, path], check=False, capture_output=True, text=True, timeout=LONGEST_S
    )
    after = os.times()
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise environments.NotHere("".join(last)[:200])
    if told := re.search(r"^processor (\S+)$", done.stdout, re.M):
        # It has children that it doesn't wait for.
        return float(told[1])
    return (after.children_user - before.children_user) + (
        after.children_system - before.children_system
    )


def rate_of(peer: Peer, python: Path, *, quick: bool) -> float:
    """Events a second of processor time."""
    few, many = (200, 400) if quick else peer.events
    with tempfile.TemporaryDirectory() as folder:
        took = list[float]()
        for count in (few, many):
            path = Path(folder) / f"{count}.csv"
            write(path, count)
            took.append(spent(python, peer.job, path))
    return (many - few) / max(took[1] - took[0], 1e-6)


def beside(peer: Peer, ours: list[float], *, quick: bool) -> Row:
    """One peer's row."""
    began = time.monotonic()
    rate: float | None = None
    try:
        rate = rate_of(peer, peer.python(), quick=quick)
        note = f"{peer.name} did {peer.told} over 60 s by account and by account and instrument"
    except (environments.NotHere, subprocess.TimeoutExpired) as why:
        note = f"{peer.name} was not measured: {why}"
    indicators = len(CATALOGUE)
    return row(
        f"risk.peer.{peer.name}",
        middle(ours),
        "events/s of CPU",
        size=f"ours {indicators} indicators and as many conditions, {ACCOUNTS:,} accounts",
        limit=">= 150,000",
        peer=f"{peer.name}, 8 numbers" if peer.name != "river" else "river, 6 numbers",
        peer_value=rate,
        note=f"{note}; ours {spread(ours)}; {time.monotonic() - began:.0f} s; {busy()}",
    )


def bench(*, quick: bool) -> list[Row]:
    """Ours once, and each peer that can be had."""
    count, rounds = (5_000, 2) if quick else (400_000, 3)
    found: Any = child.run(
        "benchmarks.risk.kernel:through", accounts=ACCOUNTS, count=count, rounds=rounds
    )
    return [beside(peer, found["rates"], quick=quick) for peer in PEERS]
