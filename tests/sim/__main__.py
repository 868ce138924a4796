"""Run the brokerage on a fake clock: python -m tests.sim --seed 7 21 22 --days 20."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from tests.sim.simulation import SimulationFailed, Story, simulate


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, nargs="+", default=[7])
    parser.add_argument("--days", type=int, default=20)
    parser.add_argument("--people", type=int, default=14)
    chosen = parser.parse_args()
    failed = [seed for seed in chosen.seed if not holds(seed, chosen.days, chosen.people)]
    if len(chosen.seed) > 1:
        print(f"{len(chosen.seed) - len(failed)} of {len(chosen.seed)} seeds held")
    return 1 if failed else 0


def holds(seed: int, days: int, people: int) -> bool:
    """Play one seed and tell how it went."""
    began_s = time.monotonic()
    try:
        story = simulate(seed, days, people, tell=lambda line: print(line, flush=True))
    except SimulationFailed as failed:
        print(failed, file=sys.stderr)
        print(
            f"repeat with: make sim SEED={seed} DAYS={days}; keep it in tests/sim/seeds.txt",
            file=sys.stderr,
        )
        return False
    tell(story, time.monotonic() - began_s)
    return True


def tell(story: Story, real_s: float) -> None:
    print(
        f"seed {story.seed}: {story.days} days held. {story.events} events,"
        f" {story.commands} commands answered"
        f" ({story.repeats} repeats, {story.tries} tries without an answer), {story.fills} fills"
        f" ({story.auctions} in auctions, {story.late} after hours, {story.turned} sold the same"
        f" day), {story.waited} orders waited for their phase;"
        f" counter started {story.starts} times, reloaded {story.reloads} times;"
        f" {story.virtual_s:.0f} s of its time in {real_s:.0f} s"
    )
    print("troubles: " + _counts(story.troubles))
    print("refusals: " + _counts(story.refusals))
    print("events: " + _counts(story.kinds))
    print(f"log {story.log_hash}", flush=True)


def _counts(counted: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counted.items()))


if __name__ == "__main__":
    sys.exit(main())
