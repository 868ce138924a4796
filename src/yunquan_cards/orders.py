"""An order for a picture of a card, as plain data: what tests, benchmarks and the demo ask for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from yunquan_cards.people import Person, born_person, expired
from yunquan_cards.photograph import LEVELS, jpeg, photograph
from yunquan_cards.printer import print_back, print_front
from yunquan_cards.spoil import SPOILINGS, edited_digit, swapped_portrait
from yunquan_cards.templates import TEMPLATES


def person_of(order: dict[str, Any]) -> Person:
    """seed, day; minor: aged 16 or 17; expired: with a card that ran out; facts: put in place of
    what was drawn.
    """
    day = date.fromisoformat(order["day"])
    ages = {"youngest": 16, "oldest": 16} if order.get("minor") else {}
    person = born_person(order["seed"], day, **ages)
    if order.get("expired"):
        person = expired(person, day)
    return replace(person, **order.get("facts", {}))


def picture_of(order: dict[str, Any]) -> bytes:
    """A JPEG. side; template: 0 to 9; level: 0 to 4; spoiling: a name of SPOILINGS; edit: [place,
    digit]; swap: seed of whose portrait is glued on; portrait: path of a picture.
    """
    person, template = person_of(order), TEMPLATES[order["template"]]
    if order["side"] == "back":
        card = print_back(person, template)
    else:
        given = Path(order["portrait"]).read_bytes() if order.get("portrait") else None
        card = print_front(person, template, given)
    if edit := order.get("edit"):
        card = edited_digit(card, *edit)
    if "swap" in order:
        other = TEMPLATES[(order["template"] + 3) % len(TEMPLATES)]
        card = swapped_portrait(
            card, print_front(person_of({**order, "seed": order["swap"]}), other)
        )
    level = order.get("level", 0)
    picture = photograph(card, template, level, order["seed"])
    if spoiling := order.get("spoiling"):
        picture = SPOILINGS[spoiling](picture, np.random.default_rng(order["seed"]))
    return jpeg(picture, LEVELS[level].quality)
