"""The ID card: both sides photographed, what was read confirmed."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from litestar.response import Response

from yunquan.clients.types import WITHOUT_END
from yunquan.kernel.errors import Invalid, Unauthorised, YunquanError
from yunquan.onboarding.types import Application, CardFacts, Step
from yunquan.opening.pages.here import Facts, Here, TheHere, in_thread
from yunquan.opening.pages.parts import (
    ANYONE,
    CAMERA,
    IMAGE_BYTES,
    is_open,
    onward,
    refused_json,
    told,
    wants_json,
)
from yunquan.verification.types import Check, Outcome

SIDES: Final = ("front", "back")
# A field of the form, and what the card's reading calls it.
FIELDS: Final = {
    "name": "name",
    "id_number": "number",
    "sex": "sex",
    "nation": "nation",
    "birth": "birth",
    "address": "address",
    "issuer": "issuer",
    "valid_from": "since",
    "valid_until": "until",
}
MOST_TOLD: Final = 3


async def card_facts(here: Here, one: Application) -> Facts:
    """side: to be photographed now, "" when both were; fields: with how sure the machine is."""
    wanted = str(here.request.query_params.get("side", ""))

    def load() -> Facts:
        cards = here.onboarding.parts.verification.cards
        known = cards.sides(str(one.id))
        missing = next((side for side in SIDES if side not in known), "")
        side = wanted if wanted in SIDES and (wanted == "front" or known) else missing
        return {"side": side, "sides": known} | _read(here, one)

    return await asyncio.to_thread(load) | {"given": {}, "confirmed": Step.CARD in one.done}


def _read(here: Here, one: Application) -> Facts:
    """What was read of both sides, "" for what wasn't."""
    judged = here.onboarding.parts.verification.cards.judgement(str(one.id))
    holder = here.onboarding.filling.read_holder(str(one.id))
    if judged is None or holder is None:
        return {"values": {}, "asked": ()}
    values = {name: getattr(holder, name) for name in FIELDS}
    sure = {field.name for field in judged.fields if field.decision == "passes"}
    asked = tuple(name for name, read in FIELDS.items() if read not in sure or not values[name])
    return {"values": values, "asked": asked}


@get("/open/card", opt=CAMERA)
async def card_page(here: TheHere) -> Response[object]:
    """Front, back, and then what was read."""
    return await here.show(Step.CARD, card_facts)


@post("/open/card/{side:str}", opt=CAMERA, status_code=200, request_max_body_size=IMAGE_BYTES)
async def read_side(here: TheHere, side: FromPath[str]) -> Response[object]:
    """Look at one side; another picture is asked for with what to do better."""
    image = await _upload(here, "image")
    try:
        one = await here.applicant()
    except Unauthorised as error:
        return here.nobody(error)
    try:
        check: Check = await asyncio.to_thread(
            here.onboarding.filling.read_card, str(one.id), side, image
        )
    except YunquanError as error:
        if wants_json(here.request):
            return refused_json(here.desk, here.locale, error)
        said = told(here.desk, here.locale, error)
        if not is_open(one, Step.CARD):
            return here.trouble(said["failed"], error.status)
        facts = await card_facts(here, one) | said
        return await here.page(one, Step.CARD, facts, error.status)
    if check.outcome is not Outcome.AGAIN:
        return onward(here.request, "/open/card")
    text = told_of(here, check)
    if wants_json(here.request):
        return Response({"text": text, "code": "again"}, status_code=422)
    facts = await card_facts(here, one) | {"failed": text, "failed_at": "image"}
    return await here.page(one, Step.CARD, facts, 422)


def told_of(here: Here, check: Check) -> str:
    """What to do better, in words."""
    codes = [one.code for one in check.findings if one.outcome in ("again", "refuse")]
    return " ".join(here.say(code) for code in dict.fromkeys(codes[:MOST_TOLD]))


async def _upload(here: Here, name: str) -> bytes:
    found = (await here.request.form()).get(name)
    return await found.read() if isinstance(found, UploadFile) else b""


@post("/open/card", opt=ANYONE, status_code=200)
async def confirm_card(here: TheHere) -> Response[object]:
    """The card's facts as its holder says they are."""
    form = await here.fields()

    def act(one: Application) -> object:
        return here.onboarding.filling.confirm_card(str(one.id), facts_of(form))

    return await here.act(Step.CARD, in_thread(act), card_facts, form)


def facts_of(form: dict[str, str]) -> CardFacts:
    """Raises Invalid client.id_number_malformed for nothing at all."""
    if not form.get("id_number"):
        raise Invalid("client.id_number_malformed", field="id_number")
    values: dict[str, Any] = {name: form.get(name, "").strip() for name in FIELDS}
    values["id_number"] = values["id_number"].replace(" ", "").upper()
    values["name"] = values["name"].replace("•", "·").replace("．", "·")
    if form.get("long_term") == "yes":
        values["valid_until"] = WITHOUT_END
    return CardFacts(**values)


handlers = [card_page, read_side, confirm_card]
