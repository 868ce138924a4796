"""Puts the rooms together into the web app of one process."""

from __future__ import annotations

import asyncio
import importlib.resources
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from litestar import Litestar

from yunquan.acceptance.pages import router as acceptance_pages
from yunquan.actions import CorporateActions
from yunquan.app.event_kinds import event_kinds
from yunquan.app.keys import load_key
from yunquan.app.links import Links, sealer, sealing, sheet_printer, vault, verifier
from yunquan.app.locale import catalogue
from yunquan.app.opening import opening_offices, warm
from yunquan.app.settings import Settings
from yunquan.app.web import make_app
from yunquan.app.web.parts import Probe, WebParts, WebValues
from yunquan.approvals import ApprovalQueue
from yunquan.archive import Archive
from yunquan.audit import Audit
from yunquan.backtests import Backtests
from yunquan.cases import Cases, Lessons, Proofs
from yunquan.clearing import load_runs
from yunquan.clearing.types import RunState
from yunquan.cockpit.api import router as cockpit_api
from yunquan.cockpit.pages import router as cockpit_pages
from yunquan.cockpit.service.cockpit import SAMPLE_S, Cockpit
from yunquan.cockpit.types import DayEndState
from yunquan.complaints import Complaints
from yunquan.conditions import Conditions
from yunquan.counter import Counters
from yunquan.counter.types import AskAccount
from yunquan.credit import CreditOffice
from yunquan.custody import Custody
from yunquan.desk import Desk
from yunquan.dossier import Dossier, DossierParts
from yunquan.evidence import Evidence, PackParts, field_names, sources
from yunquan.evidence.rules import pretty
from yunquan.evidence.types import Item, Scope
from yunquan.exposure import ExposureOffice
from yunquan.heat import Heat
from yunquan.inquiry import Inquiry
from yunquan.investor.pages import router as investor_pages
from yunquan.kernel.broadcast import Hearing
from yunquan.kernel.offices import Offices
from yunquan.kernel.proof import HeadSigner
from yunquan.kernel.transaction import Database, ReadTx
from yunquan.letters import LetterParts, Letters
from yunquan.messages import Messages, told_between
from yunquan.opening.adapters.sample_cards import SampleCards
from yunquan.opening.adapters.stage import Stage
from yunquan.opening.pages import router as opening_pages
from yunquan.operations import OperationsOffice
from yunquan.partners.api import router as api
from yunquan.quotes import TapeReader
from yunquan.rights import RightsIssues
from yunquan.riskdesk.api import routers as riskdesk_api
from yunquan.riskdesk.pages import router as riskdesk_pages
from yunquan.rulebook import RuleBook
from yunquan.security import Argon2Passwords, LoginDesk
from yunquan.security.types import HashParameters
from yunquan.standing.pages import router as standing_pages
from yunquan.statements import Statements, TypstPrinter
from yunquan.surveillance import AlertNews, Alerts, in_words
from yunquan.surveillance.types import ToldAlert
from yunquan.workbench.pages import router as workbench_pages

CSRF_KEY_BYTES = 32
# Where the world's program that prints specimen cards is found.
SOURCE = Path(__file__).parents[2]
FACES = ("investor", "standing", "workbench", "cockpit", "opening", "acceptance", "riskdesk")
# What people see, as pages.
PAGES = (
    investor_pages,
    standing_pages,
    workbench_pages,
    cockpit_pages,
    opening_pages,
    acceptance_pages,
    riskdesk_pages,
)
# Names under which handlers ask for what they need besides the desk.
OFFICES = (
    "alerts",
    "approvals",
    "archive",
    "audit",
    "backtests",
    "cases",
    "cockpit",
    "complaints",
    "conditions",
    "corporate",
    "credit",
    "custody",
    "dossier",
    "evidence",
    "exposure",
    "heat",
    "inquiry",
    "lessons",
    "letters",
    "messages",
    "onboarding",
    "operations",
    "permissions",
    "proofs",
    "rights",
    "rulebook",
    "screening",
    "signing",
    "sample_cards",
    "stage",
    "statements",
    "suitability",
    "tariffs",
    "verifier",
    "witness",
)


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

    cockpit, made = Cockpit(desk, RunsOfClearing()), offices(links, desk)
    news = AlertNews(links.database)
    link = Hearing(settings.socket("surveillance-alerts"), news.catch_up, news.heard_bytes)
    parts = WebParts(
        desk,
        login_desk(settings, links.database),
        sealing(settings),
        WebValues(demo=settings.demo, simulated=settings.world, relays=settings.relays),
        probes=probes or {},
        rooms={face: _folder(face) for face in FACES},
        offices={**made, "cockpit": cockpit},
        watched={"cockpit": (cockpit.board, SAMPLE_S)},
        flows={"alerts": AlertFlow(news, desk)},
    )
    app = make_app(parts, [*PAGES, api, cockpit_api, *riskdesk_api])
    cockpit.web = OwnWeb(app)

    async def begin() -> None:
        # The office holds its own task: it ends with the loop.
        cockpit.task = asyncio.create_task(cockpit.run())
        # A loop forgets tasks that nobody holds.
        warming = asyncio.to_thread(warm, links.vision, made["screening"])
        app.state.warming = asyncio.create_task(warming)
        app.state.alert_link = asyncio.create_task(link.run())

    app.on_startup.append(begin)
    return app


class AlertFlow:
    """Alerts for pages, each as it comes."""

    def __init__(self, news: AlertNews, desk: Desk) -> None:
        self._news = news
        self._desk = desk

    def listen(self, heard: Callable[[Sequence[ToldAlert]], None]) -> None:
        """Be told of each."""
        self._news.listen(heard)

    def forget(self, heard: Callable[[Sequence[ToldAlert]], None]) -> None:
        """No more."""
        self._news.forget(heard)

    def shown(self, piece: ToldAlert, locale: str) -> dict[str, Any]:
        """In the reader's words."""
        return in_words(piece, locale, self._desk.text(locale))


