"""A client's complaints: filing one, where each stands, what was answered, what may be done."""

from __future__ import annotations

import asyncio
import secrets
from functools import partial
from typing import Any, Final

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Response

from yunquan.complaints import Complaints
from yunquan.complaints.types import ComplaintWish, NewComplaint, Subject
from yunquan.desk import Desk
from yunquan.investor.pages.figures import moment
from yunquan.investor.pages.parts import (
    Accounts,
    Locale,
    Member,
    Templates,
    TheDesk,
    shell_facts,
)
from yunquan.kernel.errors import Conflict, Invalid, NotFound
from yunquan.security.types import Session

CLIENT: Final = {"who": "client"}
TheComplaints = NamedDependency[Complaints]
LONGEST_TEXT: Final = 2001


@get("/complaints", opt=CLIENT)
async def complaints_page(
    desk: TheDesk,
    complaints: TheComplaints,
    session: Member,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
    before: FromQuery[str] = "",
    order: FromQuery[str] = "",
) -> Response[str]:
    """Those there are, and the form. order: what a new one is about."""
    shown = await list_facts(desk, complaints, session, accounts, locale, before[:40])
    shown["given"] = {"order": order[:40]}
    return templates.page("investor/complaints.html", **shown)


async def list_facts(
    desk: Desk,
    complaints: Complaints,
    session: Session,
    accounts: tuple[str, ...],
    locale: str,
    before: str = "",
) -> dict[str, Any]:
    """Everything the list's template needs."""
    load = partial(complaints.own_page, session.subject, locale, before=before)
    return {
        "here": "me",
        "page": await asyncio.to_thread(load),
        "subjects": [one.value for one in Subject],
        "accounts": accounts,
        "key": secrets.token_hex(12),
        "failed": "",
        "given": {},
        **await shell_facts(desk, accounts[0], locale),
    }


@post("/complaints", opt=CLIENT, status_code=200)
async def file_complaint(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    complaints: TheComplaints,
    session: Member,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
) -> Response[Any]:
    """File one; a refusal stands above the form and nothing typed is lost."""
    form = await texts_of(request)
    account = form.get("account", "")
    key = form.get("key", "")[:60] or secrets.token_hex(12)
    new = NewComplaint(
        form.get("text", ""),
        form.get("subject", ""),
        client=session.subject,
        account=account if account in accounts else accounts[0],
        order=form.get("order", "")[:40],
    )
    try:
        complaint = await asyncio.to_thread(complaints.file, session.actor, key, new)
    except (Invalid, Conflict, NotFound) as error:
        shown = await list_facts(desk, complaints, session, accounts, locale)
        failed = desk.text(locale)(error.code, **error.facts)
        shown |= {"failed": failed, "given": form}
        return templates.page("investor/complaints.html", "", error.status, **shown)
    return Redirect(f"/complaints/{complaint}", status_code=303)


async def texts_of(request: Request[Any, Any, Any]) -> dict[str, str]:
    """A form's texts, cut to what is looked at."""
    return {
        name: str(value).strip()[:LONGEST_TEXT] for name, value in (await request.form()).items()
    }


@get("/complaints/{complaint:str}", opt=CLIENT)
async def complaint_page(
    desk: TheDesk,
    complaints: TheComplaints,
    session: Member,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
    complaint: FromPath[str],
) -> Response[str]:
    """One of the client's own. Raises NotFound complaint.unknown."""
    shown = await case_facts(desk, complaints, session, accounts, locale, complaint)
    return templates.page("investor/complaint.html", **shown)


async def case_facts(
    desk: Desk,
    complaints: Complaints,
    session: Session,
    accounts: tuple[str, ...],
    locale: str,
    complaint: str,
) -> dict[str, Any]:
    """Everything the case's template needs."""
    load = partial(complaints.own_case, session.subject, complaint[:40], locale)
    return {
        "here": "me",
        "case": await asyncio.to_thread(load),
        "moment": moment,
        "key": secrets.token_hex(12),
        "failed": "",
        "failed_act": "",
        "given": {},
        **await shell_facts(desk, accounts[0], locale),
    }


@post("/complaints/{complaint:str}/{act:str}", opt=CLIENT, status_code=200)
async def act_on_complaint(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    complaints: TheComplaints,
    session: Member,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
    complaint: FromPath[str],
    act: FromPath[str],
) -> Response[Any]:
    """Add to it, accept the answer, come back, or take it back."""
    form, complaint = await texts_of(request), complaint[:40]
    key = form.get("key", "")[:60] or secrets.token_hex(12)
    wish = ComplaintWish(act[:20], form.get("text", ""))
    do = partial(complaints.act_own, session.actor, key, session.subject, complaint, wish)
    try:
        await asyncio.to_thread(do)
    except (Invalid, Conflict) as error:
        shown = await case_facts(desk, complaints, session, accounts, locale, complaint)
        failed = desk.text(locale)(error.code, **error.facts)
        shown |= {"failed": failed, "failed_act": act, "given": form}
        return templates.page("investor/complaint.html", "", error.status, **shown)
    return Redirect(f"/complaints/{complaint}", status_code=303)


handlers = [complaints_page, file_complaint, complaint_page, act_on_complaint]
