"""Puts the rooms together into the web app of one process."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from litestar import Litestar

from yunquan.actions import CorporateActions
from yunquan.app.event_kinds import event_kinds
from yunquan.app.keys import load_key
from yunquan.app.links import Links, sealing, vault
from yunquan.app.locale import catalogue
from yunquan.app.settings import Settings
from yunquan.app.web import make_app
from yunquan.app.web.parts import Probe, WebParts, WebValues
from yunquan.counter import Counters
from yunquan.counter.types import AskAccount
from yunquan.custody import Custody
from yunquan.desk import Desk
from yunquan.evidence import Evidence, PackParts, field_names, sources
from yunquan.investor.pages import router as investor_pages
from yunquan.kernel.proof import HeadSigner
from yunquan.kernel.transaction import Database
from yunquan.partners.api import router as api
from yunquan.security import Argon2Passwords, LoginDesk
from yunquan.security.types import HashParameters
from yunquan.workbench.pages import router as workbench_pages

CSRF_KEY_BYTES = 32
FACES = ("investor", "workbench")
# Names under which handlers ask for what they need besides the desk.
OFFICES = ("corporate", "custody", "evidence")


def login_desk(settings: Settings, database: Database) -> LoginDesk:
    """Everything logging in needs."""
    return LoginDesk(
        database,
        Argon2Passwords(HashParameters()),
        vault(settings),
        load_key(settings.keys, "csrf.key", CSRF_KEY_BYTES),
    )


def build(settings: Settings, links: Links, probes: Mapping[str, Probe] | None = None) -> Litestar:
    """The web app of this process. probes: asked by /health besides the desk's own parts."""
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
        probes=probes or {},
        rooms={face: _folder(face) for face in FACES},
        offices=offices(links),
    )
    return make_app(parts, [investor_pages, workbench_pages, api])


def offices(links: Links) -> dict[str, Any]:
    """What handlers ask for by name besides the desk: one entry a room, made once a process."""
    return {
        "corporate": CorporateActions(links.database, links.counters, catalogue(), links.quotes),
        "custody": Custody(links.funding, catalogue()),
        "evidence": evidence(links),
    }


def evidence(links: Links) -> Evidence:
    """The office that keeps screens and makes packs, over everything that is known of a client."""
    settings = links.settings
    logs = {"rooms": links.database}
    for number in range(settings.counters):
        logs[f"counter-{number}"] = links.logs[number] if links.logs else links.database
    collect = (
        sources.screens,
        sources.orders,
        sources.postings,
        sources.transfers,
        sources.looks,
        sources.rules_in_force(links.rule_book, catalogue()),
        sources.tape(settings.tape),
        sources.signed_heads(settings.heads),
    )
    parts = PackParts(
        links.database,
        logs,
        collect,
        HeadSigner(settings.keys / "log-head.pem"),
        catalogue(),
        field_names(list(event_kinds().values())),
        settings.member,
        simulated=settings.world,
    )
    return Evidence(parts)


def accounts_probe(counters: Counters, accounts: Iterable[str]) -> Probe:
    """Good once all of these accounts are open: whoever comes first then finds them."""
    missing = set(accounts)

    async def opened() -> str:
        for account in sorted(missing):
            if await counters.of(account).ask(AskAccount(account, 0)) is None:
                return "accounts.opening"
            missing.discard(account)
        return ""

    return opened


def _folder(face: str) -> Path:
    return Path(str(importlib.resources.files(f"yunquan.{face}")))
