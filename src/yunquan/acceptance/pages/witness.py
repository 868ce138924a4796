"""The desk of two-way video witness: duty, the queue, and the call that somebody has."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from yunquan.acceptance.pages.parts import (
    LONGEST_ID,
    Locale,
    Member,
    Templates,
    TheDesk,
    TheWitness,
    names_in,
    texts_of,
)
from yunquan.desk import Desk
from yunquan.kernel.clock import to_ms
from yunquan.kernel.errors import Conflict, Invalid, NotFound
from yunquan.kernel.transaction import Tx
from yunquan.kernel.zone import minute_of
from yunquan.security.types import Role, Session
from yunquan.witness import Witness
from yunquan.witness.rules.calls import FAILURES, RETURNS
from yunquan.witness.types import CallVerdict, UploadState

SIT: Final = {"who": "staff", "roles": ("operations", "service")}
SEE_DESK: Final = {"who": "staff", "roles": ("operations", "service", "risk", "audit")}
PERMIT: Final = {"who": "staff", "roles": ("operations", "risk")}
SITTING: Final = frozenset({Role.OPERATIONS, Role.SERVICE})
PERMITTING: Final = frozenset({Role.OPERATIONS, Role.RISK})
BASE: Final = "/staff/witness"
LARGEST_STILL: Final = 2 << 20
LARGEST_CHUNK: Final = 1 << 20
SHOWN_OF_A_NUMBER: Final = 9
# What the island says, by its own names.
SAYS: Final = (
    *("on", "off", "next", "waiting", "nobody", "off-duty", "calling", "talking", "lost"),
    *("snapshot", "again", "yes", "no", "pass", "fail", "cut-off", "reason", "decide", "sending"),
    *("kept", "denied", "missing", "busy", "failed", "client", "me", "steps"),
)
_Told = TypeVar("_Told")


class StepAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the applicant said to a step."""

    step: str
    answer: str


