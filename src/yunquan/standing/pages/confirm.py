"""Showing who one is: what an account waits for, by the login password, one's face or a person."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Router, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency, Provide
from litestar.response import Redirect, Response

from yunquan.cases import Proofs
from yunquan.desk import Desk
from yunquan.kernel.errors import YunquanError
from yunquan.security.types import Session
from yunquan.standing.pages.parts import (
    CLIENT,
    Accounts,
    Locale,
    Member,
    Templates,
    TheDesk,
    shell_facts,
)
from yunquan.verification.types import Outcome
from yunquan.vision import read_clip, read_source, told_to_player
from yunquan.vision.types import CLIP_TEXTS

PAGE: Final = "standing/confirm.html"
HERE: Final = "/confirm"
CAMERA: Final = CLIENT | {"camera": True}
CLIP_BYTES: Final = 9 << 20
LONGEST_KEY: Final = 40
JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Asked:
    """The client who asks, and the offices that answer."""

    request: Request[Any, Any, Any]
    desk: Desk
    proofs: Proofs
    doors: Any
    session: Session
    accounts: tuple[str, ...]
    locale: str
    templates: Any

    @property
    def from_island(self) -> bool:
        """Whether an island asks, which goes where `next` says."""
        return self.request.headers.get("accept", "").startswith(JSON)

    async def page(self, failed: str = "", at: str = "", status: int = 200) -> Response[Any]:
        """What is asked of the client. at: the form that was refused."""
        shown: dict[str, Any] = {
            "proving": await self.proofs.of(self.session.subject, self.accounts),
            "failed": failed,
            "failed_at": at,
            "key": secrets.token_hex(12),
        }
        shown |= await shell_facts(self.desk, self.accounts[0], self.locale)
        return self.templates.page(PAGE, status=status, **shown)

    async def refuse(self, error: YunquanError, at: str) -> Response[Any]:
        """Why not, beside its form or to its island."""
        said = self.desk.text(self.locale)(error.code, **error.facts)
        if self.from_island:
            body = {"code": error.code, "text": said}
            return Response(body, media_type=JSON, status_code=error.status)
        return await self.page(said, at, error.status)

    def onward(self) -> Response[Any]:
        """The page again, with what is left."""
        if self.from_island:
            return Response({"next": HERE}, media_type=JSON, status_code=200)
        return Redirect(HERE, status_code=303)


def make_asked(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    proofs: NamedDependency[Proofs],
    doors: NamedDependency[Any],
    session: Member,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
) -> Asked:
    """The framework's way to it."""
    return Asked(request, desk, proofs, doors, session, accounts, locale, templates)


TheAsked = NamedDependency[Asked]


@get(HERE, opt=CAMERA)
async def confirm_page(asked: TheAsked) -> Response[Any]:
    """Which accounts wait, and for what."""
    return await asked.page()


@post(HERE, opt=CAMERA, status_code=200)
async def confirm(asked: TheAsked) -> Response[Any]:
    """The right password lifts what a password may on every account of the client's; a wrong one
    counts as a failed login does.
    """

    async def lift(key: str) -> None:
        await asked.proofs.by_password(asked.session.actor, key, asked.accounts)

    return await _with_password(asked, "password", lift)


@post(HERE + "/person", opt=CAMERA, status_code=200)
async def call_me(asked: TheAsked) -> Response[Any]:
    """A member of staff shall look: whoever asks for that gives the password too."""

    async def call(_: str) -> None:
        await asked.proofs.call_me(asked.session.actor, asked.accounts)

    return await _with_password(asked, "person", call)


async def _with_password(
    asked: Asked, at: str, act: Callable[[str], Awaitable[None]]
) -> Response[Any]:
    form = await asked.request.form()
    try:
        await asked.doors.confirm_password(asked.session, str(form.get("password", "")))
        await act(str(form.get("key", ""))[:LONGEST_KEY])
    except YunquanError as error:
        return await asked.refuse(error, at)
    return asked.onward()


@post(HERE + "/face/challenge", opt=CLIENT, status_code=200)
async def draw_challenge(asked: TheAsked) -> Response[Any]:
    """What to do before the camera, drawn anew."""
    try:
        drawn = await asyncio.to_thread(asked.proofs.draw, asked.session.subject)
    except YunquanError as error:
        return await asked.refuse(error, "face")
    return Response(told_to_player(drawn), media_type=JSON, status_code=200)


@post(HERE + "/face", opt=CAMERA, status_code=200, request_max_body_size=CLIP_BYTES)
async def show_face(asked: TheAsked) -> Response[Any]:
    """What was filmed: lifted, or what to do better and how many tries are left."""
    form = await asked.request.form()
    joined, said = form.get("frames"), asked.desk.text(asked.locale)
    content = await joined.read() if isinstance(joined, UploadFile) else b""
    told = {name: str(form.get(name, "")) for name in CLIP_TEXTS}
    try:
        outcome = await asked.proofs.by_face(
            asked.session.actor,
            asked.session.subject,
            asked.accounts,
            read_clip(content, told["sizes"], told["times"]),
            read_source(told),
        )
    except YunquanError as error:
        return await asked.refuse(error, "face")
    if outcome.check.outcome is not Outcome.AGAIN:
        return asked.onward()
    words = [said(code) for code in outcome.told] or [said("ui.standing.confirm.again")]
    text = " ".join([*words, said("ui.opening.left", count=outcome.left)])
    if asked.from_island:
        body = {"text": text, "left": outcome.left}
        return Response(body, media_type=JSON, status_code=422)
    return await asked.page(text, "face", 422)


router = Router(
    "/",
    route_handlers=[confirm_page, confirm, call_me, draw_challenge, show_face],
    dependencies={"asked": Provide(make_asked, sync_to_thread=False)},
)
