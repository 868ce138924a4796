"""Documents that somebody has open: pictures at once, films part by part."""

from __future__ import annotations

import asyncio
import re
from typing import Any, Final

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Response, Stream

from yunquan.acceptance.pages.parts import (
    LONGEST_ID,
    SEE,
    Locale,
    Member,
    TheOnboarding,
)
from yunquan.archive.types import OpenedDocument
from yunquan.kernel.errors import NotFound

# A player asks again for what comes after; so much is in memory at a time.
LONGEST_PART: Final = 1 << 20
_RANGE: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


@get("/staff/openings/{application:str}/documents/{document:str}", opt=SEE)
async def opened_document(
    request: Request[Any, Any, Any],
    onboarding: TheOnboarding,
    session: Member,
    locale: Locale,
    application: FromPath[str],
    document: FromPath[str],
) -> Response[bytes] | Stream:
    """One that this person has open, of this application. Raises Invalid archive.opening_over,
    NotFound archive.unknown.
    """
    archive = onboarding.parts.archive

    def find() -> OpenedDocument:
        with onboarding.parts.database.read() as tx:
            one = onboarding.load(tx, application[:LONGEST_ID])
        opened = archive.reopen(session.actor, document[:LONGEST_ID], locale)
        if opened.line.owner not in (one.client, str(one.id)):
            raise NotFound("archive.unknown", document=document[:LONGEST_ID])
        return opened

    return await served(request, await asyncio.to_thread(find))


async def served(
    request: Request[Any, Any, Any], opened: OpenedDocument
) -> Response[bytes] | Stream:
    """The whole of it, or the part that was asked for; never kept by a browser or a proxy."""
    size, media_type = opened.line.size, opened.line.media_type
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-store",
        "Content-Disposition": "inline",
    }
    span = span_of(request.headers.get("range", ""), size)
    if span is None:
        headers["Content-Length"] = str(size)
        return Stream(opened.parts(0, size), media_type=media_type, headers=headers)
    begin, end = span
    if begin >= end:
        headers["Content-Range"] = f"bytes */{size}"
        return Response(b"", status_code=416, media_type=media_type, headers=headers)
    part = await asyncio.to_thread(lambda: b"".join(opened.parts(begin, end)))
    headers["Content-Range"] = f"bytes {begin}-{end - 1}/{size}"
    return Response(part, status_code=206, media_type=media_type, headers=headers)


def span_of(asked: str, size: int) -> tuple[int, int] | None:
    """Bytes from one to before another, as a Range header asks; None for the whole. One that can't
    be met comes back empty.
    """
    found = _RANGE.fullmatch(asked.strip())
    if found is None or found[0] == "bytes=-":
        return None
    first, last = found[1], found[2]
    if not first:
        begin, end = max(0, size - int(last)), size
    else:
        begin, end = int(first), min(size, int(last) + 1 if last else size)
    return begin, min(end, begin + LONGEST_PART)


handlers = [opened_document]
