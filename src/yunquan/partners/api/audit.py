"""What staff did and saw, for risk and audit."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated, Final

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import Parameter

from yunquan.audit import Audit
from yunquan.audit.types import AuditFilter, AuditPage
from yunquan.partners.api.caller import Calling
from yunquan.partners.api.inquiry import After, Day, Limit

READ: Final = {"who": "staff", "roles": ("risk", "audit"), "look": "audit", "look_at": "*"}
Name = Annotated[str, Parameter(max_length=60)]


@get("/audit", summary="Acts and looks of staff, newest first")
async def audit_list(
    caller: Calling,
    audit: NamedDependency[Audit],
    actor: Name = "",
    kind: Name = "",
    q: Annotated[str, Parameter(max_length=60, description="Client, account or reference.")] = "",
    from_day: Day = "",
    to_day: Day = "",
    after: After = "",
    limit: Limit = 50,
) -> AuditPage:
    """Reading it is itself recorded as a look."""
    asked = AuditFilter(actor, kind, q, from_day, to_day)
    load = partial(audit.page, asked, caller.locale, after=after, limit=limit)
    return await asyncio.to_thread(load)


router = Router("/staff", route_handlers=[audit_list], opt=READ, tags=["staff"])
