"""Staff's queue with ten thousand applications in it: its first page, a page deep within, and one
application, as a browser asks for them.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks.rows import Row, percentile, row
from tests.acceptance.conftest import log_in
from tests.acceptance.hall import Hall
from yunquan.onboarding import store
from yunquan.onboarding.types import ApplicationId, State

APPLICATIONS: Final = 10_000
ASKED: Final = 100
LIMIT: Final = "<= 200"


def bench(*, quick: bool) -> Iterator[Row]:
    count, asked = (200, 3) if quick else (APPLICATIONS, ASKED)
    with tempfile.TemporaryDirectory() as folder:
        hall = Hall(Path(folder))
        middle = fill(hall, count)
        browser = log_in(hall, "ops")

        def page(path: str) -> Callable[[], None]:
            def ask() -> None:
                answer = browser.get(path)
                assert answer.status_code == 200, answer.text

            return ask

        pages = {
            "first": "/staff/openings",
            "deep": f"/staff/openings?after={middle}",
            "one": f"/staff/openings/{hall.apps['seconded']}",
        }
        for name, path in pages.items():
            took = timed(page(path), asked)
            yield row(
                f"onboarding.queue.{name}_p95",
                percentile(took, 95),
                "ms",
                size=f"{count:,} applications to review, {asked} asked one after another",
                limit=LIMIT,
                note="through the app, login and template included",
            )


def fill(hall: Hall, count: int) -> str:
    """As many to be reviewed as wished, each like one that was handed in; a place in the middle."""
    middle = ""
    like = hall.scene.load(hall.apps["other"])
    with hall.database.transaction("system") as tx:
        sealed = store.load_sealed(tx, like.id)
        assert sealed is not None
        for number in range(count):
            one = replace(
                like,
                id=tx.ids.new(ApplicationId),
                state=State.REVIEW,
                mobile_masked=f"139****{number % 10_000:04d}",
                submitted_at_ms=like.submitted_at_ms + number * 1000,
                due_at_ms=like.due_at_ms + number * 1000,
            )
            store.insert_application(tx, one, f"queue-{number}", sealed)
            store.set_waiting(tx, one.id, "first", "")
            if number == count // 2:
                middle = f"{one.due_at_ms}.{one.id}"
    return middle


def timed(act: Callable[[], None], times: int) -> list[float]:
    """Milliseconds of each, the first left out: templates are compiled then."""
    act()
    took: list[float] = []
    for _ in range(times):
        begun = time.perf_counter()
        act()
        took.append((time.perf_counter() - begun) * 1000)
    return took
