"""What the shell hands to a page, and the parts of pages that htmx asks for alone."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.di import NamedDependency

from yunquan.desk import Desk
from yunquan.security.types import Session

TheDesk = NamedDependency[Desk]
Member = NamedDependency[Session]
Visitor = NamedDependency[Session | None]
Accounts = NamedDependency[tuple[str, ...]]
Locale = NamedDependency[str]
Templates = NamedDependency[Any]
Doors = NamedDependency[Any]


def asked_part(request: Request[Any, Any, Any], known: frozenset[str]) -> str:
    """The block an htmx request wants; "" for the page, which a part typed as an address is too."""
    part = request.query_params.get("part", "")
    return part if part in known and "hx-request" in request.headers else ""
