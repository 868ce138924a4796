"""Evidence packs: make one about an order or an account, fetch those that were made."""

from __future__ import annotations

import asyncio
import secrets
from datetime import datetime, timedelta
from typing import Any, Final

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Response

from yunquan.desk import Desk
from yunquan.evidence import Evidence
from yunquan.evidence.types import PackLine, Scope
from yunquan.kernel.clock import to_ms
from yunquan.kernel.errors import Invalid, NotFound
from yunquan.kernel.zone import MARKET_ZONE
from yunquan.security.types import Session
from yunquan.workbench.pages.case import moment
from yunquan.workbench.pages.parts import Locale, Member, Templates, TheDesk

ACT: Final = {"who": "staff", "roles": ("risk", "audit")}
TheEvidence = NamedDependency[Evidence]


@get("/evidence", opt=ACT)
async def evidence_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    evidence: TheEvidence,
    templates: Templates,
) -> Response[str]:
    """What was made, and the form for another."""
    given = {name: value[:60] for name, value in request.query_params.items()}
    shown = await page_facts(desk, evidence, given=given, made=given.get("made", ""))
    return templates.page("workbench/evidence.html", **shown)


async def page_facts(desk: Desk, evidence: Evidence, **more: Any) -> dict[str, Any]:
    """Everything the template needs."""
    lines = await asyncio.to_thread(evidence.lines)
    shown: dict[str, Any] = {
        "lines": lines,
        "market": desk.market_status(),
        "moment": moment,
        "key": secrets.token_hex(12),
        "given": {},
        "failed": "",
        "made": "",
    }
    return shown | more


@post("/evidence", opt=ACT, status_code=200)
async def make_pack(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    evidence: TheEvidence,
    session: Member,
    locale: Locale,
    templates: Templates,
) -> Response[Any]:
    """Collect and sign; the page it leads to names the new pack, or says why there is none."""
    form = {name: str(value).strip()[:500] for name, value in (await request.form()).items()}
    try:
        line = await asyncio.to_thread(_make, evidence, session, form)
    except (Invalid, NotFound) as error:
        failed = desk.text(locale)(error.code, **error.facts)
        shown = await page_facts(desk, evidence, given=form, failed=failed)
        return templates.page("workbench/evidence.html", status=error.status, **shown)
    return Redirect(f"/staff/evidence?made={line.id}", status_code=303)


def _make(evidence: Evidence, session: Session, form: dict[str, str]) -> PackLine:
    key = form.get("key", "")[:60] or secrets.token_hex(12)
    return evidence.make(session.actor, key, scope_of(evidence, form), form.get("reason", ""))


def scope_of(evidence: Evidence, given: dict[str, str]) -> Scope:
    """An order, or an account with its first and last day in Beijing. Raises Invalid, NotFound."""
    if order := given.get("order", "").strip():
        return evidence.about_order(order)
    since = _midnight(given.get("from_day", ""))
    until = _midnight(given.get("to_day", "")) + timedelta(days=1)
    return evidence.about_account(given.get("account", "").strip(), to_ms(since), to_ms(until))


def _midnight(day: str) -> datetime:
    try:
        return datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=MARKET_ZONE)
    except ValueError as error:
        raise Invalid("evidence.day", day=day[:20]) from error


@get("/evidence/{pack:str}", opt=ACT | {"look": "pack"})
async def fetch_pack(evidence: TheEvidence, pack: FromPath[str]) -> Response[bytes]:
    """The archive as it was made."""
    data = await asyncio.to_thread(evidence.archive, pack)
    headers = {"Content-Disposition": f'attachment; filename="{pack}.zip"'}
    return Response(data, media_type="application/zip", headers=headers)


handlers = [evidence_page, make_pack, fetch_pack]
