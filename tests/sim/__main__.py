"""Run the brokerage on a fake clock: python -m tests.sim --seed 7 --days 20."""

from __future__ import annotations

import argparse
import sys
import time

from tests.sim.simulation import SimulationFailed, simulate


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--days", type=int, default=20)
    parser.add_argument("--people", type=int, default=14)
    chosen = parser.parse_args()
    began_s = time.monotonic()
    try:
        story = simulate(
            chosen.seed, chosen.days, chosen.people, tell=lambda line: print(line, flush=True)
        )
    except SimulationFailed as failed:
        print(failed, file=sys.stderr)
        print(
            f"repeat with: make sim SEED={chosen.seed} DAYS={chosen.days};"
            " keep it in tests/sim/seeds.txt",
            file=sys.stderr,
        )
        return 1
    print(
        f"seed {story.seed}: {story.days} days held. {story.events} events,"
        f" {story.commands} commands answered"
        f" ({story.repeats} repeats, {story.tries} tries without an answer), {story.fills} fills;"
        f" counter started {story.starts} times, reloaded {story.reloads} times;"
        f" {story.virtual_s:.0f} s of its time in {time.monotonic() - began_s:.0f} s"
    )
    print(
        "troubles: "
        + ", ".join(f"{name} {count}" for name, count in sorted(story.troubles.items()))
    )
    print(
        "refusals: "
        + ", ".join(f"{code} {count}" for code, count in sorted(story.refusals.items()))
    )
    print("events: " + ", ".join(f"{kind} {count}" for kind, count in sorted(story.kinds.items())))
    print(f"log {story.log_hash}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
