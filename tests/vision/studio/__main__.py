"""The studio as a process of the vision environment: `python -m tests.vision.studio`, one line of
JSON in, one line of JSON out.

clip: {scene, photo, other, plan, elsewhere, manner, into} writes all JPEGs joined to `into` and
answers times and sizes. again: {from, sizes, times, seed, into}: that clip handed in once more.
watch: {from, sizes, times}: the worker's facts. film: {photo, plan, manner, lead_ms, into}: a file
for a browser's fake camera. still: {photo, into}: the portrait as a JPEG. look: {photo}: the
worker's facts of one picture.
"""

from __future__ import annotations

import json
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tests.vision.studio import films
from tests.vision.studio.attacks import Cast, Film, again, made
from tests.vision.studio.person import Person, Picture
from tests.vision.studio.scenes import Manner, Plan, jpeg
from yunquan_vision.faces import FaceReader
from yunquan_vision.liveness import ClipReader
from yunquan_vision.vectors import FaceVectors


@cache
def vectors() -> FaceVectors:
    return FaceVectors()


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


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    match asked["do"]:
        case "clip":
            plan = plan_of(asked["plan"])
            elsewhere = plan_of(asked["elsewhere"])
            cast = Cast(
                person(asked["photo"]),
                person(asked["other"]),
                plan,
                elsewhere,
                Manner(**asked["manner"]),
            )
            return kept(made(asked["scene"], cast), asked["into"])
        case "again":
            return kept(again(film_of(asked), asked["seed"]), asked["into"])
        case "watch":
            frames = [
                (n, at, content, picture_of(content))
                for n, (at, content) in enumerate(film_of(asked))
            ]
            began = time.process_time()
            facts = ClipReader(vectors()).watch(frames)
            return {"facts": facts, "cpu_ms": round(1000 * (time.process_time() - began))}
        case "film":
            plan, manner = plan_of(asked["plan"]), Manner(**asked["manner"])
            films.write(Path(asked["into"]), person(asked["photo"]), plan, manner, asked["lead_ms"])
            return {}
        case "still":
            Path(asked["into"]).write_bytes(jpeg(person(asked["photo"]).still, 92))
            return {}
        case "look":
            picture = picture_of(Path(asked["photo"]).read_bytes())
            return {"facts": FaceReader(vectors()).look(picture)}
        case _:
            raise ValueError(asked["do"])


def main() -> None:
    for line in sys.stdin:
        try:
            told: dict[str, Any] = answer(json.loads(line))
        except Exception as error:
            told = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
