"""Rounds of surveillance: until they shall end, tidied in between, ill for good once one fails."""

from __future__ import annotations

import asyncio

import pytest

from yunquan.app.processes import rounds as module
from yunquan.app.processes.rounds import Rounds


async def _nothing() -> None:
    return


async def _three_steps() -> tuple[list[str], bool]:
    stop, did = asyncio.Event(), list[str]()
    rounds = Rounds(stop)

    async def step() -> int:
        did.append("step")
        if len([one for one in did if one == "step"]) == 3:
            stop.set()
        return 1

    async def tidy() -> None:
        did.append("tidy")

    before = rounds.health()[1]["reading"]
    await rounds.go(step, tidy)
    return did, before


def test_it_steps_and_tidies_until_it_shall_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIDY_EVERY_S", -1.0)
    did, before = asyncio.run(_three_steps())
    assert did == ["step", "tidy"] * 3
    assert not before
    monkeypatch.setattr(module, "TIDY_EVERY_S", 60.0)
    assert asyncio.run(_three_steps())[0] == ["step"] * 3


async def _woken() -> int:
    stop, steps = asyncio.Event(), 0
    rounds = Rounds(stop)

    async def step() -> int:
        nonlocal steps
        steps += 1
        # Nothing to read, but somebody rang while it was looked for.
        rounds.wake()
        if steps == 3:
            stop.set()
        return 0

    async with asyncio.timeout(20):
        await rounds.go(step, _nothing)
    return steps


def test_a_ring_while_it_looks_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    # Unwoken it would sleep far longer than the test waits.
    monkeypatch.setattr(module, "LOOK_EVERY_S", 3_600.0)
    assert asyncio.run(_woken()) == 3


def test_a_step_that_fails_ends_it_and_is_told() -> None:
    async def fails() -> int:
        raise RuntimeError("no room")

    async def run() -> tuple[bool, str]:
        rounds = Rounds(asyncio.Event())
        with pytest.raises(RuntimeError):
            await rounds.go(fails, _nothing)
        well, facts = rounds.health()
        return well, facts["failed"]

    assert asyncio.run(run()) == (False, "RuntimeError('no room')")
