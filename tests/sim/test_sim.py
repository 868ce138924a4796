"""A short simulation, the seeds that ever failed, and that a seed is all there is to a run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures_database import ROOT
from tests.sim.simulation import SimulationFailed, simulate
from yunquan.app.processes.floor import Floor
from yunquan.clearing import store as clearing
from yunquan.conditions import rules

HAPPENED = {
    *("OrderCancelled", "OrderRejected", "OrdersRouted", "BalancesSettled", "AssetFrozen"),
    *("TradingStopped", "TradingResumed", "GatewayChanged"),
    *(f"placed {kind}" for kind in ("limit", "own_best", "counter_best", "after_hours")),
}
WAITED = {
    *("set stop", "set timed", "set grid", "pause", "resume", "cancel", "trigger failed"),
    *("engine killed", "killed in a day end", "day end waited"),
}
SEEDS = Path(__file__).with_name("seeds.txt")


def kept_seeds() -> Iterator[tuple[int, int, int]]:
    for line in SEEDS.read_text().splitlines():
        if line and not line.startswith("#"):
            seed, days, people, _why = line.split(maxsplit=3)
            yield int(seed), int(days), int(people)


@pytest.mark.parametrize(("seed", "days", "people"), list(kept_seeds()))
def test_seeds_that_ever_failed(seed: int, days: int, people: int) -> None:
    simulate(seed, days, people)


def test_a_few_days() -> None:
    """Enough happened for the invariants to mean something."""
    story = simulate(seed=3, days=3, people=8)
    assert story.fills > 100
    assert min(story.auctions, story.late, story.waited) > 10
    assert story.repeats > 20
    assert story.starts > 1
    assert len(story.refusals) > 25
    assert set(story.kinds) >= HAPPENED
    assert {"exchange halted", "security halted", "trading stopped"} <= set(story.troubles)
    assert set(story.troubles) >= WAITED
    assert story.troubles["trigger placed"] > 10


def test_the_same_seed_gives_the_same_log() -> None:
    """Byte for byte (the head's hash is over all of it), in other processes whose sets are ordered
    otherwise.
    """
    command = [sys.executable, "-m", "tests.sim", "--seed", "5", "--days", "1", "--people", "4"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    runs = [
        subprocess.Popen(
            command,
            cwd=ROOT,
            env={**environment, "PYTHONHASHSEED": hash_seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for hash_seed in ("1", "2")
    ]
    told = [run.communicate(timeout=120)[0].splitlines() for run in runs]
    assert [run.returncode for run in runs] == [0, 0], told
    assert told[0][-1].startswith("log ")
    assert told[0][-1] == told[1][-1]


def test_it_finds_an_order_without_the_evidence_of_its_trigger(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An engine that submits under an id which nothing durable has."""
    monkeypatch.setattr(
        rules,
        "trigger_command",
        lambda condition, day, turn: f"condition:{condition}:{day}:{turn}9",
    )
    with pytest.raises(SimulationFailed, match="isn't written down"):
        simulate(seed=3, days=1, people=4)


def test_it_finds_a_day_that_does_not_follow_from_the_one_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A day end that forgets what accounts closed with the day before."""
    monkeypatch.setattr(clearing, "day_before", lambda _tx, _day: "")
    with pytest.raises(SimulationFailed, match=r"clearing\.unproved"):
        simulate(seed=3, days=2, people=4)


def test_it_finds_what_it_is_there_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A counter that begins its day without waiting for the reports of the last one does not
    survive.
    """
    monkeypatch.setattr(
        Floor, "_may_begin", lambda self, status: status.trading_day > self._driver.state.day
    )
    with pytest.raises(SimulationFailed, match="seed 2 failed"):
        simulate(seed=2, days=6, people=8)