class CallOutcome(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a call ended."""

    verdict: str
    reasons: tuple[str, ...] = ()


class RecordingKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the browser records as."""

    media_type: str


class WholeRecording(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All its chunks were sent. sha256: of their digests, joined."""

    count: int
    sha256: str


class SignalBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A message to the other browser."""

    kind: str
    body: str


@get(BASE, opt=SEE_DESK | {"camera": True})
async def witness_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    witness: TheWitness,
    session: Member,
    locale: Locale,
    templates: Templates,
) -> Response[str]:
    """The desk, the queue and who is there."""
    shown = await desk_facts(desk, witness, session, locale)
    return templates.page("acceptance/witness.html", **shown)


async def desk_facts(desk: Desk, witness: Witness, session: Session, locale: str) -> dict[str, Any]:
    """Everything the template needs."""

    def load() -> dict[str, Any]:
        with witness.database.read() as tx:
            return {
                "queue": witness.calls.queue(tx),
                "roster": witness.duty.roster(tx),
                "availability": witness.duty.availability(tx),
                "staff": names_in(tx),
            }

    shown = await asyncio.to_thread(load)
    text = desk.text(locale)
    reasons = {"failed": FAILURES, "cut_off": RETURNS}
    told = {
        verdict: {code: text(f"ui.acceptance.witness.reason.{code}") for code in codes}
        for verdict, codes in reasons.items()
    }
    return shown | {
        "says": [(name, text(f"ui.acceptance.desk.{name.replace('-', '_')}")) for name in SAYS],
        "reasons": json.dumps(told, ensure_ascii=False),
        "may_sit": bool(session.roles & SITTING)
        and any(line.staff == session.actor for line in shown["roster"]),
        "may_permit": bool(session.roles & PERMITTING),
        "me": session.actor,
        "now_ms": to_ms(desk.clock.now()),
        "moment": minute_of,
        "market": desk.market_status(),
        "failed": "",
    }


@post(f"{BASE}/roster", opt=PERMIT, status_code=200)
async def permit_witness(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    witness: TheWitness,
    session: Member,
    locale: Locale,
    templates: Templates,
) -> Response[Any]:
    """Somebody else may witness, or may no longer."""
    form = await texts_of(request)
    member, act = form.get("staff", ""), form.get("act", "")

    def change() -> None:
        with witness.database.transaction(actor=session.actor) as tx:
            if member not in names_in(tx) or act not in ("permit", "forbid"):
                raise NotFound("complaint.handler")
            (witness.duty.permit if act == "permit" else witness.duty.forbid)(tx, member)

    try:
        await asyncio.to_thread(change)
    except (Conflict, Invalid) as error:
        shown = await desk_facts(desk, witness, session, locale)
        shown["failed"] = desk.text(locale)(error.code, **error.facts)
        return templates.page("acceptance/witness.html", status=error.status, **shown)
    return Redirect(BASE, status_code=303)


async def acted(witness: Witness, session: Session, act: Callable[[Tx, str], Any]) -> Response[Any]:
    """Do something as this member of staff, and tell how the desk stands after it."""

    def work() -> dict[str, Any]:
        with witness.database.transaction(actor=session.actor) as tx:
            act(tx, session.actor)
            waiting = [one for one in witness.calls.queue(tx) if one.state == "waiting"]
            return {
                "on_duty": session.actor in witness.duty.present(tx),
                "waiting": sum(one.here for one in waiting),
                "card": msgspec.to_builtins(witness.calls.card(tx, session.actor)),
            }

    return Response(await asyncio.to_thread(work), media_type="application/json")


async def read_body(request: Request[Any, Any, Any], kind: type[_Told]) -> _Told:
    """A JSON body of a shape. Raises Invalid request.malformed."""
    try:
        return msgspec.json.decode(await request.body(), type=kind)
    except msgspec.MsgspecError as error:
        raise Invalid("request.malformed", field="", problem=str(error)[:100]) from error


@post(f"{BASE}/{{act:str}}", opt=SIT, status_code=200)
async def sit(
    request: Request[Any, Any, Any], witness: TheWitness, session: Member, act: FromPath[str]
) -> Response[Any]:
    """Sign on or off, give a sign, take the next."""

    def beat(tx: Tx, staff: str) -> None:
        if staff in witness.duty.present(tx):
            witness.duty.beat(tx, staff)

    acts: dict[str, Callable[[Tx, str], Any]] = {
        "on": witness.duty.sign_on,
        "off": witness.duty.sign_off,
        "beat": beat,
        "next": witness.calls.take_next,
    }
    if act not in acts:
        raise NotFound("request.no_such_page")
    return await acted(witness, session, acts[act])


@post(f"{BASE}/{{call:str}}/answer", opt=SIT, status_code=200)
async def answer_step(
    request: Request[Any, Any, Any], witness: TheWitness, session: Member, call: FromPath[str]
) -> Response[Any]:
    """What the applicant said to a step."""
    told, of = await read_body(request, StepAnswer), call[:LONGEST_ID]
    return await acted(
        witness,
        session,
        lambda tx, staff: witness.calls.answer(tx, staff, of, told.step, told.answer),
    )


@post(
    f"{BASE}/{{call:str}}/snapshot", opt=SIT, status_code=200, request_max_body_size=LARGEST_STILL
)
async def keep_still(
    request: Request[Any, Any, Any], witness: TheWitness, session: Member, call: FromPath[str]
) -> Response[Any]:
    """A still of the call, for the archive."""
    jpeg, of = await request.body(), call[:LONGEST_ID]
    return await acted(
        witness, session, lambda tx, staff: witness.calls.keep_snapshot(tx, staff, of, jpeg)
    )


@post(f"{BASE}/{{call:str}}/decide", opt=SIT, status_code=200)
async def decide_call(
    request: Request[Any, Any, Any], witness: TheWitness, session: Member, call: FromPath[str]
) -> Response[Any]:
    """Passed, failed or back to the queue."""
    told, of = await read_body(request, CallOutcome), call[:LONGEST_ID]
    if told.verdict not in tuple(CallVerdict):
        raise Invalid("witness.verdict")
    verdict = CallVerdict(told.verdict)
    return await acted(
        witness,
        session,
        lambda tx, staff: witness.calls.decide(tx, staff, of, verdict, told.reasons),
    )


@post(f"{BASE}/{{call:str}}/recording", opt=SIT, status_code=200)
async def begin_recording(
    request: Request[Any, Any, Any], witness: TheWitness, session: Member, call: FromPath[str]
) -> Response[Any]:
    """The recording of a call begins."""
    told, of = await read_body(request, RecordingKind), call[:LONGEST_ID]

    def begin() -> UploadState:
        with witness.database.transaction(actor=session.actor) as tx:
            return witness.calls.begin_recording(tx, session.actor, of, told.media_type)

    return told_upload(await asyncio.to_thread(begin))


def told_upload(state: UploadState) -> Response[Any]:
    return Response(msgspec.to_builtins(state), media_type="application/json")


@post(
    f"{BASE}/uploads/{{recording:str}}/chunks/{{number:int}}",
    opt=SIT,
    status_code=200,
    request_max_body_size=LARGEST_CHUNK,
)
async def put_chunk(
    request: Request[Any, Any, Any],
    witness: TheWitness,
    session: Member,
    recording: FromPath[str],
    number: FromPath[int],
) -> Response[Any]:
    """One part of a recording."""
    part, digest = await request.body(), request.headers.get("x-chunk-sha256", "")[:64]
    if not 0 <= number < 10**SHOWN_OF_A_NUMBER:
        raise Invalid("witness.chunk_number")
    put, name = witness.recordings.put, recording[:LONGEST_ID]
    return told_upload(await asyncio.to_thread(put, session.actor, name, number, digest, part))


@post(f"{BASE}/uploads/{{recording:str}}/finish", opt=SIT, status_code=200)
async def finish_recording(
    request: Request[Any, Any, Any], witness: TheWitness, session: Member, recording: FromPath[str]
) -> Response[Any]:
    """All parts were sent: it goes to the archive."""
    told = await read_body(request, WholeRecording)
    given = (session.actor, recording[:LONGEST_ID], told.count, told.sha256[:64])
    return told_upload(await asyncio.to_thread(witness.calls.finish_recording, *given))


@get(f"{BASE}/signals", opt=SIT)
async def hear_signals(
    request: Request[Any, Any, Any], witness: TheWitness, session: Member
) -> Response[Any]:
    """What the applicant's browser said since."""
    given = request.query_params
    call, after = given.get("call", "")[:LONGEST_ID], given.get("after", "")
    since = int(after) if after.isascii() and after.isdigit() and len(after) < 12 else 0

    def hear() -> Any:
        with witness.database.read() as tx:
            return witness.signals.receive(tx, call, "staff", session.actor, since)

    return Response(msgspec.to_builtins(await asyncio.to_thread(hear)))


@post(f"{BASE}/signals", opt=SIT, status_code=200)
async def send_signal(
    request: Request[Any, Any, Any], witness: TheWitness, session: Member
) -> Response[Any]:
    """A message to the applicant's browser."""
    told = await read_body(request, SignalBody)
    call = request.query_params.get("call", "")[:LONGEST_ID]

    def send() -> None:
        with witness.database.transaction(actor=session.actor) as tx:
            witness.signals.send(tx, call, "staff", session.actor, told.kind, told.body)

    await asyncio.to_thread(send)
    return Response({})


handlers = [
    witness_page,
    permit_witness,
    sit,
    answer_step,
    keep_still,
    decide_call,
    begin_recording,
    put_chunk,
    finish_recording,
    hear_signals,
    send_signal,
]
