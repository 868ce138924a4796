"""Conditional orders: those that wait, a new one from form to confirmation, one with its proof."""

from __future__ import annotations

import secrets
from typing import Any, Final

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Response

from yunquan.conditions import Conditions, Wish
from yunquan.conditions.types import ConditionFields, ConditionPreview
from yunquan.desk import Desk
from yunquan.evidence import Evidence
from yunquan.evidence.types import NewShown
from yunquan.investor.pages.figures import moment
from yunquan.investor.pages.parts import (
    Accounts,
    Locale,
    Member,
    Templates,
    TheDesk,
    asked_part,
    shell_facts,
)
from yunquan.kernel.errors import Conflict, Invalid, NotFound, Unavailable, YunquanError
from yunquan.kernel.money import milli_to_text

CLIENT: Final = {"who": "client"}
KINDS: Final = ("stop", "timed", "grid")
VIEWS: Final = ("open", "ended")
LONGEST_PAGE: Final = 50
LONGEST_FIELD: Final = 40
PARTS: Final = frozenset({"listed", "proof"})
TheConditions = NamedDependency[Conditions]
TheEvidence = NamedDependency[Evidence]


@get("/conditions", opt=CLIENT)
async def conditions_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    conditions: TheConditions,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
    view: FromQuery[str] = "open",
    before: FromQuery[str | None] = None,
) -> Response[str]:
    """Those that wait, or those that have ended."""
    account, part = accounts[0], asked_part(request, PARTS)
    view = view if view in VIEWS else VIEWS[0]
    try:
        listed = await conditions.page(
            account, locale, view=view, before=before, limit=LONGEST_PAGE
        )
    except Unavailable:
        listed = None
    shown: dict[str, Any] = {
        "here": "orders",
        "account": account,
        "tab": view,
        "listed": listed,
        "before": before,
        "moment": moment,
    }
    if not part:
        shown |= await shell_facts(desk, account, locale)
    return templates.page("investor/conditions.html", part, **shown)


@get("/conditions/new", opt=CLIENT)
async def new_condition_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    conditions: TheConditions,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
) -> Response[str]:
    """The form of one kind; without a symbol, what to look for."""
    given = {name: value[:LONGEST_FIELD] for name, value in request.query_params.items()}
    shown = await form_facts(desk, conditions, accounts[0], locale, given)
    return templates.page("investor/condition_new.html", **shown)


async def form_facts(
    desk: Desk, conditions: Conditions, account: str, locale: str, given: dict[str, str]
) -> dict[str, Any]:
    """Everything the form needs. given: what its client has written so far."""
    kind = given.get("kind") if given.get("kind") in KINDS else KINDS[0]
    symbol, quote, day, found = given.get("symbol", "").upper(), None, None, []
    try:
        day = conditions.instrument(symbol) if symbol else None
        quote = desk.quote(symbol, locale) if day else None
    except NotFound:
        found = desk.search(symbol, locale)
    shown: dict[str, Any] = {
        "here": "orders",
        "account": account,
        "kinds": KINDS,
        "kind": kind,
        "symbol": symbol,
        "quote": quote,
        "found": found,
        "day": day,
        "tick": milli_to_text(day.tick_milli) if day else "",
        "today": conditions.today(),
        "given": given,
        "preview": None,
        "failed": "",
        "key": secrets.token_hex(12),
    }
    return shown | await shell_facts(desk, account, locale, symbol if day else "")


def fields_of(form: dict[str, str]) -> ConditionFields:
    """What a form says. Raises Invalid condition.quantity."""
    names = ("crossing", "threshold", "at", "base", "step", "low", "high")
    texts = {name: form.get(name, "").replace(",", "").strip() for name in names}
    named = form.get("pricing") == "named"
    price = form.get("price", "").replace(",", "").strip()
    return ConditionFields(
        kind=form.get("kind", ""),
        symbol=form.get("symbol", ""),
        side=form.get("side", ""),
        qty=number(form.get("qty", "")),
        expires_on=form.get("expires_on", ""),
        price=price or "0" if named else "",
        offset="" if named else form.get("offset", "").replace(",", "").strip(),
        rounds=number(form.get("rounds", "")) if form.get("kind") == "grid" else 0,
        **texts,
    )


def number(text: str) -> int:
    """A whole number as people write it; 0 for anything else, which no rule takes."""
    plain = text.replace(",", "").strip()
    return int(plain) if plain.isascii() and plain.isdecimal() else 0


