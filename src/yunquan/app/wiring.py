"""Puts the rooms together into the web app of one process."""

from __future__ import annotations

import importlib.resources
from pathlib import Path

from litestar import Litestar

from yunquan.app.keys import load_key
from yunquan.app.links import Links, sealing, vault
from yunquan.app.locale import catalogue
from yunquan.app.settings import Settings
from yunquan.app.web import make_app
from yunquan.app.web.parts import WebParts, WebValues
from yunquan.desk import Desk
from yunquan.investor.pages import router as investor_pages
from yunquan.kernel.transaction import Database
from yunquan.partners.api import router as api
from yunquan.security import Argon2Passwords, LoginDesk
from yunquan.security.types import HashParameters
from yunquan.workbench.pages import router as workbench_pages

CSRF_KEY_BYTES = 32
FACES = ("investor", "workbench")


def login_desk(settings: Settings, database: Database) -> LoginDesk:
    """Everything logging in needs."""
    return LoginDesk(
        database,
        Argon2Passwords(HashParameters()),
        vault(settings),
        load_key(settings.keys, "csrf.key", CSRF_KEY_BYTES),
    )


def build(settings: Settings, links: Links) -> Litestar:
    """The web app of this process."""
    desk = Desk(
        links.database,
        links.counters,
        links.quotes,
        links.rule_book,
        catalogue(),
        links.clock,
        links.news,
        links.funding,
        simulated=settings.world,
    )

    parts = WebParts(
        desk,
        login_desk(settings, links.database),
        sealing(settings),
        WebValues(demo=settings.demo, simulated=settings.world),
        rooms={face: _folder(face) for face in FACES},
    )
    return make_app(parts, [investor_pages, workbench_pages, api])


def _folder(face: str) -> Path:
    return Path(str(importlib.resources.files(f"yunquan.{face}")))
