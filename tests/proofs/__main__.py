"""Compare the two readings of the rules: python -m tests.proofs --orders 1000000 --seed 7."""

from __future__ import annotations

import argparse
import sys
import time

from tests.proofs.agreement import compare
from tests.proofs.differences import DIFFERENCES


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--seed", default="7")
    chosen = parser.parse_args()
    began_s = time.monotonic()
    tally = compare(chosen.orders, chosen.seed)
    print(f"{tally.orders:,} orders in {time.monotonic() - began_s:.0f} s, {tally.taken:,} taken")
    for one in DIFFERENCES:
        print(f"{tally.explained[one.name]:>9,}  {one.name}: {one.why}")
    print(f"{len(tally.unexplained):>9,}  unexplained")
    for (ours, theirs), count in tally.pairs.most_common():
        print(f"{count:>9,}  {ours:26} {theirs or 'taken'}")
    for line in tally.unexplained + tally.limits_differ:
        print(line)
    return 1 if tally.unexplained or tally.limits_differ else 0


if __name__ == "__main__":
    sys.exit(main())
