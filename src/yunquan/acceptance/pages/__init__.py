"""The pages as one router: each handler parses, asks the offices, fills a template."""

from __future__ import annotations

from litestar import Router
from litestar.di import Provide

from yunquan.acceptance.pages import (
    application,
    archive,
    callbacks,
    depository,
    funnel,
    pictures,
    queue,
    verify,
    witness,
)
from yunquan.acceptance.pages.parts import make_here

__all__ = ["router"]

router = Router(
    "/",
    route_handlers=[
        *queue.handlers,
        *application.handlers,
        *pictures.handlers,
        *callbacks.handlers,
        *depository.handlers,
        *funnel.handlers,
        *archive.handlers,
        *verify.handlers,
        *witness.handlers,
    ],
    dependencies={"here": Provide(make_here, sync_to_thread=False)},
    include_in_schema=False,
)
