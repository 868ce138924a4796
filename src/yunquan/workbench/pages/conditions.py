"""An account's conditional orders, with what was confirmed and what each trigger saw."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Response

from yunquan.conditions import Conditions
from yunquan.conditions.types import ConditionDetail, ConditionPage
from yunquan.kernel.errors import NotFound
from yunquan.workbench.pages.case import moment
from yunquan.workbench.pages.parts import Locale, Templates, TheDesk

STAFF: Final = {"who": "staff"}
LONGEST_PAGE: Final = 50
TheConditions = NamedDependency[Conditions]


@get("/conditions", opt=STAFF | {"look": "conditions"})
async def conditions_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    conditions: TheConditions,
    locale: Locale,
    templates: Templates,
    account: FromQuery[str] = "",
    condition: FromQuery[str] = "",
    before: FromQuery[str | None] = None,
) -> Response[str]:
    """The account's list, and one of them opened to its proof."""
    account = account.strip()[:40]
    listed: ConditionPage | None = None
    detail: ConditionDetail | None = None
    if account:
        listed = await conditions.page(
            account, locale, view="all", before=before, limit=LONGEST_PAGE
        )
    if account and condition:
        try:
            detail = await conditions.detail(account, condition, locale)
        except NotFound:
            detail = None
    shown: dict[str, Any] = {"account": account, "listed": listed, "detail": detail}
    shown |= {"market": desk.market_status(), "moment": moment}
    return templates.page("workbench/conditions.html", **shown)


handlers = [conditions_page]
