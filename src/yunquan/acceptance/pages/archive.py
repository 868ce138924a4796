"""The archive: find documents, open one with a reason, see it while it is open."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response, Stream

from yunquan.acceptance.pages.parts import (
    LONGEST_ID,
    SEE,
    Locale,
    Member,
    Templates,
    TheArchive,
    TheDesk,
    second,
    texts_of,
)
from yunquan.acceptance.pages.pictures import served
from yunquan.archive.types import DocumentFilter, DocumentPage
from yunquan.kernel.errors import Conflict, Invalid
from yunquan.kernel.zone import minute_of

LONGEST_NUMBER = 17


@get("/staff/archive", opt=SEE | {"look": "archive", "look_at": "*"})
async def archive_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    archive: TheArchive,
    locale: Locale,
    templates: Templates,
) -> Response[str]:
    """Those of the filter, newest first; what can't be looked for says why."""
    given = {name: value.strip()[:60] for name, value in request.query_params.items()}
    asked = DocumentFilter(
        given.get("client", ""),
        given.get("kind", "") if given.get("kind", "") in archive.kinds() else "",
        given.get("from_day", ""),
        given.get("to_day", ""),
        given.get("text", ""),
    )
    after = given.get("after", "")[:LONGEST_NUMBER]
    page, failed = DocumentPage((), ""), ""
    try:
        page = await asyncio.to_thread(partial(archive.find, asked, locale, after=after))
    except Invalid as error:
        failed = desk.text(locale)(error.code, **error.facts)
    return templates.page(
        "acceptance/archive.html",
        status=400 if failed else 200,
        page=page,
        asked=asked,
        after=after,
        failed=failed,
        kinds=archive.kinds(),
        moment=minute_of,
        market=desk.market_status(),
    )


# As for a camera: only such pages play films.
@get("/staff/archive/{document:str}", opt=SEE | {"camera": True})
async def document_page(
    desk: TheDesk,
    archive: TheArchive,
    session: Member,
    locale: Locale,
    templates: Templates,
    document: FromPath[str],
) -> Response[str]:
    """One that this person has open, or the form for the reason. Raises NotFound, Conflict."""
    opened = None
    try:
        reopen = partial(archive.reopen, session.actor, document[:LONGEST_ID], locale)
        opened = await asyncio.to_thread(reopen)
    except Invalid:
        opened = None
    return document_answer(desk, templates, document, opened)


def document_answer(
    desk: Any, templates: Any, document: str, opened: Any, failed: str = "", status: int = 200
) -> Response[str]:
    """The page of one document. opened: None while no reason was given."""
    return templates.page(
        "acceptance/document.html",
        status=status,
        document=document[:LONGEST_ID],
        opened=opened,
        failed=failed,
        moment=minute_of,
        second=second,
        market=desk.market_status(),
    )


@post("/staff/archive/{document:str}", opt=SEE, status_code=200)
async def open_document(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    archive: TheArchive,
    session: Member,
    locale: Locale,
    templates: Templates,
    document: FromPath[str],
) -> Response[Any]:
    """Open it for a quarter of an hour; who looked, and why, is recorded first."""
    form, wanted = await texts_of(request), document[:LONGEST_ID]
    try:
        look = partial(archive.open, session.actor, wanted, form.get("reason", ""), locale)
        await asyncio.to_thread(look)
    except (Invalid, Conflict) as error:
        failed = desk.text(locale)(error.code, **error.facts)
        return document_answer(desk, templates, document, None, failed, error.status)
    return Redirect(f"/staff/archive/{wanted}", status_code=303)


@get("/staff/archive/{document:str}/content", opt=SEE)
async def document_content(
    request: Request[Any, Any, Any],
    archive: TheArchive,
    session: Member,
    locale: Locale,
    document: FromPath[str],
) -> Response[bytes] | Stream:
    """The document itself, while it is open. Raises Invalid archive.opening_over, NotFound."""
    reopen = partial(archive.reopen, session.actor, document[:LONGEST_ID], locale)
    return await served(request, await asyncio.to_thread(reopen))


handlers = [archive_page, document_page, open_document, document_content]
