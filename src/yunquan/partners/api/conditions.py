"""Conditional orders: shown before, confirmed, listed, paused, resumed, taken back."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import Router, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, Parameter

from yunquan.conditions import Conditions, Wish
from yunquan.conditions import types as c
from yunquan.evidence import Evidence
from yunquan.evidence.types import NewShown
from yunquan.partners.api.caller import Calling
from yunquan.partners.api.orders import Before
from yunquan.partners.api.orders import OwnAccount as Own

Office, Keeper = NamedDependency[Conditions], NamedDependency[Evidence]
Name = Annotated[str, Parameter(max_length=40, description="An id.")]
Act = Annotated[str, Parameter(pattern="^(pause|resume|cancel)$")]


LOOK: Final = {"look": "conditions"}


@put("/conditions/preview", status_code=200, summary="What a condition says, before it waits")
async def preview_condition(
    caller: Calling, conditions: Office, data: JSONBody[c.ConditionFields], account: Own = None
) -> c.ConditionPreview:
    """The sentence and the notice of risks to put before the client, with the digest to repeat."""
    caller.own(account)
    return conditions.preview(data, caller.locale)


@post("/conditions", opt={"idempotent": True}, summary="Confirm a conditional order")
async def confirm_condition(
    caller: Calling,
    conditions: Office,
    evidence: Keeper,
    data: JSONBody[c.NewCondition],
    account: Own = None,
) -> c.ConditionLine:
    """It waits from now on. 409 condition.changed if the preview would say something else now."""
    own, who, key = caller.own(account), caller.member, f"{caller.actor}:{caller.key()}"
    given = (data.terms, data.digest, data.risk_read, caller.origin)
    wish = Wish(own, who.subject, caller.actor, key, *given)
    head = (who.subject, own, "condition", key, str(who.id), who.address, caller.locale)
    return await conditions.confirm(
        wish, caller.locale, lambda it: evidence.keep(NewShown(*head, {"preview": it}, wish.ticks))
    )


@get("/conditions", summary="Conditional orders, newest first")
async def list_conditions(
    caller: Calling,
    conditions: Office,
    account: Own = None,
    view: FromQuery[str] = "all",
    before: Before = None,
) -> c.ConditionPage:
    """Those that wait, those that have ended, or all; fifty at a time."""
    return await conditions.page(caller.own(account), caller.locale, view=view, before=before)


@get("/conditions/{condition:str}", summary="One condition with the evidence of its triggers")
async def one_condition(
    caller: Calling, conditions: Office, condition: Name, account: Own = None
) -> c.ConditionDetail:
    """What was confirmed, what was seen at each trigger, and what the counter answered."""
    return await conditions.detail(caller.own(account), condition, caller.locale)


@put("/conditions/{condition:str}/{act:str}", status_code=200, summary="Pause, resume or cancel")
async def act_on_condition(
    caller: Calling, conditions: Office, condition: Name, act: Act, account: Own = None
) -> c.ConditionLine:
    """Twice is the same as once. One that has triggered stays: its order may be cancelled."""
    return await conditions.act(caller.actor, caller.own(account), condition, act, caller.locale)


@get("/conditions", opt=LOOK, summary="An account's conditional orders, for staff")
async def staff_conditions(
    caller: Calling, conditions: Office, account: Name, before: Before = None
) -> c.ConditionPage:
    """As their client sees them, fifty at a time."""
    return await conditions.page(account, caller.locale, view="all", before=before)


@get("/conditions/{condition:str}", opt=LOOK, summary="One condition, for staff")
async def staff_condition(
    caller: Calling, conditions: Office, condition: Name, account: Name
) -> c.ConditionDetail:
    """With the evidence of its triggers."""
    return await conditions.detail(account, condition, caller.locale)


mine = [preview_condition, confirm_condition, list_conditions, one_condition, act_on_condition]
router = Router("/", route_handlers=mine, opt={"who": "client"}, tags=["conditions"])
theirs = [staff_conditions, staff_condition]
staff_router = Router("/staff", route_handlers=theirs, opt={"who": "staff"}, tags=["staff"])
