"""For anybody: whether a signed paper is what we signed."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar import Request, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.response import Response

from yunquan.acceptance.pages.parts import Locale, Templates, TheDesk, second
from yunquan.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from yunquan.signing import Verifier
from yunquan.signing.types import SignatureReport

ANYONE: Final = {"who": "anyone"}
TheVerifier = NamedDependency[Verifier]
# A paper of the longest kind, and what a form adds.
LARGEST_BODY: Final = (20 << 20) + (64 << 10)
LARGEST_SEAL: Final = 64 << 10
LONGEST_CODE: Final = 40
NOTHING: Final[dict[str, Any]] = {"report": None, "failed": "", "code": "", "file_name": ""}


@get("/verify", opt=ANYONE)
async def verify_page(templates: Templates) -> Response[str]:
    """The form."""
    return templates.page("acceptance/verify.html", second=second, **NOTHING)


@post("/verify", opt=ANYONE, status_code=200, request_max_body_size=LARGEST_BODY)
async def verify_paper(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    verifier: TheVerifier,
    locale: Locale,
    templates: Templates,
) -> Response[str]:
    """What can be said of a PDF, or of the paper that bears a code."""
    form = await request.form()
    paper, seal = await content_of(form.get("paper")), await content_of(form.get("seal"))
    code = form.get("code", "")
    code = code.strip()[:LONGEST_CODE] if isinstance(code, str) else ""
    shown = NOTHING | {"code": code, "file_name": name_of(form.get("paper")) if paper else ""}

    def look() -> SignatureReport:
        if paper:
            return verifier.verify(paper, seal[:LARGEST_SEAL])
        if code:
            return verifier.verify_code(code)
        raise Invalid("acceptance.nothing_given")

    try:
        shown["report"] = await asyncio.to_thread(look)
    except (Invalid, NotFound, Conflict, Unavailable) as error:
        shown["failed"] = desk.text(locale)(error.code, **error.facts)
        return templates.page("acceptance/verify.html", status=error.status, second=second, **shown)
    return templates.page("acceptance/verify.html", second=second, **shown)


async def content_of(given: object) -> bytes:
    """A file of a form, b"" without one."""
    return await given.read() if isinstance(given, UploadFile) else b""


def name_of(given: object) -> str:
    """As its sender calls it."""
    return given.filename[:80] if isinstance(given, UploadFile) else ""


handlers = [verify_page, verify_paper]
