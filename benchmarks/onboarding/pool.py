"""The vision process as the brokerage asks it: start, memory, time of a look.

A face and a clip through the whole way: frames, walls, models. The process runs at niceness 10, so
on a busy machine it waits for whoever trades.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from benchmarks.rows import Row, percentile, row
from tests.vision.clip_facts import asked, source_of
from tests.vision.stage import PYTHON, Studio
from tools import photos
from yunquan.vision import PoolVision
from yunquan.vision.types import LivenessClip


def bench(*, quick: bool) -> Iterator[Row]:
    photos.fetch()
    starts, walls = list[float](), ""
    for _ in range(1 if quick else 5):
        pool, began = PoolVision(PYTHON), time.monotonic()
        try:
            walls = ",".join(pool.start())
        finally:
            pool.stop()
        starts.append(time.monotonic() - began)
    note = f"behind the walls {walls}"
    yield row(
        "onboarding.pool.start", max(starts), "s", size="the slowest", limit="<= 10", note=note
    )
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(Path(folder))
        pool = PoolVision(PYTHON)
        try:
            challenge = asked("nod", "turn_left", "open_mouth")
            film = studio.clip("honest", challenge)
            clip = LivenessClip(challenge, film.frames(), source_of(challenge))
            sound = studio.reading("3817")
            pool.start()
            yield _memory(pool, "idle", "models loaded, nothing looked at")
            image = (photos.FOLDER / "obama.jpg").read_bytes()
            times = [_timed(lambda: pool.look_at_face(image)) for _ in range(3 if quick else 60)]
            yield _time("face", times, "one picture, asked and answered")
            times = [_timed(lambda: pool.watch(clip)) for _ in range(1 if quick else 10)]
            yield _time("clip", times, f"{len(clip.frames)} frames of 480 x 640")
            times = [_timed(lambda: pool.listen(sound)) for _ in range(3 if quick else 60)]
            yield _time("voice", times, f"{len(sound) // 32} ms of sound")
            yield _memory(pool, "most", "the most it held over all of these")
        finally:
            pool.stop()
            studio.close()


def _timed(look: Callable[[], object]) -> float:
    began = time.monotonic()
    look()
    return (time.monotonic() - began) * 1000


def _time(name: str, times: list[float], size: str) -> Row:
    note = f"median {median(times):.0f} ms"
    p99 = percentile(times, 99)
    return row(f"onboarding.pool.{name}", p99, "ms", size=size, limit="<= 2000", note=note)


def _memory(pool: PoolVision, name: str, size: str) -> Row:
    status = Path(f"/proc/{pool.pids()[0]}/status").read_text()
    of = dict(line.split(":", 1) for line in status.splitlines())
    held = "VmHWM" if name == "most" else "VmRSS"
    mb, data = (int(of[key].split()[0]) / 1024 for key in (held, "VmData"))
    note = f"{data:.0f} MB of data, of 1,000 allowed"
    return row(f"onboarding.pool.memory_{name}", mb, "MB", size=size, limit="<= 600", note=note)
