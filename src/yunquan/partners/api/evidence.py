"""Evidence packs, for staff."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, Parameter
from litestar.response import Response

from yunquan.evidence import Evidence
from yunquan.evidence.types import NewPack, PackLine
from yunquan.kernel.errors import Invalid
from yunquan.partners.api.caller import Calling

READ: Final = {"who": "staff", "roles": ("risk", "audit")}
TheEvidence = NamedDependency[Evidence]


@get("/evidence-packs", summary="Evidence packs that were made, newest first")
async def evidence_packs(caller: Calling, evidence: TheEvidence) -> list[PackLine]:
    """At most 100."""
    return await asyncio.to_thread(evidence.lines)


@post(
    "/evidence-packs",
    status_code=200,
    opt=READ | {"idempotent": True},
    summary="Collect everything about an order or an account, signed",
)
async def make_evidence_pack(
    caller: Calling, evidence: TheEvidence, data: JSONBody[NewPack]
) -> PackLine:
    """Name an order, or an account and a span of time. The pack is kept; fetch it by its id."""
    by, key = caller.actor, caller.key()

    def make() -> PackLine:
        if data.order:
            scope = evidence.about_order(data.order)
        elif data.account:
            scope = evidence.about_account(data.account, data.from_ms, data.to_ms)
        else:
            raise Invalid("evidence.about_nothing")
        return evidence.make(by, key, scope, data.reason)

    return await asyncio.to_thread(make)


@get(
    "/evidence-packs/{pack:str}",
    opt=READ | {"look": "pack"},
    media_type="application/zip",
    summary="A pack as it was made, a ZIP archive",
)
async def evidence_pack(
    caller: Calling,
    evidence: TheEvidence,
    pack: Annotated[str, Parameter(max_length=40, description="The pack's id.")],
) -> Response[bytes]:
    """Verify it with `yunquan evidence verify`."""
    data = await asyncio.to_thread(evidence.archive, pack)
    return Response(data, media_type="application/zip")


router = Router(
    "/staff",
    route_handlers=[evidence_packs, make_evidence_pack, evidence_pack],
    opt=READ,
    tags=["staff"],
)