@post("/conditions/new", opt=CLIENT, status_code=200)
async def preview_condition(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    conditions: TheConditions,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
) -> Response[str]:
    """What would be agreed to, in a sentence, with the notice of risks to tick."""
    form = await form_of(request)
    status, preview, failed = 200, None, ""
    try:
        preview = conditions.preview(fields_of(form), locale)
    except (Invalid, NotFound) as error:
        status, failed = error.status, desk.text(locale)(error.code, **error.facts)
    shown = await form_facts(desk, conditions, accounts[0], locale, form)
    shown |= {"preview": preview, "failed": failed}
    return templates.page("investor/condition_new.html", status=status, **shown)


@post("/conditions", opt=CLIENT, status_code=200)
async def confirm_condition(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    conditions: TheConditions,
    evidence: TheEvidence,
    session: Member,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
) -> Response[Any]:
    """Let it wait; the page it leads to is its own. What was shown is kept before."""
    form = await form_of(request)
    ticked = form.get("risk") == "read"
    key = f"{session.actor}:{form.get('key', '') or secrets.token_hex(12)}"
    preview: ConditionPreview | None = None
    who = (session.subject, accounts[0], "condition", key, str(session.id), session.address)

    async def keep(shown: ConditionPreview) -> None:
        nonlocal preview
        preview = shown
        await evidence.keep(NewShown(*who, locale, {"preview": shown}, wish.ticks))

    try:
        digest = form.get("digest", "")
        fields = fields_of(form)
        wish = Wish(accounts[0], session.subject, session.actor, key, fields, digest, ticked)
        line = await conditions.confirm(wish, locale, keep)
    except (Invalid, NotFound, Conflict, Unavailable) as error:
        failed = desk.text(locale)(error.code, **error.facts)
        shown = await form_facts(desk, conditions, accounts[0], locale, form)
        # The same key: a second tap after a lost answer is the same condition.
        key = form.get("key", "") if isinstance(error, Unavailable) else shown["key"]
        shown |= {"preview": preview, "failed": failed, "key": key}
        return templates.page("investor/condition_new.html", status=error.status, **shown)
    return Redirect(f"/conditions/{line.id}", status_code=303)


async def form_of(request: Request[Any, Any, Any]) -> dict[str, str]:
    """A form's fields as text, none too long."""
    form = await request.form()
    return {name: str(value).strip()[:80] for name, value in form.items()}


@get("/conditions/{condition:str}", opt=CLIENT)
async def condition_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    conditions: TheConditions,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
    condition: FromPath[str],
) -> Response[str]:
    """One condition, what was confirmed and what was seen at each trigger."""
    detail = await conditions.detail(accounts[0], condition, locale)
    return await detail_page(request, desk, accounts[0], locale, templates, detail, "")


async def detail_page(
    request: Request[Any, Any, Any],
    desk: Desk,
    account: str,
    locale: str,
    templates: Any,
    detail: Any,
    failed: str,
) -> Response[str]:
    """The page, or what changes of it. failed: why an act was not done."""
    part = asked_part(request, PARTS)
    shown: dict[str, Any] = {"here": "orders", "account": account, "moment": moment}
    shown |= {"detail": detail, "one": detail.condition, "failed": failed}
    if not part:
        shown |= await shell_facts(desk, account, locale, detail.condition.symbol)
    return templates.page("investor/condition.html", part, **shown)


@post("/conditions/{condition:str}/{act:str}", opt=CLIENT, status_code=200)
async def act_on_condition(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    conditions: TheConditions,
    session: Member,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
    condition: FromPath[str],
    act: FromPath[str],
) -> Response[Any]:
    """Pause, resume or cancel; twice is the same as once."""
    try:
        await conditions.act(session.actor, accounts[0], condition, act, locale)
    except (Conflict, Unavailable) as error:
        failed = said(desk, error, locale)
        detail = await conditions.detail(accounts[0], condition, locale)
        return await detail_page(request, desk, accounts[0], locale, templates, detail, failed)
    return Redirect(f"/conditions/{condition}", status_code=303)


def said(desk: Desk, error: YunquanError, locale: str) -> str:
    """An error in the reader's language."""
    return desk.text(locale)(error.code, **error.facts)


handlers = [
    conditions_page,
    new_condition_page,
    preview_condition,
    confirm_condition,
    condition_page,
    act_on_condition,
]
