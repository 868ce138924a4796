"""Where people stop, and how long each step takes."""

from __future__ import annotations

from collections import defaultdict

from yunquan.kernel.transaction import ReadTx
from yunquan.onboarding import store
from yunquan.onboarding.rules.steps import ORDER
from yunquan.onboarding.types import LIVE, FunnelRow, State


def funnel(
    tx: ReadTx, since_ms: int, channel: str = "", device_kind: str = ""
) -> tuple[FunnelRow, ...]:
    """A row a step, in their order, of applications begun since then."""
    rows = defaultdict[str, list[tuple[str, int, int, int]]](list)
    for step, state, begun, done, tries in store.step_times(tx, since_ms, channel, device_kind):
        rows[step].append((state, begun, done, tries))
    live = {state.value for state in LIVE} - {State.OPENING.value}
    return tuple(_row(step.value, rows[step.value], live) for step in ORDER)


def _row(step: str, found: list[tuple[str, int, int, int]], live: set[str]) -> FunnelRow:
    took = sorted((done - begun) // 1000 for _, begun, done, _ in found if done)
    stopped = sum(not done and state not in live for state, _, done, _ in found)
    return FunnelRow(
        step,
        len(found),
        len(took),
        stopped,
        took[len(took) // 2] if took else 0,
        took[len(took) * 95 // 100] if took else 0,
        sum(tries for *_, tries in found),
    )
