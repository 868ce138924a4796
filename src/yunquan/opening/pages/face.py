"""The face before the camera, or the other way for who won't use theirs."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.response import Response

from yunquan.kernel.errors import Unauthorised, YunquanError
from yunquan.onboarding.types import Application, Step, Way
from yunquan.opening.pages.here import Facts, Here, TheHere, in_thread
from yunquan.opening.pages.parts import (
    ANYONE,
    CAMERA,
    CLIP_BYTES,
    is_open,
    onward,
    refused_json,
    told,
    wants_json,
)
from yunquan.vision import read_clip, read_source, told_to_player
from yunquan.vision.types import CLIP_TEXTS, ClipFrame, ClipSource


async def face_facts(here: Here, one: Application) -> Facts:
    """by_person: they gave no leave for their face. left: tries."""

    def load() -> int:
        with here.onboarding.parts.database.read() as tx:
            return here.onboarding.parts.verification.faces.tries_left(tx, str(one.id))

    by_person = one.way is Way.PERSON
    return {"by_person": by_person, "left": await asyncio.to_thread(load)}


@get("/open/face", opt=CAMERA)
async def face_page(here: TheHere) -> Response[object]:
    """The camera, and the way without it."""
    return await here.show(Step.FACE, face_facts)


@post("/open/face/challenge", opt=ANYONE, status_code=200)
async def draw_challenge(here: TheHere) -> Response[object]:
    """What to do before the camera, drawn anew."""

    def act(one: Application) -> dict[str, Any]:
        return told_to_player(here.onboarding.filling.draw(str(one.id)))

    return await here.answer(in_thread(act))


@post("/open/face", opt=CAMERA, status_code=200, request_max_body_size=CLIP_BYTES)
async def judge_face(here: TheHere) -> Response[object]:
    """What was filmed: on, or what to do better and how many tries are left."""
    form = await here.request.form()
    try:
        one = await here.applicant()
    except Unauthorised as error:
        return here.nobody(error)
    try:
        frames, source = await clip_of(form)
        voice = form.get("voice")
        heard = await voice.read() if isinstance(voice, UploadFile) else None
        _, codes, left = await asyncio.to_thread(
            here.onboarding.filling.judge_face, str(one.id), frames, source, heard
        )
    except YunquanError as error:
        if wants_json(here.request):
            return refused_json(here.desk, here.locale, error)
        said = told(here.desk, here.locale, error)
        if not is_open(one, Step.FACE):
            return here.trouble(said["failed"], error.status)
        facts = await face_facts(here, one) | said
        return await here.page(one, Step.FACE, facts, error.status)
    if not codes:
        return onward(here.request)
    text = " ".join([*(here.say(code) for code in codes), here.say("ui.opening.left", count=left)])
    if wants_json(here.request):
        return Response({"text": text, "code": codes[0], "left": left}, status_code=422)
    facts = await face_facts(here, one) | {"failed": text}
    return await here.page(one, Step.FACE, facts, 422)


async def clip_of(form: Any) -> tuple[tuple[ClipFrame, ...], ClipSource]:
    """The pictures, cut apart by their sizes, and what the browser says of its camera. Raises
    Invalid vision.*.
    """
    joined = form.get("frames")
    content = await joined.read() if isinstance(joined, UploadFile) else b""
    told = {name: str(form.get(name, "")) for name in CLIP_TEXTS}
    return read_clip(content, told["sizes"], told["times"]), read_source(told)


@post("/open/face/person", opt=ANYONE, status_code=200)
async def choose_person(here: TheHere) -> Response[object]:
    """No machine looks at the face; a member of staff does, in a call."""

    def act(one: Application) -> object:
        return here.onboarding.filling.choose_person(str(one.id))

    return await here.act(Step.FACE, in_thread(act), face_facts)


handlers = [face_page, draw_challenge, judge_face, choose_person]
