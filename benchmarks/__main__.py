"""Measure what is promised: `python -m benchmarks [NAME] [--quick]`. NAME: conditions, counter,
dayend, http, onboarding, papers, quotes, risk, screening, sim, statement, stream, venue, web;
none: all.

--quick runs everything at a tiny size, to see that it runs: its figures say nothing and aren't
kept unless
--into names a folder.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from pathlib import Path

from benchmarks import rows

# One module a promise, or a few that one measurement answers together.
PROMISES = {
    "http": ("orders", "opening"),
    "web": ("pages", "paint"),
    "conditions": ("tick",),
    "stream": ("fanout",),
    "quotes": ("bars", "tape"),
    "venue": ("book", "tape", "population"),
    "sim": ("day",),
    "dayend": ("clear",),
    "statement": ("pdf",),
    "screening": ("applicant",),
    "papers": ("checks",),
    "onboarding": ("faces", "pool", "cards", "journey", "queue"),
    "risk": ("kernel", "pipeline", "push", "scale", "peers.beside", "detection", "exposure"),
    "counter": ("core", "slope", "durable", "life", "ack", "replay", "restart"),
}


def main() -> int:
    """Exit code 0 when everything was measured, whether or not it reached its limit."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("name", nargs="?", choices=sorted(PROMISES))
    parser.add_argument("--quick", action="store_true", help="tiny sizes")
    parser.add_argument("--only", help="one module of NAME; the other rows stay as they were")
    parser.add_argument(
        "--into", type=Path, help="write the rows to this folder instead of results/"
    )
    asked = parser.parse_args()
    for name in [asked.name] if asked.name else PROMISES:
        measured = measure(name, asked.only, quick=asked.quick)
        if asked.into:
            rows.save(name, measured, asked.into)
        elif not asked.quick:
            rows.save(name, rows.merged(name, measured) if asked.only else measured)
            rows.write_table()
    return 0


def measure(name: str, only: str | None, *, quick: bool) -> list[rows.Row]:
    """Run the modules of a name one after another, printing each row as it is known."""
    found: list[rows.Row] = []
    for module in [only] if only else PROMISES[name]:
        began = time.monotonic()
        for row in importlib.import_module(f"benchmarks.{name}.{module}").bench(quick=quick):
            found.append(row)
            mark = "  " if row.holds else "! "
            print(f"{mark}{row.id:26} {rows.figure(row.value):>10} {row.unit:12} {row.limit}")
            print(f"     {row.note}", flush=True)
        print(f"     ({module}: {time.monotonic() - began:.0f} s)", flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main())