class RunsOfClearing:
    """How the day end stands, for the cockpit: the oldest run that isn't done, or else the newest,
    so that a day which failed isn't hidden by a later one.
    """

    def load_state(self, tx: ReadTx) -> DayEndState:
        """Never, before the first day has ended."""
        runs = load_runs(tx)
        if not runs:
            return DayEndState()
        open_runs = [run for run in runs if run.state is not RunState.DONE]
        run = open_runs[-1] if open_runs else runs[0]
        return DayEndState(run.day, run.state, run.step or "")


class OwnWeb:
    """How the web of this process serves, for the cockpit."""

    def __init__(self, app: Litestar) -> None:
        self._state = app.state

    def p99_ms(self) -> float | None:
        """Since the start, streams left out."""
        return self._state.measures.requests.p99_ms()

    def open_streams(self) -> int:
        """Now."""
        return self._state.streams.count


def offices(links: Links, desk: Desk) -> dict[str, Any]:
    """What handlers ask for by name besides the desk: one entry a room, made once a process."""
    opening = opening_offices(
        links.settings, links.database, links.suitability, links.vision, links.banks
    )
    corporate = CorporateActions(links.database, links.counters, catalogue(), links.quotes)
    rights = RightsIssues(links.database, links.counters, catalogue(), corporate)
    rule_book = RuleBook(links.database, links.clock)
    alerts, audit = Alerts(links.database), Audit(links.database, catalogue())
    cases = Cases(links.database, desk.restrictions)
    tape = TapeReader(links.settings.tape)
    letters = letters_of(links, desk, cases, alerts, opening.archive)
    carriers = (desk.switches, desk.restrictions, links.tariffs, rights, rule_book, letters)
    return {
        "approvals": ApprovalQueue(
            links.database, catalogue(), links.clock, (*carriers, opening.settling)
        ),
        "archive": opening.archive,
        "audit": audit,
        "alerts": alerts,
        "cases": cases,
        "dossier": Dossier(
            DossierParts(links.database, catalogue(), alerts, cases, audit, tape, desk.name)
        ),
        "heat": Heat(links.database),
        "lessons": Lessons(links.database, alerts, rule_book),
        "letters": letters,
        "backtests": Backtests(links.database, cases.outcomes_of, tape.since_ms),
        "rulebook": rule_book,
        "tariffs": links.tariffs,
        "complaints": Complaints(
            links.database, catalogue(), vault(links.settings), desk.trading_day
        ),
        "conditions": Conditions(links.database, links.quotes, links.rule_book, catalogue()),
        "corporate": corporate,
        "custody": Custody(links.funding, catalogue()),
        "credit": CreditOffice(links.database, links.quotes, simulated=links.settings.world),
        "evidence": evidence(links),
        "exposure": ExposureOffice(links.database, links.counters, links.quotes),
        "operations": OperationsOffice(links.database),
        "inquiry": Inquiry(desk),
        "messages": Messages(links.database, catalogue()),
        "permissions": links.permissions,
        "proofs": Proofs(links.database, desk.restrictions, opening.onboarding.parts.verification),
        "rights": rights,
        "onboarding": opening.onboarding,
        "screening": opening.screening,
        "settling": opening.settling,
        "signing": opening.signing,
        "sample_cards": SampleCards(links.settings.vision_python, SOURCE),
        "stage": stage(links),
        "statements": statements(links),
        "suitability": links.suitability,
        "verifier": verifier(links.settings, links.database, opening.archive),
        "witness": opening.witness,
    }


def letters_of(
    links: Links, desk: Desk, cases: Cases, alerts: Alerts, documents: Archive
) -> Letters:
    """The office of letters to the exchange and to clients."""
    return Letters(
        LetterParts(
            links.database,
            catalogue(),
            cases,
            alerts,
            documents,
            TypstPrinter(),
            sealer(links.settings, links.database, sheet_printer()),
            desk.trading_day,
            simulated=links.settings.world,
        )
    )


def stage(links: Links) -> Stage:
    """What a demonstration shows of its own world; nothing elsewhere."""
    settings = links.settings
    if not (settings.demo and settings.world):
        return Stage(None)
    return Stage(Offices(settings.offices_address, settings.member), links.banks)


def statements(links: Links) -> Statements:
    """The office of statements, contract notes and costs."""
    return Statements(
        links.database,
        links.counters,
        links.quotes,
        links.rule_book,
        catalogue(),
        links.clock,
        TypstPrinter(),
        simulated=links.settings.world,
    )


def evidence(links: Links) -> Evidence:
    """The office that keeps screens and makes packs, over everything that is known of a client."""
    settings = links.settings
    logs = {"rooms": links.database}
    for number in range(settings.counters):
        logs[f"counter-{number}"] = links.logs[number] if links.logs else links.database
    known = sources.of_the_house(links.rule_book, catalogue(), settings.tape, settings.heads)
    parts = PackParts(
        links.database,
        logs,
        (*known, told_to_client),
        HeadSigner(settings.keys / "log-head.pem"),
        catalogue(),
        field_names(list(event_kinds().values())),
        settings.member,
        simulated=settings.world,
    )
    return Evidence(parts)


def told_to_client(tx: ReadTx, scope: Scope) -> list[Item]:
    """What the client was told, and when they read it."""
    found = told_between(tx, scope.account, scope.from_ms, scope.to_ms)
    return [Item("messages.json", "evidence.file.messages", pretty(found))] if found else []


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
