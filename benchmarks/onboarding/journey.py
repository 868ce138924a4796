"""An application's whole way at the server, step by step, and what a person needs for it.

Every room is real, and so are the world's police, carrier, depository and lists; cards are read by
the vision process from printed pictures, faces are `onboarding.pool`'s. The person is a stated
model, not a trial with people.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.rows import RESULTS, Row, percentile, row
from tests.onboarding.office import CASH, D1, DETAILS, PASSWORD, Camera, Scene
from tests.vision.card_desk import CardDesk
from tests.vision.stage import PYTHON
from yunquan.app.migrations import migrate
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.transaction import Database
from yunquan.vision import PoolVision
from yunquan.vision.types import CardReading

# A person with a phone: a tap with the look for where, a character typed, one read (300 a minute is
# slow reading of Chinese), what has to be done before the camera. Decided by us; certainty F.
TAP_S, TYPED_S, READ_S = 1.1, 0.35, 0.11
# Taps as counted in a browser (tests/opening/journey.py, whose test holds these against them),
# characters typed and read, seconds before a camera, of each step of the happy way. What is read
# aloud before a camera is in its seconds.
MODEL: Final[dict[str, tuple[int, int, int, float]]] = {
    "entry": (1, 12, 40, 0),
    "consents": (4, 0, 200, 0),
    "card": (4, 0, 90, 12),
    "face": (1, 0, 40, 14),
    "details": (5, 0, 110, 0),
    "questions": (16, 0, 420, 0),
    "witness": (3, 0, 40, 33),
    "bank": (1, 24, 40, 0),
    "passwords": (0, 24, 50, 0),
    "agreements": (5, 0, 320, 0),
}


def bench(*, quick: bool) -> Iterator[Row]:
    times = defaultdict[str, list[float]](list)
    with tempfile.TemporaryDirectory() as folder:
        pool = PoolVision(PYTHON)
        pool.start()
        try:
            begun = time.process_time()
            count = 2 if quick else 24
            _all(Path(folder), pool, count, times)
            spent_ms = (time.process_time() - begun) * 1000 / count
        finally:
            pool.stop()
    for name, took in times.items():
        note = f"median {median(took):.0f} ms"
        size = f"{len(took)} applications, one after another"
        yield row(
            f"onboarding.journey.{name}_p95",
            percentile(took, 95),
            "ms",
            size=size,
            limit="<= 2000",
            note=note,
        )
    clip_ms = _measured("onboarding.pool.clip")
    machine_ms = sum(median(took) for took in times.values()) + clip_ms
    yield row(
        "onboarding.journey.a_minute",
        2 * 60_000 / machine_ms,
        "applications/min",
        size="two cores, the vision process counted",
        limit=">= 10",
        note=f"{machine_ms:.0f} ms of machine each, {spent_ms:.0f} ms of them in the web's process",
    )
    taps = sum(taps for taps, *_ in MODEL.values())
    person_s = sum(
        taps * TAP_S + typed * TYPED_S + read * READ_S + films
        for taps, typed, read, films in MODEL.values()
    )
    yield row(
        "onboarding.journey.person",
        (person_s + machine_ms / 1000) / 60,
        "min",
        size="a stated model of reading, typing and filming",
        limit="<= 4",
        note=f"{person_s:.0f} s of the person, {machine_ms / 1000:.1f} s of the machine",
    )
    yield row(
        "onboarding.journey.taps",
        taps,
        "taps",
        size="the happy way",
        limit="<= 40",
        note="the questionnaire counted; choices that stand already and keys aren't taps",
    )


def _measured(name: str) -> float:
    """The median of an earlier measurement, from its note; the limit where there is none."""
    path = RESULTS / "onboarding.json"
    rows = json.loads(path.read_text()) if path.is_file() else []
    found = next((one for one in rows if one["id"] == name), None)
    if found is None:
        return 2000.0
    return float(found["note"].split("median ")[1].split(" ")[0])


class _Cards(Camera):
    """Cards by the vision process, everything else as told in words."""

    def __init__(self, pool: PoolVision, pictures: dict[str, bytes]) -> None:
        super().__init__()
        self._pool = pool
        self._pictures = pictures

    def read_card(self, image: bytes, side: str) -> CardReading:
        # The printed people are others than the world's: read for the time that it takes.
        self._pool.read_card(self._pictures[side], side)
        return super().read_card(image, side)


def _all(folder: Path, pool: PoolVision, count: int, times: dict[str, list[float]]) -> None:
    database = Database(f"sqlite:///{folder / 'rooms.db'}", ManualClock())
    migrate(database.engine)
    desk = CardDesk(folder)
    pictures = dict[str, bytes]()
    for side in ("front", "back"):
        path = folder / f"{side}.jpg"
        order = {"side": side, "seed": 401, "template": 1, "level": 1, "day": D1}
        desk.ask(order=order, into=str(path))
        pictures[side] = path.read_bytes()
    desk.close()
    scene = Scene(database, folder, camera=_Cards(pool, pictures))
    # People about whom there is nothing out of the ordinary: everybody of the happy way.
    plain = (n for n in itertools.count(30) if not scene.person(n).traits)
    for index in itertools.islice(plain, count):
        _one(scene, index, times)
    database.dispose()


def _one(scene: Scene, index: int, times: dict[str, list[float]]) -> None:
    """An application from its phone to its account, each act of a machine timed."""

    def timed(name: str, act: Callable[[], Any]) -> Any:
        began = time.monotonic()
        found = act()
        times[name].append((time.monotonic() - began) * 1000)
        return found

    filling, submitting = scene.office.filling, scene.office.submitting
    app = timed("enter", lambda: scene.enter(index))
    timed("consent", lambda: scene.consent(app))
    for side in ("front", "back"):
        picture = Camera.picture(f"{side} {index}")
        timed("card", lambda: filling.read_card(app, side, picture))  # noqa: B023
    timed("police", lambda: scene.confirm(app))
    timed("face_kept", lambda: scene.film(app, index))
    timed("details", lambda: filling.give_details(app, DETAILS))
    timed("questions", lambda: scene.answer(app))
    scene.witness(app)
    timed("bank", lambda: scene.bind(app, index))
    asyncio.run(filling.set_passwords(app, PASSWORD, CASH))
    codes = [one.code for one in submitting.agreements("zh_CN")]
    timed("preview", lambda: submitting.preview(app, codes[0], "zh_CN"))
    seen, code = scene.read_papers(app), scene.sign_code(app)
    warned = submitting.mismatch(app, "zh_CN")[1]
    timed(
        "sign",
        lambda: submitting.sign(
            app, "key", "zh_CN", seen, code, warned, own_initiative=bool(warned)
        ),
    )
    scene.approve(app)
    timed("open", lambda: scene.open(app))
