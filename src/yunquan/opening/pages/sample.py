"""Whom a visitor of a demonstration may play."""

from __future__ import annotations

import asyncio
import base64
from typing import Any, Final

from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from yunquan.kernel.errors import NotFound
from yunquan.opening.adapters.sample_cards import SampleCards
from yunquan.opening.adapters.stage import Played, Stage
from yunquan.opening.pages.parts import ANYONE, IMAGE_BYTES, AnyRequest, Templates, TheStage

TheCards = NamedDependency[SampleCards]

COUNT: Final = 12
FARTHEST: Final = 100_000


@get("/open/sample", opt=ANYONE)
async def sample_page(request: AnyRequest, templates: Templates, stage: TheStage) -> Response[Any]:
    """Some people of the simulated world. Raises NotFound outside a demonstration."""
    if not stage.is_open:
        raise NotFound("request.no_such_page")
    asked = str(request.query_params.get("from", "0"))
    first = min(int(asked), FARTHEST) if asked.isascii() and asked.isdigit() else 0
    people = await asyncio.to_thread(stage.people, first, COUNT)
    return templates.page(
        "opening/sample.html", people=people, first=first, following=first + COUNT
    )


@get("/open/sample/{index:int}", opt=ANYONE)
async def card_page(
    templates: Templates, stage: TheStage, sample_cards: TheCards, index: FromPath[int]
) -> Response[Any]:
    """Both sides of somebody's specimen card. Raises NotFound outside a demonstration."""
    return await _printed(templates, stage, sample_cards, index, b"")


@post("/open/sample/{index:int}", opt=ANYONE, request_max_body_size=IMAGE_BYTES, status_code=200)
async def card_with_picture(
    request: AnyRequest,
    templates: Templates,
    stage: TheStage,
    sample_cards: TheCards,
    index: FromPath[int],
) -> Response[Any]:
    """The card with the visitor's own picture on it, so that their own face is compared."""
    given = (await request.form()).get("portrait")
    portrait = await given.read() if isinstance(given, UploadFile) else b""
    return await _printed(templates, stage, sample_cards, index, portrait)


async def _printed(
    templates: Any, stage: Stage, cards: SampleCards, index: int, portrait: bytes
) -> Response[Any]:
    if not stage.is_open or not 0 <= index <= FARTHEST:
        raise NotFound("request.no_such_page")

    def made() -> tuple[Played, bytes, bytes] | None:
        person = next(iter(stage.people(index, 1)), None)
        if person is None:
            return None
        front, back = cards.print(person, portrait, person.valid_from)
        if portrait:
            stage.enrol(person.number, portrait)
        return person, front, back

    found = await asyncio.to_thread(made)
    if found is None:
        raise NotFound("request.no_such_page")
    person, front, back = found
    pictures = {
        side: f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
        for side, jpeg in (("front", front), ("back", back))
    }
    return templates.page(
        "opening/sample_card.html", person=person, pictures=pictures, own=bool(portrait)
    )


handlers = [sample_page, card_page, card_with_picture]
