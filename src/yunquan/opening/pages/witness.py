"""The witness by video: the recording of a script, or a call with a member of staff."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec
from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from yunquan.kernel.errors import Invalid
from yunquan.onboarding.types import Application, Step
from yunquan.opening.pages.here import Facts, Here, TheHere, in_thread
from yunquan.opening.pages.parts import ANYONE, CAMERA
from yunquan.witness.types import QueuePlace

CHUNK_BYTES: Final = 2 << 20
LONGEST_BODY: Final = 40_000
RECORDED: Final = ("recorded", "checked")
Body = TypeVar("Body")


class Begin(msgspec.Struct, frozen=True):
    """A recording of a script is about to come."""

    script: str
    nonce: str
    media_type: str


class Finish(msgspec.Struct, frozen=True):
    """All chunks were sent. sha256: of their hex digests, joined."""

    count: int
    sha256: str


class Said(msgspec.Struct, frozen=True):
    """A message for the other browser of a call."""

    kind: str
    body: str


def actor_of(one: Application) -> str:
    """Who records."""
    return f"applicant:{one.id}"


async def witness_facts(here: Here, one: Application) -> Facts:
    """way: "one_way" or "two_way", and why; ready: whether it is behind already."""

    def load() -> Facts:
        decided = here.onboarding.filling.witness_way(str(one.id))
        witness = here.onboarding.parts.witness
        with witness.database.read() as tx:
            standing = witness.standing(tx, str(one.id))
        way = decided.way.value
        recorded = way == "one_way" and standing.state in RECORDED
        failed = standing.reasons if standing.state == "failed" else ()
        return {
            "way": way,
            "reasons": decided.reasons,
            "ready": standing.passed or recorded,
            "failed_reasons": failed,
        }

    return await asyncio.to_thread(load)


@get("/open/witness", opt=CAMERA)
async def witness_page(here: TheHere) -> Response[object]:
    """The way that the policy says."""
    return await here.show(Step.WITNESS, witness_facts)


@post("/open/witness", opt=ANYONE, status_code=200)
async def go_on(here: TheHere) -> Response[object]:
    """It is behind."""

    def act(one: Application) -> object:
        return here.onboarding.filling.witnessed(str(one.id))

    return await here.act(Step.WITNESS, in_thread(act), witness_facts)


# --- one way


@post("/open/witness/script", opt=ANYONE, status_code=200)
async def draw_script(here: TheHere) -> Response[object]:
    """What to say before the camera."""

    def act(one: Application) -> object:
        witness = here.onboarding.parts.witness
        with witness.database.transaction(actor_of(one)) as tx:
            own = here.onboarding.own(tx, str(one.id))
            name = own.card.name if own.card else ""
            return witness.one_way.draw(tx, str(one.id), here.locale, name)

    return await here.answer(in_thread(act))


@post("/open/witness/begin", opt=ANYONE, status_code=200)
async def begin_recording(here: TheHere) -> Response[object]:
    """A recording begins."""
    body = await decoded(here, Begin)

    def act(one: Application) -> object:
        witness = here.onboarding.parts.witness
        given = body()
        with witness.database.transaction(actor_of(one)) as tx:
            return witness.one_way.begin(
                tx, str(one.id), given.script, given.nonce, given.media_type
            )

    return await here.answer(in_thread(act))


@post(
    "/open/witness/recordings/{recording:str}/chunks/{number:int}",
    opt=ANYONE,
    status_code=200,
    request_max_body_size=CHUNK_BYTES,
)
async def take_chunk(
    here: TheHere, recording: FromPath[str], number: FromPath[int]
) -> Response[object]:
    """One part of it."""
    content = await here.request.body()
    digest = here.request.headers.get("x-chunk-sha256", "")[:64]

    def act(one: Application) -> object:
        recordings = here.onboarding.parts.witness.recordings
        return recordings.put(actor_of(one), recording, number, digest, content)

    return await here.answer(in_thread(act))


@post("/open/witness/recordings/{recording:str}/finish", opt=ANYONE, status_code=200)
async def finish_recording(here: TheHere, recording: FromPath[str]) -> Response[object]:
    """All of it is there: the step is behind."""
    body = await decoded(here, Finish)

    def act(one: Application) -> object:
        given = body()
        one_way = here.onboarding.parts.witness.one_way
        kept = one_way.finish(actor_of(one), recording, given.count, given.sha256)
        here.onboarding.filling.witnessed(str(one.id))
        return kept

    return await here.answer(in_thread(act))


# --- two ways


@post("/open/witness/join", opt=ANYONE, status_code=200)
async def join_queue(here: TheHere) -> Response[object]:
    """A place in the queue."""

    def act(one: Application) -> object:
        calls = here.onboarding.parts.witness.calls
        with here.onboarding.parts.witness.database.transaction(actor_of(one)) as tx:
            return place_shown(here, calls.join(tx, str(one.id), here.locale))

    return await here.answer(in_thread(act))


@post("/open/witness/place", opt=ANYONE, status_code=200)
async def ask_place(here: TheHere) -> Response[object]:
    """Where they are in it; once the call has passed the step is behind."""

    def act(one: Application) -> object:
        witness = here.onboarding.parts.witness
        with witness.database.transaction(actor_of(one)) as tx:
            place = witness.calls.place(tx, str(one.id))
        if place.state == "passed" and Step.WITNESS not in one.done:
            here.onboarding.filling.witnessed(str(one.id))
        return place_shown(here, place)

    return await here.answer(in_thread(act))


@post("/open/witness/leave", opt=ANYONE, status_code=200)
async def leave_queue(here: TheHere) -> Response[object]:
    """The place is given up."""

    def act(one: Application) -> object:
        witness = here.onboarding.parts.witness
        with witness.database.transaction(actor_of(one)) as tx:
            witness.calls.leave(tx, str(one.id))
        return {}

    return await here.answer(in_thread(act))


def place_shown(here: Here, place: QueuePlace) -> dict[str, Any]:
    """With its reasons in words."""
    texts = [here.say(code) for code in place.reasons]
    return msgspec.to_builtins(place) | {"reason_texts": texts}


@get("/open/witness/signals", opt=ANYONE)
async def hear(here: TheHere) -> Response[object]:
    """What the other browser sent."""
    call, after = _call_of(here)

    def act(one: Application) -> object:
        witness = here.onboarding.parts.witness
        with witness.database.read() as tx:
            return witness.signals.receive(tx, call, "applicant", str(one.id), after)

    return await here.answer(in_thread(act))


@post("/open/witness/signals", opt=ANYONE, status_code=200)
async def say(here: TheHere) -> Response[object]:
    """A message for the other browser."""
    body = await decoded(here, Said)
    call, _ = _call_of(here)

    def act(one: Application) -> object:
        witness, given = here.onboarding.parts.witness, body()
        with witness.database.transaction(actor_of(one)) as tx:
            witness.signals.send(tx, call, "applicant", str(one.id), given.kind, given.body)
        return {}

    return await here.answer(in_thread(act))


def _call_of(here: Here) -> tuple[str, int]:
    query = here.request.query_params
    after = str(query.get("after", "0"))
    number = int(after) if after.isascii() and after.isdigit() and len(after) < 12 else 0
    return str(query.get("call", ""))[:40], number


async def decoded(here: Here, kind: type[Body]) -> Callable[[], Body]:
    """The body, once it is asked for: what can't be read is refused as any other refusal is."""
    raw = await here.request.body()

    def body() -> Body:
        try:
            return msgspec.json.decode(raw[:LONGEST_BODY], type=kind)
        except msgspec.MsgspecError as error:
            raise Invalid("request.malformed", field="", problem=str(error)[:80]) from None

    return body


handlers = [
    witness_page,
    go_on,
    draw_script,
    begin_recording,
    take_chunk,
    finish_recording,
    join_queue,
    ask_place,
    leave_queue,
    hear,
    say,
]
