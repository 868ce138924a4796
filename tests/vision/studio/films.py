"""Films: those Chromium plays as a camera (`--use-file-for-fake-video-capture`), real ones, and
those that a browser would have recorded of a witness.

It opens the file anew whenever a page opens the camera, plays it from its start and then over and
over. A `.mjpeg` is played at 30 frames a second, a `.y4m` at the rate it names.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from tests.vision.studio.person import HEIGHT, WIDTH, Act, Person, Picture
from tests.vision.studio.scenes import DARK, Manner, Plan, Shot, act_at, developed, jpeg

_MJPEG_FPS, _REPEATS = 30, 2
_TAIL_MS = 4000
_RECORDED_FPS = 3


def write(into: Path, person: Person, plan: Plan, manner: Manner, lead_ms: int) -> None:
    """lead_ms: how long the person rests before the plan begins."""
    step = 1000 * _REPEATS / _MJPEG_FPS
    count = round((lead_ms + plan.length_ms + _TAIL_MS) / step)
    shots = [_shot(person, plan, manner, round(n * step), lead_ms) for n in range(count)]
    if into.suffix == ".mjpeg":
        film = developed(shots, manner)
        into.write_bytes(b"".join(content * _REPEATS for _, content in film))
        return
    with into.open("wb") as file:
        rate = _MJPEG_FPS // _REPEATS
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{rate}:1 Ip A1:1 C420jpeg\n".encode())
        for shot in shots:
            file.write(b"FRAME\n" + planes(shot.picture))


def _shot(person: Person, plan: Plan, manner: Manner, at_ms: int, lead_ms: int) -> Shot:
    inside = lead_ms <= at_ms <= lead_ms + plan.length_ms
    act = act_at(plan, manner, at_ms - lead_ms) if inside else Act(light=DARK)
    picture = person.show(act, face_light=manner.face_light, room_light=manner.room_light)
    return Shot(at_ms, picture)


def piece(film: str, from_s: float, seconds: float) -> list[tuple[int, bytes]]:
    """Some seconds of a film at eight frames a second, its middle in the shape of a phone."""
    source = cv2.VideoCapture(film)
    rate = source.get(cv2.CAP_PROP_FPS)
    source.set(cv2.CAP_PROP_POS_FRAMES, round(from_s * rate))
    found, due = list[tuple[int, bytes]](), 0.0
    for number in range(round(seconds * rate)):
        ok, picture = source.read()
        if not ok:
            break
        if number < due:
            continue
        due += rate / 8
        height, width = picture.shape[:2]
        half = min(width, round(height * 0.9)) // 2
        picture = picture[:, width // 2 - half : width // 2 + half]
        picture = cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        rgb = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
        found.append((round(1000 * number / rate), jpeg(rgb, 82)))
    source.release()
    return found


def recorded(into: Path, scenes: list[tuple[list[Person], float]], codec: str) -> None:
    """scenes: who stands side by side before the camera, nobody too, and for how many seconds."""
    draw, kind = np.random.default_rng(5), cv2.VideoWriter.fourcc(*codec)
    film = cv2.VideoWriter(str(into), cv2.CAP_FFMPEG, kind, _RECORDED_FPS, (640, 480))
    assert film.isOpened(), codec
    for people, seconds in scenes:
        for _ in range(round(seconds * _RECORDED_FPS)):
            picture = np.full((480, 640, 3), 100, np.uint8)
            for place, person in enumerate(people):
                left = (640 - len(people) * 300) // 2 + place * 300 + int(draw.integers(-3, 4))
                shown = cv2.resize(person.still, (300, 400), interpolation=cv2.INTER_AREA)
                picture[40:440, left : left + 300] = shown
            film.write(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    film.release()


def planes(picture: Picture) -> bytes:
    return cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420).tobytes()
