"""What staff may do: restrict, release, freeze, unfreeze; see behind the mask, for a reason."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Request, post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from yunquan.approvals.rules import is_whole
from yunquan.clients import reveal
from yunquan.clients.types import ClientId, Identity
from yunquan.desk import Desk
from yunquan.kernel.errors import Conflict, Invalid, NotFound, Unavailable, YunquanError
from yunquan.kernel.money import parse_fen
from yunquan.restrictions.types import Basis, RestrictionWish
from yunquan.security.types import Session
from yunquan.workbench.pages.case import Asked, page_facts
from yunquan.workbench.pages.parts import Locale, Member, Templates, TheDesk

ACT: Final = {"who": "staff", "roles": ("risk", "operations")}
STAFF: Final = {"who": "staff"}
ACTS: Final = ("restrict", "release", "freeze", "unfreeze")
LEVEL_ACTS: Final = ("grant", "end")
SHORTEST_REASON: Final = 4
LONGEST_TEXT: Final = 200


@post("/accounts/{account:str}/{act:str}", opt=ACT, status_code=200)
async def act_on_account(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    session: Member,
    locale: Locale,
    templates: Templates,
    account: FromPath[str],
    act: FromPath[str],
) -> Response[Any]:
    """One act with its basis; a refusal stands beside the form it belongs to."""
    form = {
        name: str(value).strip()[:LONGEST_TEXT] for name, value in (await request.form()).items()
    }
    asked = Asked("", form.get("client", ""), account, "", "orders", None)
    try:
        is_done = await carry_out(desk, session, act, account, form)
    except (Invalid, Conflict, Unavailable) as error:
        failed = sentence(error, desk, locale)
        shown = await page_facts(
            desk, session, asked, locale, failed=failed, failed_act=act, given=form
        )
        return templates.page("workbench/workbench.html", status=error.status, **shown)
    query = urlencode({"client": asked.client, "account": account})
    query += f"&done={act if is_done else 'proposed'}"
    return Redirect(f"/staff?{query}", status_code=303)


async def carry_out(
    desk: Desk, session: Session, act: str, account: str, form: dict[str, str]
) -> bool:
    """Do or propose the act; whether it is done. Raises Invalid, Conflict with the refusal,
    Unavailable.
    """
    key = form.get("key") or secrets.token_hex(12)
    if act not in ACTS:
        raise Invalid("act.unknown", act=act[:20])
    if len(form.get("basis", "")) < SHORTEST_REASON:
        raise Invalid("act.basis_missing", shortest=SHORTEST_REASON)
    parts = ("basis_kind", "basis", "document", "authority", "expires_on")
    basis = Basis(*(form.get(name, "") for name in parts))
    wish = RestrictionWish(act, account, basis, scope=form.get("scope", ""))
    if act in ("freeze", "unfreeze"):
        asset, amount = form.get("asset", ""), form.get("amount", "").replace(",", "")
        minor = parse_fen(amount) if asset == "CNY" else 0 if asset == "*" else whole(amount)
        wish = RestrictionWish(act, account, basis, asset=asset, amount=minor)
    proposal = await desk.restrictions.act(session.actor, key, wish)
    return is_whole(proposal)


def whole(text: str) -> int:
    """Shares as typed. Raises Invalid order.quantity."""
    if not text.isascii() or not text.isdigit() or len(text) > 13:
        raise Invalid("order.quantity", qty=text)
    return int(text)


def sentence(error: YunquanError, desk: Desk, locale: str) -> str:
    """An error in the reader's language."""
    return desk.text(locale)(error.code, **error.facts)


@post("/clients/{client:str}/reveal", opt=STAFF, status_code=200)
async def reveal_identity(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    session: Member,
    locale: Locale,
    templates: Templates,
    client: FromPath[str],
) -> Response[Any]:
    """The client unmasked, once, in the answer to this request; who, whom and why are recorded."""
    form = await request.form()
    why = str(form.get("reason", "")).strip()[:LONGEST_TEXT]
    asked = Asked("", client[:60], str(form.get("account", ""))[:40], "", "orders", None)
    if len(why) < SHORTEST_REASON:
        failed = desk.text(locale)("act.reason_missing", shortest=SHORTEST_REASON)
        shown = await page_facts(desk, session, asked, locale, failed=failed, failed_act="reveal")
        return templates.page("workbench/workbench.html", status=400, **shown)
    sealing = request.app.state.sealing

    def look() -> Identity:
        with desk.database.transaction(actor=session.actor) as tx:
            return reveal(tx, ClientId.parse(client), why, sealing)

    identity = await asyncio.to_thread(look)
    shown = await page_facts(desk, session, asked, locale, identity=identity)
    return templates.page("workbench/workbench.html", **shown)


@post("/clients/{client:str}/level/{act:str}", opt=ACT, status_code=200)
async def act_on_level(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    session: Member,
    locale: Locale,
    templates: Templates,
    client: FromPath[str],
    act: FromPath[str],
) -> Response[Any]:
    """Grant Level 2 market data or end it, with its basis."""
    form = {
        name: str(value).strip()[:LONGEST_TEXT] for name, value in (await request.form()).items()
    }
    asked = Asked("", client[:60], form.get("account", ""), "", "orders", None)
    basis = form.get("basis", "")
    try:
        if act not in LEVEL_ACTS:
            raise Invalid("act.unknown", act=act[:20])
        if len(basis) < SHORTEST_REASON:
            raise Invalid("act.basis_missing", shortest=SHORTEST_REASON)
        owner = str(ClientId.parse(client))
        if act == "grant":
            until = form.get("until", "")
            await asyncio.to_thread(desk.screen.grant, session.actor, owner, until, basis)
        else:
            await asyncio.to_thread(desk.screen.end, session.actor, owner, basis)
    except (Invalid, NotFound) as error:
        failed = sentence(error, desk, locale)
        shown = await page_facts(
            desk, session, asked, locale, failed=failed, failed_act=f"level-{act}", given=form
        )
        return templates.page("workbench/workbench.html", status=error.status, **shown)
    query = urlencode({"client": asked.client, "account": asked.account, "done": f"level_{act}"})
    return Redirect(f"/staff?{query}", status_code=303)


handlers = [act_on_account, act_on_level, reveal_identity]
