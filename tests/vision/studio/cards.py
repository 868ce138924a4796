"""Cards as a process of the vision environment: `python -m tests.vision.studio.cards`, one line of
JSON in, one line of JSON out.

An order of yunquan_cards is printed, photographed and read: {order, into?} answers {facts, person,
cpu_ms}, the portrait in base64; into: keep the picture. flat: the front fills the
picture. large: it is of twelve megapixels. {file, side}: read that instead.
"""

from __future__ import annotations

import base64
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2

from yunquan_cards.orders import person_of, picture_of
from yunquan_cards.photograph import jpeg
from yunquan_cards.printer import print_front
from yunquan_cards.templates import TEMPLATES
from yunquan_vision.looks import Looks
from yunquan_vision.pictures import NotAPicture, open_picture


def flat(order: dict[str, Any]) -> bytes:
    return jpeg(print_front(person_of(order), TEMPLATES[order["template"]]))


def enlarged(content: bytes) -> bytes:
    """As a camera of twelve megapixels gives it."""
    picture = open_picture(content)
    return jpeg(cv2.resize(picture, (4000, 2812), interpolation=cv2.INTER_CUBIC), 85)


def answer(looks: Looks, asked: dict[str, Any]) -> dict[str, Any]:
    if "file" in asked:
        content, told = Path(asked["file"]).read_bytes(), dict[str, Any]()
    else:
        content = flat(asked["order"]) if asked.get("flat") else picture_of(asked["order"])
        told = {"person": asdict(person_of(asked["order"]))}
    if asked.get("large"):
        content = enlarged(content)
    if into := asked.get("into"):
        Path(into).write_bytes(content)
    side = asked.get("side") or asked["order"]["side"]
    began = time.process_time()
    try:
        facts = looks.read_card(content, side)
    except NotAPicture as refused:
        return {"refused": str(refused)}
    facts["portrait"] = base64.b64encode(facts.get("portrait", b"")).decode()
    return {**told, "facts": facts, "cpu_ms": round(1000 * (time.process_time() - began))}


def main() -> None:
    cv2.setNumThreads(1)
    looks = Looks()
    for line in sys.stdin:
        try:
            told = answer(looks, json.loads(line))
        except Exception as error:
            told = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
