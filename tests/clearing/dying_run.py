"""A process that clears a day and dies inside a step: python -m tests.clearing.dying_run ..."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.clearing.office import office_of
from tests.counter.desk import Desk
from yunquan.app.workflows import configure, destroy, launch
from yunquan.clearing import Clearing
from yunquan.clearing.jobs import DayEnds
from yunquan.clearing.types import Step
from yunquan.counter import Journal
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.transaction import Database


def main(url: str, workflows: str, folder: str, step: str) -> None:
    """step: the one in which the process is killed before it is written down; "" for none."""
    database = Database(url, ManualClock())
    desk = Desk(Journal(database, "0"), clock=ManualClock())
    office = office_of(database, Path(folder), {"0": desk})
    if step:
        _die_in(office, Step(step))
    configure("tests", workflows)
    day_ends = DayEnds(office, retry_s=0.01)
    launch()
    print(day_ends.run_due(), flush=True)
    destroy()


def _die_in(office: Clearing, step: Step) -> None:
    do = office.do

    def dying(day: str, one: Step) -> dict[str, object]:
        done = do(day, one)
        if one is step:
            os._exit(9)
        return done

    office.do = dying  # type: ignore[method-assign]


if __name__ == "__main__":
    main(*sys.argv[1:])
