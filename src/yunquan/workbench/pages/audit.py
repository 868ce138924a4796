"""What staff did and saw, for risk and audit; reading it is itself a look."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Final

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Response

from yunquan.audit import Audit
from yunquan.audit.types import AuditFilter
from yunquan.kernel.errors import Invalid
from yunquan.workbench.pages.case import moment
from yunquan.workbench.pages.inquiry import again, read_query, table
from yunquan.workbench.pages.parts import Locale, Templates, TheDesk

READ: Final = {"who": "staff", "roles": ("risk", "audit"), "look_at": "*"}
TheAudit = NamedDependency[Audit]


@get("/audit", opt=READ | {"look": "audit"})
async def audit_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    audit: TheAudit,
    locale: Locale,
    templates: Templates,
    after: FromQuery[str] = "",
) -> Response[str]:
    """A page of deeds, narrowed by person, kind, client and day."""
    asked = read_query(dict(request.query_params), AuditFilter)
    page, failed, status = None, "", 200
    try:
        page = await asyncio.to_thread(partial(audit.page, asked, locale, after=after[:40]))
    except Invalid as error:
        failed, status = desk.text(locale)(error.code, **error.facts), error.status
    return templates.page(
        "workbench/audit.html",
        status=status,
        asked=asked,
        page=page,
        failed=failed,
        after=after,
        again=again(asked),
        kinds=audit.kinds(),
        people=await asyncio.to_thread(audit.people),
        market=desk.market_status(),
        moment=moment,
    )


@get("/audit.csv", opt=READ | {"look": "audit_csv"})
async def audit_csv(
    request: Request[Any, Any, Any], audit: TheAudit, locale: Locale
) -> Response[bytes]:
    """At most 10,000 rows. Raises Invalid."""
    asked = read_query(dict(request.query_params), AuditFilter)
    return table("audit", await asyncio.to_thread(audit.csv, asked, locale))


handlers = [audit_page, audit_csv]
