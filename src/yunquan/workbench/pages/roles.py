"""Who may what: every route of staff with the roles that the gate lets through."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, get
from litestar.response import Response

from yunquan.security.types import Role
from yunquan.workbench.pages.parts import Locale, Templates, TheDesk
from yunquan.workbench.pages.places import rights_of

STAFF: Final = {"who": "staff"}


@get("/roles", opt=STAFF)
async def roles_page(
    request: Request[Any, Any, Any], desk: TheDesk, locale: Locale, templates: Templates
) -> Response[str]:
    """The matrix, from the same declarations that the gate checks."""
    return templates.page(
        "workbench/roles.html",
        rights=rights_of(request.app.state.staff_acts, desk.text(locale)),
        roles=[role.value for role in Role],
        market=desk.market_status(),
    )


handlers = [roles_page]
