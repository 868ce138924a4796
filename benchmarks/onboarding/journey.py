"""An application's whole way at the server, step by step, and what a person needs for it.

Every room is real, and so are the world's police, carrier, depository and lists; cards are read by
the vision process from printed pictures, faces are `onboarding.pool`'s.

The person is a stated model, not a trial with people: somebody in their middle who reads every
heading, question, choice up to the one they take, key point, warning, and whatever they tick or
press; skims reasons, hints, the titles of papers and what they know of themselves; and leaves
folded what is folded, the full words of the papers among it (4,300 characters, 11 minutes to
whoever reads them all). Certainty of each figure: V verified, KH, KM known with high or medium
confidence, F decided by us.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

from benchmarks.rows import RESULTS, Row, percentile, row
from tests.onboarding.office import CASH, D1, DETAILS, PASSWORD, Camera, Scene
from tests.vision.card_desk import CardDesk
from tests.vision.stage import PYTHON
from yunquan.app.migrations import migrate
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.transaction import Database
from yunquan.vision import PoolVision
from yunquan.vision.types import CardReading

# A tap of a thumb: a finger's movement 0.23, a key 0.39, a look between page and thumb 0.14 (the
# keystroke-level model of a phone, Holleis and others 2007, not looked up again: KM). Pointing with
# a mouse is 1.1 (Card, Moran and Newell 1980: KH); the note says what that would make of it.
TAP_S: Final = 0.8
MOUSE_S: Final = 1.1
# A character typed: 36 words of five a minute (Palin and others 2019, 37,000 people: KH) are 0.33.
TYPED_S: Final = 0.35
# A character read: Chinese is read silently at 260 words a minute (Brysbaert 2019, review of 190
# studies: KH), of one and a half characters each (KM). Aloud it is 255 characters a minute (IReST,
# Trauzettel-Klosinski and Dietz 2012: V).
READ_S: Final = 60 / 390
ALOUD_S: Final = 60 / 255
# Skimming goes two and a half times as fast (Just and Carpenter 1987: KM).
SKIMS = 2.5
# The keystroke-level model's time to think before an act. It isn't added: what is ticked was just
# read. The note says what it would add, once an answer of the questionnaire and of the details.
THOUGHT_S, ANSWERS = 1.35, 14
# Until a text message is there, F.
SMS_S: Final = 3.0


class Needs(NamedTuple):
    """What a step of the happy way asks of a person."""

    taps: int
    typed: int
    read: int
    skimmed: int
    # Before a camera, and waiting for a text message.
    seconds: float = 0.0

    @property
    def time_s(self) -> float:
        """All of it."""
        by_hand = self.taps * TAP_S + self.typed * TYPED_S
        return by_hand + self.read * READ_S + self.skimmed * READ_S / SKIMS + self.seconds


# All but the seconds are counted in a browser in Chinese, and held: tests/opening/test_journey.py,
# by what tests/opening/reading.py calls read and skimmed. Seconds before the camera are those that
# the page was told, and one to open it; to fetch a card and hold both sides up is F.
MODEL: Final[dict[str, Needs]] = {
    "entry": Needs(1, 11, 21, 53, SMS_S),
    "consents": Needs(4, 0, 67, 48),
    "card": Needs(4, 0, 33, 98, 12),
    "face": Needs(1, 0, 19, 40, 13.5),
    "details": Needs(5, 0, 73, 23),
    "questions": Needs(11, 0, 212, 61),
    "witness": Needs(3, 0, 37, 24, 18.2),
    "bank": Needs(1, 22, 32, 25),
    "passwords": Needs(0, 17, 38, 20),
    "agreements": Needs(4, 0, 195, 113),
}


def person_s(model: Iterable[Needs] = MODEL.values()) -> float:
    """Seconds of the person, the machine not counted."""
    return sum(step.time_s for step in model)


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
    # A card has two sides.
    medians = [median(took) for took in (*times.values(), times["card"])]
    machine = sum(medians) + _measured("onboarding.pool.clip")
    yield row(
        "onboarding.journey.a_minute",
        2 * 60_000 / machine,
        "applications/min",
        size="two cores, the vision process counted",
        limit=">= 10",
        note=f"{machine:.0f} ms of machine each, {spent_ms:.0f} ms of them in the web's process",
    )
    yield from person_rows(machine)


def machine_ms() -> float:
    """Of one application, by the medians that were measured last."""
    names = [one["id"] for one in _kept() if one["id"].startswith("onboarding.journey.")]
    steps = [name for name in names if name.endswith("_p95")]
    sides = sum(map(_measured, steps)) + _measured("onboarding.journey.card_p95")
    return sides + _measured("onboarding.pool.clip")


def person_rows(machine: float) -> Iterator[Row]:
    """What the person needs. machine: ms of the machine for one application."""
    taps, read = (sum(one[at] for one in MODEL.values()) for at in (0, 2))
    skimmed = sum(one.skimmed for one in MODEL.values())

    def minutes(more_s: float = 0.0) -> float:
        return (person_s() + more_s + machine / 1000) / 60

    slowly = minutes((read + skimmed / SKIMS) * (ALOUD_S - READ_S))
    thoughtful = minutes(ANSWERS * THOUGHT_S)
    pointing = minutes(taps * (MOUSE_S - TAP_S))
    yield row(
        "onboarding.journey.person",
        minutes(),
        "min",
        size="a stated model: taps, typing and reading counted in a browser",
        limit="<= 4",
        note=f"{person_s():.0f} s of the person, {machine / 1000:.1f} s of the machine; {read} "
        f"characters read, {skimmed} skimmed; {slowly:.1f} min for whom reading takes as long as "
        f"reading aloud, {thoughtful:.1f} with {THOUGHT_S} s of thought for each of {ANSWERS} "
        f"answers, {pointing:.1f} with a mouse's {MOUSE_S} s a tap",
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
    found = next((one for one in _kept() if one["id"] == name), None)
    if found is None:
        return 2000.0
    return float(found["note"].split("median ")[1].split(" ")[0])


def _kept() -> list[dict[str, Any]]:
    path = RESULTS / "onboarding.json"
    return json.loads(path.read_text()) if path.is_file() else []


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
