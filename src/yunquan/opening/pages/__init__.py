"""The pages as one router: each handler parses, asks the offices, fills a template."""

from __future__ import annotations

from litestar import Router
from litestar.di import Provide

from yunquan.opening.pages import (
    agreements,
    bank,
    card,
    consents,
    details,
    entry,
    face,
    questions,
    sample,
    status,
    witness,
)
from yunquan.opening.pages.here import make_here

__all__ = ["router"]

router = Router(
    "/",
    route_handlers=[
        *entry.handlers,
        *consents.handlers,
        *card.handlers,
        *face.handlers,
        *details.handlers,
        *questions.handlers,
        *witness.handlers,
        *bank.handlers,
        *agreements.handlers,
        *status.handlers,
        *sample.handlers,
    ],
    dependencies={"here": Provide(make_here, sync_to_thread=False)},
    include_in_schema=False,
)
