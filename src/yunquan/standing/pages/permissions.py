"""What a client may trade: every permission, what it takes, what they have, applying."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any, Final

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from yunquan.clients import load_client
from yunquan.clients.types import ClientId
from yunquan.kernel.errors import Conflict, Invalid, NotFound
from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.standing.pages.parts import (
    CLIENT,
    Accounts,
    Locale,
    Member,
    Templates,
    TheDesk,
    ThePermissions,
    shell_facts,
)
from yunquan.suitability import Permissions
from yunquan.suitability.rules.gates import in_the_way, words_of
from yunquan.suitability.types import PermissionRequest, PermissionView

PAGE: Final = "standing/permission.html"


@get("/permissions", opt=CLIENT)
async def permissions_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    permissions: ThePermissions,
    session: Member,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
) -> Response[str]:
    """Which boards the client may trade, and what stands in the way of the others."""

    def load() -> dict[str, Any]:
        with permissions.database.read() as tx:
            client = load_client(tx, ClientId(session.subject))
            return {
                "views": permissions.board(tx, session.subject, locale),
                "requests": permissions.history(tx, session.subject),
                "client": client,
                "expired": client.id_valid_until < permissions.suitability.today(),
            }

    facts = await asyncio.to_thread(load)
    facts["granted"] = request.query_params.get("granted", "")
    facts |= await shell_facts(desk, accounts[0], locale)
    return templates.page("standing/permissions.html", **facts)


@get("/permissions/{permission:str}", opt=CLIENT)
async def permission_page(
    desk: TheDesk,
    permissions: ThePermissions,
    session: Member,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
    permission: FromPath[str],
) -> Response[str]:
    """One permission: its gates with what there is, its disclosures, the way to apply. Raises
    NotFound suitability.permission_unknown."""

    def load() -> dict[str, Any]:
        with permissions.database.read() as tx:
            return permission_facts(permissions, tx, session.subject, permission, locale)

    facts = await asyncio.to_thread(load)
    facts |= await shell_facts(desk, accounts[0], locale)
    return templates.page(PAGE, failed="", **facts)


def permission_facts(
    office: Permissions, tx: ReadTx, client: str, permission: str, locale: str
) -> dict[str, Any]:
    """Everything the page of one needs. insist: the warning to confirm, where that would help."""
    view = view_of(office, tx, client, permission, locale)
    insisting = [one for one in view.checks if one.may_confirm]
    product = product_of(office, permission) if insisting else ""
    warning = office.suitability.warning(tx, client, product, locale) if product else None
    return {
        "view": view,
        "warning": warning,
        "in_the_way": in_the_way(view.checks),
        "words_of": words_of,
        "key": secrets.token_hex(12),
    }


def view_of(
    office: Permissions, tx: ReadTx, client: str, permission: str, locale: str
) -> PermissionView:
    """One of the board. Raises NotFound suitability.permission_unknown."""
    for view in office.board(tx, client, locale):
        if view.permission == permission:
            return view
    raise NotFound("suitability.permission_unknown", permission=permission[:20])


def product_of(office: Permissions, permission: str) -> str:
    """The product that a permission's class is measured by."""
    rows = office.suitability.firm.gates(permission, office.suitability.today())
    return next((str(row.value) for row in rows if row.gate == "class"), "")


@post("/permissions/{permission:str}", opt=CLIENT, status_code=200)
async def apply_for_permission(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    permissions: ThePermissions,
    session: Member,
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
    permission: FromPath[str],
) -> Response[Any]:
    """Keep what was confirmed, check anew, grant, and tell the counters."""
    form = {name: str(value)[:80] for name, value in (await request.form()).items()}

    def apply() -> PermissionRequest:
        with permissions.database.transaction(actor=session.actor) as tx:
            return apply_for(permissions, tx, session.subject, permission, form)

    def load() -> dict[str, Any]:
        with permissions.database.read() as tx:
            return permission_facts(permissions, tx, session.subject, permission, locale)

    text = desk.text(locale)
    try:
        made = await asyncio.to_thread(apply)
    except (Invalid, Conflict) as error:
        failed, status = text(error.code, **error.facts), error.status
    else:
        if made.granted:
            await permissions.tell(made)
            return Redirect(f"/permissions?granted={made.permission}", status_code=303)
        failed, status = text("suitability.gates_unmet"), 409
    facts = await asyncio.to_thread(load) | {"failed": failed}
    facts |= await shell_facts(desk, accounts[0], locale)
    return templates.page(PAGE, "", status, **facts)


def apply_for(
    office: Permissions, tx: Tx, client: str, permission: str, form: dict[str, str]
) -> PermissionRequest:
    """Insisting first, if that was ticked, then applying, together or not at all."""
    key = form.get("key", "")[:60] or secrets.token_hex(12)
    if form.get("insist"):
        office.suitability.confirm_mismatch(
            tx,
            client,
            product_of(office, permission),
            form.get("warning", ""),
            f"{key}-insist",
            own_initiative=form.get("own") == "yes",
        )
    signed = {
        name.removeprefix("sign-"): digest
        for name, digest in form.items()
        if name.startswith("sign-")
    }
    return office.apply(tx, client, permission, signed, key)


handlers = [permissions_page, permission_page, apply_for_permission]
