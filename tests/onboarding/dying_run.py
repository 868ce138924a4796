"""A process that opens an account and dies inside an act of it."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.onboarding.office import D1, Scene
from yunquan.app.workflows import configure, destroy, launch
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.ids import IdSource
from yunquan.kernel.transaction import Database
from yunquan.onboarding.jobs import OpeningJobs


def main(url: str, workflows: str, folder: str, act: str, seed: str, day: str) -> None:
    """act: the one in which the process is killed once it's done, before that is written down; ""
    for none. day: what the depository's clock shows.
    """
    clock = ManualClock()
    # The world's books are one thread's; a workflow asks from threads of its own.
    world = ThreadPoolExecutor(1)
    database = Database(url, clock, IdSource(clock, int(seed)))
    scene = world.submit(Scene, database, Path(folder)).result()
    ask = scene.world.ask
    scene.world.ask = lambda *asked: world.submit(ask, *asked).result()  # type: ignore[method-assign]
    if day > D1:
        for passes in (scene.close_day, scene.next_day, scene.close_second_day):
            world.submit(passes).result()
    scene.world.now_ms = 1_790_000_000_000 + int(seed)
    if act:
        _die_in(scene, act)
    configure("tests", workflows)
    jobs = OpeningJobs(scene.openings, lambda: int(seed), retry_s=0.01)
    launch()
    print(jobs.run_due(), flush=True)
    destroy()


def _die_in(scene: Scene, act: str) -> None:
    do = getattr(scene.openings, act)

    def dying(*facts: str) -> object:
        do(*facts)
        os._exit(9)

    setattr(scene.openings, act, dying)


if __name__ == "__main__":
    main(*sys.argv[1:])
