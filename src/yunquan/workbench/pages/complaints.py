"""Complaints: the list with its clocks, registering one, one with its life."""

from __future__ import annotations

import asyncio
import secrets
from functools import partial
from typing import Any, Final

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Response

from yunquan.complaints import Complaints
from yunquan.complaints.types import (
    Channel,
    ComplaintFilter,
    ComplaintWish,
    NewComplaint,
    Severity,
    Subject,
)
from yunquan.desk import Desk
from yunquan.kernel.errors import Conflict, Invalid, NotFound
from yunquan.security.types import Role, Session
from yunquan.workbench.pages.case import moment
from yunquan.workbench.pages.parts import Locale, Member, Templates, TheDesk

STAFF: Final = {"who": "staff"}
ACT: Final = {"who": "staff", "roles": ("service", "operations", "risk")}
ACTING: Final = frozenset({Role.SERVICE, Role.OPERATIONS, Role.RISK})
TheComplaints = NamedDependency[Complaints]
STANDINGS: Final = ("open", "overdue", "done", "all")
LONGEST_TEXT: Final = 2001
DONE: Final = ("filed", "moved")


@get("/complaints", opt=STAFF)
async def complaints_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    complaints: TheComplaints,
    session: Member,
    locale: Locale,
    templates: Templates,
) -> Response[str]:
    """Those of the filter, the most urgent first."""
    shown = await list_facts(desk, complaints, session, locale, dict(request.query_params))
    return templates.page("workbench/complaints.html", **shown)


def read_filter(given: dict[str, str], session: Session) -> ComplaintFilter:
    """What of a query means something."""

    def one_of(name: str, known: Any) -> str:
        return given.get(name, "") if given.get(name) in tuple(known) else ""

    return ComplaintFilter(
        q=given.get("q", "").strip()[:40],
        standing=one_of("standing", STANDINGS) or "open",
        subject=one_of("subject", Subject),
        severity=one_of("severity", Severity),
        channel=one_of("channel", Channel),
        mine=session.actor if given.get("mine") == "yes" else "",
    )


async def list_facts(
    desk: Desk, complaints: Complaints, session: Session, locale: str, given: dict[str, str]
) -> dict[str, Any]:
    """Everything the list's template needs."""
    asked, after = read_filter(given, session), given.get("after", "")[:60]
    load = partial(complaints.page, asked, locale, after=after)
    return {
        "page": await asyncio.to_thread(load),
        "asked": asked,
        "after": after,
        "market": desk.market_status(),
        "may_act": bool(session.roles & ACTING),
        "standings": STANDINGS,
        "subjects": [one.value for one in Subject],
        "severities": [one.value for one in Severity],
        "channels": [one.value for one in Channel],
        "key": secrets.token_hex(12),
        "failed": "",
        "given": {},
    }


@post("/complaints", opt=ACT, status_code=200)
async def register(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    complaints: TheComplaints,
    session: Member,
    locale: Locale,
    templates: Templates,
) -> Response[Any]:
    """Register one that came by another way; a refusal stands above the form."""
    form = await texts_of(request)
    names = ("text", "subject", "channel", "severity", "client", "account", "order", "contact")
    new = NewComplaint(**{name: form.get(name, "") for name in names})
    key = form.get("key", "")[:60] or secrets.token_hex(12)
    try:
        complaint = await asyncio.to_thread(complaints.file, session.actor, key, new)
    except (Invalid, Conflict, NotFound) as error:
        shown = await list_facts(desk, complaints, session, locale, {})
        failed = desk.text(locale)(error.code, **error.facts)
        shown |= {"failed": failed, "given": form}
        return templates.page("workbench/complaints.html", status=error.status, **shown)
    return Redirect(f"/staff/complaints/{complaint}?done=filed", status_code=303)


async def texts_of(request: Request[Any, Any, Any]) -> dict[str, str]:
    """A form's texts, cut to what is looked at."""
    return {
        name: str(value).strip()[:LONGEST_TEXT] for name, value in (await request.form()).items()
    }


@get("/complaints/{complaint:str}", opt=STAFF | {"look": "complaint"})
async def complaint_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    complaints: TheComplaints,
    session: Member,
    locale: Locale,
    templates: Templates,
    complaint: FromPath[str],
) -> Response[str]:
    """One with its life, its clocks, and what may be done. Raises NotFound."""
    done = request.query_params.get("done", "")
    shown = await case_facts(desk, complaints, session, locale, complaint)
    shown["done"] = done if done in DONE else ""
    return templates.page("workbench/complaint.html", **shown)


async def case_facts(
    desk: Desk, complaints: Complaints, session: Session, locale: str, complaint: str
) -> dict[str, Any]:
    """Everything the case's template needs."""
    return {
        "case": await asyncio.to_thread(complaints.case, complaint[:40], locale),
        "handlers": await asyncio.to_thread(complaints.handlers),
        "severities": [one.value for one in Severity],
        "market": desk.market_status(),
        "moment": moment,
        "may_act": bool(session.roles & ACTING),
        "key": secrets.token_hex(12),
        "contact": "",
        "failed": "",
        "failed_act": "",
        "given": {},
        "done": "",
    }


@post("/complaints/{complaint:str}/{act:str}", opt=ACT, status_code=200)
async def act_on_complaint(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    complaints: TheComplaints,
    session: Member,
    locale: Locale,
    templates: Templates,
    complaint: FromPath[str],
    act: FromPath[str],
) -> Response[Any]:
    """One step, or a look at the contact; a refusal stands beside its form."""
    form, complaint = await texts_of(request), complaint[:40]
    text, value = form.get("text", ""), form.get("value", "")[:60]
    key = form.get("key", "")[:60] or secrets.token_hex(12)
    contact = ""
    try:
        if act == "reveal":
            reveal = partial(complaints.reveal_contact, session.actor, complaint, text[:200])
            contact = await asyncio.to_thread(reveal)
        else:
            wish = ComplaintWish(act[:20], text, value)
            await asyncio.to_thread(complaints.act, session.actor, key, complaint, wish)
    except (Invalid, Conflict, NotFound) as error:
        if error.code == "complaint.unknown":
            raise
        shown = await case_facts(desk, complaints, session, locale, complaint)
        failed = desk.text(locale)(error.code, **error.facts)
        shown |= {"failed": failed, "failed_act": act, "given": form}
        return templates.page("workbench/complaint.html", status=error.status, **shown)
    if act == "reveal":
        shown = await case_facts(desk, complaints, session, locale, complaint)
        return templates.page("workbench/complaint.html", **(shown | {"contact": contact}))
    return Redirect(f"/staff/complaints/{complaint}?done=moved", status_code=303)


handlers = [complaints_page, register, complaint_page, act_on_complaint]
