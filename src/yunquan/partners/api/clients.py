"""Clients as staff see them: masked, unless a reason is given, which is kept."""

from __future__ import annotations

import asyncio
from typing import Annotated

from litestar import Router, get, post
from litestar.params import JSONBody, Parameter

from yunquan.clients import list_clients, load_client, reveal
from yunquan.clients.types import (
    AccountList,
    ClientId,
    ClientLine,
    ClientPage,
    ClientView,
    IdentityView,
    LookList,
    LookView,
)
from yunquan.partners.api.caller import Caller, Calling
from yunquan.partners.api.orders import Limit
from yunquan.partners.api.preferences import load_account_list
from yunquan.partners.types import LookReason
from yunquan.security import list_looks

ClientName = Annotated[str, Parameter(max_length=40, description="The client's id.")]


@get("/clients", summary="Clients, masked")
async def clients(
    caller: Calling,
    q: Annotated[str, Parameter(max_length=60)] = "",
    after: Annotated[str, Parameter(max_length=40, description="`next` of the page before.")] = "",
    limit: Limit = 50,
) -> ClientPage:
    """q: the beginning of a name or of a login name, a client id, or a whole account number."""

    def load() -> list[ClientLine]:
        with caller.desk.database.read() as tx:
            return list_clients(tx, q, after, limit)

    found = await asyncio.to_thread(load)
    items = tuple(
        ClientView(
            line.id,
            line.login_name,
            line.name_masked,
            line.mobile_masked,
            line.id_masked,
            line.id_valid_until,
            line.status.value,
            line.accounts,
        )
        for line in found
    )
    return ClientPage(items, items[-1].id if len(items) == limit else None)


@get(
    "/clients/{client:str}", opt={"look": "case"}, summary="One client, masked, with their accounts"
)
async def one_client(caller: Calling, client: ClientName) -> ClientView:
    """Everything a member of staff may see without a reason."""
    return await asyncio.to_thread(_masked, caller, ClientId.parse(client))


def _masked(caller: Caller, client: ClientId) -> ClientView:
    with caller.desk.database.read() as tx:
        found = load_client(tx, client)
    numbers = tuple(account.number for account in load_account_list(caller, client).items)
    return ClientView(
        found.id,
        found.login_name,
        found.name_masked,
        found.mobile_masked,
        found.id_masked,
        found.id_valid_until,
        found.status.value,
        numbers,
    )


@get("/clients/{client:str}/accounts", opt={"look": "case"}, summary="A client's accounts")
async def client_accounts(caller: Calling, client: ClientName) -> AccountList:
    """The tree as the client sees it."""
    parsed = ClientId.parse(client)
    await asyncio.to_thread(_masked, caller, parsed)
    return await asyncio.to_thread(load_account_list, caller, parsed)


@post("/clients/{client:str}/reveal", status_code=200, summary="See a client unmasked")
async def reveal_client(
    caller: Calling, client: ClientName, data: JSONBody[LookReason]
) -> IdentityView:
    """Leaves a record of who looked, at whom and why, each time it is asked: so it takes no key."""
    parsed = ClientId.parse(client)

    def look() -> IdentityView:
        with caller.desk.database.transaction(actor=caller.actor) as tx:
            found = reveal(tx, parsed, data.reason, caller.sealing)
        return IdentityView(found.name, found.mobile, found.id_number)

    return await asyncio.to_thread(look)


@get(
    "/looks",
    opt={"who": "staff", "roles": ("audit", "risk"), "look": "looks", "look_at": "*"},
    summary="Who looked at what, and why",
)
async def looks(
    caller: Calling,
    subject: Annotated[str | None, Parameter(max_length=40)] = None,
    limit: Limit = 50,
) -> LookList:
    """Newest first; of one client, or of all."""

    def load() -> LookList:
        with caller.desk.database.read() as tx:
            found = list_looks(tx, subject, limit)
        return LookList(
            tuple(LookView(x.id, x.at_ms, x.actor, x.subject, x.what, x.why) for x in found)
        )

    return await asyncio.to_thread(load)


router = Router(
    "/staff",
    route_handlers=[clients, one_client, client_accounts, reveal_client, looks],
    opt={"who": "staff"},
    tags=["staff"],
)
