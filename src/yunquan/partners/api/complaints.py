"""Complaints: a client files them and sees the answers; staff register, move on and answer."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated, Final

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, Parameter

from yunquan.complaints import Complaints
from yunquan.complaints.types import (
    ComplaintCase,
    ComplaintFilter,
    ComplaintPage,
    ComplaintText,
    ComplaintWish,
    NewComplaint,
    NewOwnComplaint,
    NewStaffComplaint,
    NewStep,
)
from yunquan.partners.api.caller import Calling
from yunquan.partners.api.orders import OwnAccount

TheComplaints = NamedDependency[Complaints]
ACT: Final = {"who": "staff", "roles": ("service", "operations", "risk"), "idempotent": True}
KEYED: Final = {"idempotent": True}
Name = Annotated[str, Parameter(max_length=40, description="The complaint's id.")]
Act = Annotated[str, Parameter(max_length=20, description="One of the case's `acts`.")]
Before = Annotated[str, Parameter(max_length=40, description="A complaint's id: older ones only.")]
After = Annotated[str, Parameter(max_length=60, description="`next` of the page before.")]
Limit = Annotated[int, Parameter(ge=1, le=50, description="How many.")]
Query = Annotated[str, Parameter(max_length=40)]


@get("/complaints", summary="The client's complaints, newest first")
async def own_complaints(
    caller: Calling,
    complaints: TheComplaints,
    account: OwnAccount = None,
    before: Before = "",
    limit: Limit = 50,
) -> ComplaintPage:
    """Of all their accounts."""
    caller.own(account)
    load = partial(complaints.own_page, caller.member.subject, caller.locale)
    return await asyncio.to_thread(load, before=before, limit=limit)


@post("/complaints", status_code=200, opt=KEYED, summary="File a complaint")
async def file_complaint(
    caller: Calling,
    complaints: TheComplaints,
    data: JSONBody[NewOwnComplaint],
    account: OwnAccount = None,
) -> ComplaintCase:
    """It is registered with the answer, with the days by which it is acknowledged and answered."""
    own, client = caller.own(account), caller.member.subject
    new = NewComplaint(data.text, data.subject, client=client, account=own, order=data.order)
    made = await asyncio.to_thread(complaints.file, caller.actor, caller.key(), new)
    return await asyncio.to_thread(complaints.own_case, client, made, caller.locale)


@get("/complaints/{complaint:str}", summary="One of the client's complaints with its answers")
async def own_complaint(
    caller: Calling, complaints: TheComplaints, complaint: Name, account: OwnAccount = None
) -> ComplaintCase:
    """`acts`: what the client may do now."""
    caller.own(account)
    client, locale = caller.member.subject, caller.locale
    return await asyncio.to_thread(complaints.own_case, client, complaint, locale)


@post(
    "/complaints/{complaint:str}/{act:str}",
    status_code=200,
    opt=KEYED,
    summary="Add to a complaint, accept its answer, reopen or withdraw it",
)
async def act_on_own_complaint(
    caller: Calling,
    complaints: TheComplaints,
    complaint: Name,
    act: Act,
    data: JSONBody[ComplaintText],
    account: OwnAccount = None,
) -> ComplaintCase:
    """act: "add", "close", "reopen", "withdraw"."""
    caller.own(account)
    client, wish = caller.member.subject, ComplaintWish(act, data.text)
    key, locale = caller.key(), caller.locale
    await asyncio.to_thread(complaints.act_own, caller.actor, key, client, complaint, wish)
    return await asyncio.to_thread(complaints.own_case, client, complaint, locale)


@get("/staff/complaints", summary="Complaints, the most urgent first")
async def complaint_list(
    caller: Calling,
    complaints: TheComplaints,
    q: Query = "",
    standing: Annotated[str, Parameter(pattern="^(open|overdue|done|all)$")] = "open",
    subject: Query = "",
    severity: Query = "",
    channel: Query = "",
    mine: Annotated[bool, Parameter(description="Only those the caller handles.")] = False,
    after: After = "",
    limit: Limit = 50,
) -> ComplaintPage:
    """q: an id, or a client, account or order, whole."""
    actor = caller.actor if mine else ""
    asked = ComplaintFilter(q.strip(), standing, subject, severity, channel, actor)
    load = partial(complaints.page, asked, caller.locale, after=after, limit=limit)
    return await asyncio.to_thread(load)


@post("/staff/complaints", status_code=200, opt=ACT, summary="Register a complaint")
async def register_complaint(
    caller: Calling, complaints: TheComplaints, data: JSONBody[NewStaffComplaint]
) -> ComplaintCase:
    """One that came by telephone, letter, hotline or in a branch; `client` empty for somebody
    unknown, whose contact is sealed.
    """
    key, new = caller.key(), data.complaint()
    made = await asyncio.to_thread(complaints.file, caller.actor, key, new)
    return await asyncio.to_thread(complaints.case, made, caller.locale)


@get(
    "/staff/complaints/{complaint:str}",
    opt={"look": "complaint"},
    summary="One complaint with its life",
)
async def complaint_case(
    caller: Calling, complaints: TheComplaints, complaint: Name
) -> ComplaintCase:
    """Internal notes included. `acts`: what may be done now."""
    return await asyncio.to_thread(complaints.case, complaint, caller.locale)


@post(
    "/staff/complaints/{complaint:str}/{act:str}",
    status_code=200,
    opt=ACT,
    summary="Acknowledge, take, assign, note, grade, extend, answer, close, reopen, withdraw",
)
async def act_on_complaint(
    caller: Calling,
    complaints: TheComplaints,
    complaint: Name,
    act: Act,
    data: JSONBody[NewStep],
) -> ComplaintCase:
    """text: the answer, note or reason. value: the handler's actor, the severity, or the evidence
    pack, where the act takes one.
    """
    wish, key = ComplaintWish(act, data.text, data.value), caller.key()
    await asyncio.to_thread(complaints.act, caller.actor, key, complaint, wish)
    return await asyncio.to_thread(complaints.case, complaint, caller.locale)


mine = [own_complaints, file_complaint, own_complaint, act_on_own_complaint]
own_router = Router("/", route_handlers=mine, opt={"who": "client"}, tags=["complaints"])
theirs = [complaint_list, register_complaint, complaint_case, act_on_complaint]
router = Router("/", route_handlers=theirs, opt={"who": "staff"}, tags=["staff"])
