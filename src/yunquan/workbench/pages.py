"""Pages of staff."""

from __future__ import annotations

from litestar import Router

router = Router("/staff", route_handlers=[], include_in_schema=False)
