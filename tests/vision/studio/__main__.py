"""The studio as a process of the vision environment: `python -m tests.vision.studio`, one line of
JSON in, one line of JSON out.

clip: {scene, photo, other, plan, elsewhere, manner, into} writes all JPEGs joined to `into` and
answers times and sizes. again: {from, sizes, times, seed, into}: that clip handed in once more.
real: {film, from_s, seconds, into}: a piece of a real film as a clip.
watch: {from, sizes, times}: the worker's facts. film: {photo, plan, manner, lead_ms, into}: a file
for a browser's fake camera. recorded: {scenes, codec, into}: a film as a browser records it, of
people side by side. still: {photo, into}: the portrait as a JPEG. harm: {photo, harm,
into}: it made worse. look: {photo}: the worker's facts of one picture. reading: {digits, how,
into}: a WAV. listen: {sound}: its facts, or the code it is refused with. memory: the most this
process has held.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from tests.vision.studio import films
from tests.vision.studio.attacks import Cast, Film, again, made
from tests.vision.studio.harms import HARMS
from tests.vision.studio.person import Person, Picture
from tests.vision.studio.scenes import Manner, Plan, jpeg
from tests.vision.studio.voices import reading
from yunquan_vision.looks import Looks
from yunquan_vision.pictures import NotAPicture
from yunquan_vision.voice import NotAudio


@cache
def looks() -> Looks:
    return Looks()


@cache
def person(photo: str) -> Person:
    return Person(picture_of(Path(photo).read_bytes()))


def picture_of(content: bytes) -> Picture:
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError("not a picture")
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


def plan_of(told: dict[str, Any]) -> Plan:
    return Plan(
        tuple((kind, since, until) for kind, since, until in told["steps"]),
        tuple((colour, since, until) for colour, since, until in told["flashes"]),
        told["length_ms"],
    )


def kept(film: Film, into: str) -> dict[str, Any]:
    Path(into).write_bytes(b"".join(content for _, content in film))
    return {"times": [at for at, _ in film], "sizes": [len(content) for _, content in film]}


def film_of(asked: dict[str, Any]) -> Film:
    joined, at = Path(asked["from"]).read_bytes(), 0
    film = Film()
    for at_ms, size in zip(asked["times"], asked["sizes"], strict=True):
        film.append((at_ms, joined[at : at + size]))
        at += size
    return film


def clip(asked: dict[str, Any]) -> dict[str, Any]:
    cast = Cast(
        person(asked["photo"]),
        person(asked["other"]),
        plan_of(asked["plan"]),
        plan_of(asked["elsewhere"]),
        Manner(**asked["manner"]),
    )
    return kept(made(asked["scene"], cast), asked["into"])


def real(asked: dict[str, Any]) -> dict[str, Any]:
    piece = films.piece(asked["film"], asked["from_s"], asked["seconds"])
    return kept(piece, asked["into"])


def once_more(asked: dict[str, Any]) -> dict[str, Any]:
    return kept(again(film_of(asked), asked["seed"]), asked["into"])


def watch(asked: dict[str, Any]) -> dict[str, Any]:
    began = time.process_time()
    frames = [(n, at, content) for n, (at, content) in enumerate(film_of(asked))]
    facts = looks().watch(frames)
    return {"facts": facts, "cpu_ms": round(1000 * (time.process_time() - began))}


def film(asked: dict[str, Any]) -> dict[str, Any]:
    plan, manner = plan_of(asked["plan"]), Manner(**asked["manner"])
    films.write(Path(asked["into"]), person(asked["photo"]), plan, manner, asked["lead_ms"])
    return {}


def recorded(asked: dict[str, Any]) -> dict[str, Any]:
    scenes = [([person(photo) for photo in photos], s) for photos, s in asked["scenes"]]
    films.recorded(Path(asked["into"]), scenes, asked["codec"])
    return {}


def still(asked: dict[str, Any]) -> dict[str, Any]:
    Path(asked["into"]).write_bytes(jpeg(person(asked["photo"]).still, 92))
    return {}


def look(asked: dict[str, Any]) -> dict[str, Any]:
    began = time.process_time()
    try:
        facts = looks().look_at_face(Path(asked["photo"]).read_bytes())
    except NotAPicture as refused:
        return {"refused": str(refused)}
    return {"facts": facts, "cpu_ms": round(1000 * (time.process_time() - began))}


def harm(asked: dict[str, Any]) -> dict[str, Any]:
    worse = HARMS[asked["harm"]](person(asked["photo"]).still)
    cv2.imwrite(asked["into"], cv2.cvtColor(worse, cv2.COLOR_RGB2BGR))
    return {}


def read_aloud(asked: dict[str, Any]) -> dict[str, Any]:
    Path(asked["into"]).write_bytes(reading(asked["digits"], **asked["how"]))
    return {}


def listen(asked: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"facts": looks().listen(Path(asked["sound"]).read_bytes())}
    except NotAudio as refused:
        return {"refused": str(refused)}


def memory(_asked: dict[str, Any]) -> dict[str, Any]:
    return {"most_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}


DOES: Final[dict[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "clip": clip,
    "real": real,
    "again": once_more,
    "watch": watch,
    "film": film,
    "recorded": recorded,
    "still": still,
    "look": look,
    "harm": harm,
    "reading": read_aloud,
    "listen": listen,
    "memory": memory,
}


def main() -> None:
    for line in sys.stdin:
        try:
            asked = json.loads(line)
            told = DOES[asked["do"]](asked)
        except Exception as error:
            told = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
