"""The face before the camera, or the other way for who won't use theirs."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec
from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.response import Response

from yunquan.kernel.errors import Invalid, Unauthorised, YunquanError
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
from yunquan.vision.types import Challenge, ClipFrame, ClipSource

MOST_FRAMES: Final = 400
LONGEST_LABEL: Final = 200
LONGEST_LIST: Final = 8_000


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
        return shown_of(here.onboarding.filling.draw(str(one.id)))

    return await here.answer(in_thread(act))


def shown_of(drawn: Challenge) -> dict[str, Any]:
    """The part of a challenge that its player needs."""
    body = msgspec.to_builtins(drawn)
    return {name: body[name] for name in ("nonce", "steps", "flashes", "digits", "length_ms")}


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
    Invalid vision.clip_malformed.
    """
    joined = form.get("frames")
    content = await joined.read() if isinstance(joined, UploadFile) else b""
    sizes, times = _numbers(form, "sizes"), _numbers(form, "times")
    whole = 0 < len(sizes) <= MOST_FRAMES and len(sizes) == len(times) and min(sizes) > 0
    if not whole or sum(sizes) != len(content):
        raise Invalid("vision.clip_malformed")
    frames, at = list[ClipFrame](), 0
    for index, (size, at_ms) in enumerate(zip(sizes, times, strict=True)):
        frames.append(ClipFrame(index, at_ms, content[at : at + size]))
        at += size
    source = ClipSource(
        nonce=str(form.get("nonce", ""))[:LONGEST_LABEL],
        camera=str(form.get("camera", ""))[:LONGEST_LABEL],
        width=_number(form, "width"),
        height=_number(form, "height"),
        mobile=str(form.get("mobile", "")) == "1",
        shown_ms=tuple(_numbers(form, "shown")),
    )
    return tuple(frames), source


def _number(form: Any, name: str) -> int:
    text = str(form.get(name, ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _numbers(form: Any, name: str) -> list[int]:
    """A flash that never was on the screen is null."""
    try:
        found = msgspec.json.decode(str(form.get(name, "[]"))[:LONGEST_LIST], type=list[int | None])
    except msgspec.MsgspecError:
        raise Invalid("vision.clip_malformed") from None
    return [-1 if one is None else one for one in found]


@post("/open/face/person", opt=ANYONE, status_code=200)
async def choose_person(here: TheHere) -> Response[object]:
    """No machine looks at the face; a member of staff does, in a call."""

    def act(one: Application) -> object:
        return here.onboarding.filling.choose_person(str(one.id))

    return await here.act(Step.FACE, in_thread(act), face_facts)


handlers = [face_page, draw_challenge, judge_face, choose_person]
