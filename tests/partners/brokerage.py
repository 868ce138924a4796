"""A whole brokerage in one process for tests of the web: real rooms, a counter without a socket."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyotp
from litestar import Litestar, Router
from litestar.testing import TestClient

from tests.letters.office import lessons_of, letters_of
from tests.verification.eyes import Eyes, proofs_by
from yunquan.actions import CorporateActions
from yunquan.app.event_kinds import event_kinds
from yunquan.app.locale import catalogue
from yunquan.app.records import CounterPermissions, DayEndAssets, OwnTrades
from yunquan.app.web import WebParts, WebValues, make_app
from yunquan.app.wiring import AlertFlow
from yunquan.approvals import ApprovalQueue
from yunquan.audit import Audit
from yunquan.backtests import Backtests
from yunquan.bars.types import MinuteBar
from yunquan.cases import Cases
from yunquan.clients import Sealing, issue_simulated_securities, open_accounts, register_client
from yunquan.clients.types import CashKind, NewAccounts, NewClient, Permission
from yunquan.cockpit.service.cockpit import Cockpit
from yunquan.complaints import Complaints
from yunquan.conditions import Conditions
from yunquan.counter import Counters, DirectClient, Driver, Journal, SnapshotFiles
from yunquan.counter.events import codec
from yunquan.counter.rules.reference import Reference, session_key, session_now
from yunquan.counter.types import (
    Deposit,
    OpenAccount,
    RollDay,
    SecuritiesAccount,
    TransferIn,
    VenueReport,
)
from yunquan.credit import CreditOffice
from yunquan.custody import Custody
from yunquan.desk import Desk
from yunquan.desk.readers import AccountNews
from yunquan.dossier import Dossier, DossierParts
from yunquan.evidence import Evidence, PackParts, field_names, sources
from yunquan.exposure import ExposureOffice
from yunquan.funding import Funding, bind, load_bank_terms, set_cash_password
from yunquan.funding.types import BankAnswer, BankRequest, BankResult, MarketMoment
from yunquan.heat import Heat
from yunquan.history.readers import PROJECTION
from yunquan.inquiry import Inquiry
from yunquan.kernel.errors import Unavailable
from yunquan.kernel.proof import HeadSigner
from yunquan.kernel.readers import catch_up
from yunquan.kernel.transaction import Database
from yunquan.market import day_of_notice, load_rule_book
from yunquan.market.rules import day_phases
from yunquan.market.types import Instrument, InstrumentNotice, MarketStatus
from yunquan.messages import Messages
from yunquan.messages.readers import TELLING
from yunquan.operations import OperationsOffice
from yunquan.partners.api import router as api
from yunquan.quotes import QuoteBoard, TapeReader
from yunquan.quotes.types import Quote
from yunquan.rights import RightsIssues
from yunquan.rulebook import RuleBook
from yunquan.security import Argon2Passwords, LoginDesk, Sm4Vault, register_staff
from yunquan.security.types import HashParameters, Role, SecurityLimits
from yunquan.statements import Statements, TypstPrinter
from yunquan.suitability import Permissions, Suitability
from yunquan.surveillance import AlertNews, Alerts
from yunquan.tariffs import Tariffs

DAY = "2026-07-13"
PASSWORD = "correct-Horse-7"
CASH_PASSWORD = "246813"
BANK_PASSWORD = "135724"
CHENSHAN, HAIYUAN = "600519.SH", "000001.SZ"
LOCALE = Path(__file__).resolve().parents[2] / "src" / "yunquan" / "app" / "locale"
CHEAP = HashParameters(memory_kib=64, passes=1, lanes=1)
RULES = load_rule_book()
# Valid check digits; nobody's.
ID_NUMBERS = ("990105199003071232", "990105198801010026")


def notice(symbol: str, name_zh: str, name_en: str, prev_close_milli: int) -> InstrumentNotice:
    instrument = Instrument(symbol, symbol[-2:], "main", name_zh, name_en, simulated="intraday")
    up, down = prev_close_milli * 11 // 10 // 10 * 10, prev_close_milli * 9 // 10 // 10 * 10
    return InstrumentNotice(instrument, DAY, prev_close_milli, up, down, halted=False)


NOTICES = (
    notice(CHENSHAN, "晨山酒业", "Chenshan Spirits", 100_000),
    notice(HAIYUAN, "海原银行", "Haiyuan Bank", 10_000),
)


def quote(symbol: str, last: int, seq: int = 1) -> Quote:
    bids = tuple((last - 10 * step, 100 * step) for step in range(1, 6))
    asks = tuple((last + 10 * step, 100 * step) for step in range(1, 6))
    at = f"{DAY}T09:45:00.000+08:00"
    return Quote(symbol, seq, at, last, last, last + 50, last - 50, last, 10_000, 10**8, bids, asks)


class Venue:
    """Takes what the counter sends; a test answers for it."""

    def __init__(self) -> None:
        self.orders: list[str] = []
        self.cancels: list[str] = []

    def send_order(self, _gateway: str, order: str, *_rest: Any) -> None:
        self.orders.append(order)

    def send_cancel(self, _gateway: str, order: str) -> None:
        self.cancels.append(order)

    def query(self, _gateway: str, order: str) -> None:
        """Nothing is in doubt here."""


class FakeBank:
    """Does what it is asked, unless told to refuse or to be silent."""

    day = DAY
    is_up = True

    def __init__(self, code: str = "simbank") -> None:
        self.code = code
        self.done: dict[str, BankRequest] = {}
        self.refusal = ""
        self.silent = False

    async def transfer(self, request: BankRequest) -> BankAnswer:
        if self.silent:
            raise Unavailable("bank.unreachable")
        if self.refusal:
            return BankAnswer(BankResult.REFUSED, self.refusal)
        self.done[request.serial] = request
        return BankAnswer(BankResult.DONE, bank_serial=f"B{len(self.done)}")

    async def sign(self, bank_account: str, holder: str, password: str) -> str:
        if self.silent:
            raise Unavailable("bank.slow")
        if self.refusal:
            return self.refusal
        return "" if password == BANK_PASSWORD else "bank.wrong_password"

    async def reverse(self, serial: str, day: str) -> BankAnswer:
        if self.silent:
            raise Unavailable("bank.slow")
        assert day == DAY
        self.done.pop(serial, None)
        return BankAnswer(BankResult.REVERSED)

    async def list_files(self) -> tuple[tuple[str, int], ...]:
        return ()

    async def fetch_file(self, day: str, version: int) -> bytes:
        raise Unavailable("bank.unreachable")


@dataclass
class Brokerage:
    """Everything behind the faces, and shortcuts to speak to it."""

    desk: Desk
    login: LoginDesk
    driver: Driver
    venue: Venue
    bank: FakeBank
    passwords: Argon2Passwords
    values: WebValues
    sealing: Sealing
    folder: Path
    accounts: dict[str, str] = field(default_factory=dict)
    clients: dict[str, str] = field(default_factory=dict)
    totp: dict[str, str] = field(default_factory=dict)
    halts: dict[str, str] = field(default_factory=dict)
    keys: Any = field(default_factory=lambda: itertools.count(1))
    reports: Any = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        # Whoever stands before a client's camera.
        self.eyes = Eyes()
        # Alerts as surveillance would push them.
        self.news = AlertNews(self.desk.database)

    def dossier(self) -> Dossier:
        """What is known of an account, from a tape beside the keys."""
        desk, database = self.desk, self.desk.database
        parts = DossierParts(
            database,
            desk.catalogue,
            Alerts(database),
            Cases(database, desk.restrictions),
            Audit(database, desk.catalogue),
            TapeReader(self.folder / "tape"),
            desk.name,
        )
        return Dossier(parts)

    def app(
        self,
        routers: Sequence[Router] = (),
        rooms: Mapping[str, Path] | None = None,
        probes: Mapping[str, Any] | None = None,
        cockpit: Cockpit | None = None,
        more: Mapping[str, Any] | None = None,
        **values: Any,
    ) -> Litestar:
        parts = WebParts(
            desk=self.desk,
            login=self.login,
            sealing=self.sealing,
            values=replace(self.values, **values),
            rooms=rooms or {},
            probes=probes or {},
            offices={
                **plans_of(self.desk, letters_of(self.desk, self.folder)),
                "alerts": Alerts(self.desk.database),
                "backtests": Backtests(
                    self.desk.database,
                    Cases(self.desk.database, self.desk.restrictions).outcomes_of,
                    int,
                ),
                "audit": Audit(self.desk.database, self.desk.catalogue),
                "cases": Cases(self.desk.database, self.desk.restrictions),
                "credit": CreditOffice(self.desk.database, self.desk.quotes, simulated=True),
                "exposure": ExposureOffice(
                    self.desk.database, self.desk.counters, self.desk.quotes
                ),
                "operations": OperationsOffice(self.desk.database),
                "dossier": self.dossier(),
                "heat": Heat(self.desk.database),
                "letters": letters_of(self.desk, self.folder),
                "lessons": lessons_of(self.desk),
                "rulebook": RuleBook(self.desk.database, self.desk.clock),
                "complaints": self.complaints(),
                "conditions": Conditions(
                    self.desk.database, self.desk.quotes, RULES, self.desk.catalogue
                ),
                "corporate": corporate_of(self.desk),
                "custody": Custody(self.desk.funding, self.desk.catalogue),
                "evidence": evidence_of(self.desk, self.folder),
                "inquiry": Inquiry(self.desk),
                "messages": Messages(self.desk.database, self.desk.catalogue),
                "proofs": proofs_by(self.desk, self.sealing, self.folder, self.eyes),
                **({"cockpit": cockpit} if cockpit else {}),
                **self.suitability(),
                **(more or {}),
                "rights": rights_of(self.desk),
                "statements": self.statements(),
                **(more or {}),
            },
            watched={"cockpit": (cockpit.board, 5.0)} if cockpit else {},
            flows={"alerts": AlertFlow(self.news, self.desk)},
        )
        return make_app(parts, [api, *routers])

    def complaints(self) -> Complaints:
        desk = self.desk
        return Complaints(desk.database, desk.catalogue, self.login.vault, desk.trading_day)

    def suitability(self) -> dict[str, Any]:
        """The offices of what clients can bear and may trade."""
        desk = self.desk
        suitability = Suitability(desk.database, desk.catalogue, self.sealing, desk.trading_day)
        line = CounterPermissions(desk.counters)
        permissions = Permissions(suitability, DayEndAssets(), OwnTrades(), line)
        return {"suitability": suitability, "permissions": permissions}

    def statements(self) -> Statements:
        desk = self.desk
        return Statements(
            desk.database,
            desk.counters,
            desk.quotes,
            desk.rule_book,
            desk.catalogue,
            desk.clock,
            TypstPrinter(),
            simulated=True,
        )

    def submit(self, command: Any) -> Any:
        return DirectClient(self.driver).submit_now(command)

    def add_client(self, name: str, id_number: str, cash_fen: int = 0) -> str:
        new = NewClient(
            name, "林晓舟", "13800000000", id_number, "2039-12-31", frozenset((Permission.STAR,))
        )
        with self.desk.database.transaction() as tx:
            client = register_client(tx, new, self.passwords.hash_now(PASSWORD), self.sealing)
            securities = issue_simulated_securities(tx, CashKind.ORDINARY)
            opening = open_accounts(tx, client.id, NewAccounts(CashKind.ORDINARY, securities))
            bind(tx, opening.account, f"6222{opening.account}", client.name)
            set_cash_password(tx, opening.account, self.passwords.hash_now(CASH_PASSWORD))
        self.submit(
            OpenAccount(
                f"system:open:{opening.account}",
                opening.account,
                str(client.id),
                "ordinary",
                "CNY",
                tuple(
                    SecuritiesAccount(s.market, s.number, s.designated, s.custody_unit)
                    for s in securities
                ),
                opening.permissions,
                opening.id_valid_until,
            )
        )
        if cash_fen:
            self.submit(
                Deposit(f"system:in:{opening.account}", opening.account, cash_fen, "simbank")
            )
            self.submit(
                TransferIn(
                    f"system:tr:{opening.account}", opening.account, HAIYUAN, 1000, "elsewhere"
                )
            )
        self.accounts[name], self.clients[name] = opening.account, str(client.id)
        return opening.account

    def add_staff(self, name: str, *roles: Role) -> None:
        hashed = self.passwords.hash_now(PASSWORD)
        with self.desk.database.transaction() as tx:
            _, uri = register_staff(
                tx, name, name.title(), frozenset(roles), hashed, self.login.vault
            )
        self.totp[name] = pyotp.parse_uri(uri).secret

    def code(self, name: str) -> str:
        return pyotp.TOTP(self.totp[name]).at(self.desk.clock.now())

    def report(self, kind: str, order: str, price: int = 0, qty: int = 0) -> None:
        index = next(self.reports)
        self.submit(VenueReport(f"g:{index}", "g", index, kind, order, f"E{index}", price, qty, ""))


def plans_of(desk: Desk, *more: Any) -> dict[str, Any]:
    """The offices of fee plans and of what waits for a second person."""
    parts = (desk.database, desk.counters, desk.catalogue, desk.clock)

    def today() -> str:
        status = desk.market_status()
        return status.trading_day if status else DAY

    plans = Tariffs(*parts, RULES, today)
    rules = RuleBook(desk.database, desk.clock)
    carriers = (desk.switches, desk.restrictions, plans, rights_of(desk), rules, *more)
    queue = ApprovalQueue(desk.database, desk.catalogue, desk.clock, carriers)
    return {"tariffs": plans, "approvals": queue}


def corporate_of(desk: Desk) -> CorporateActions:
    """The office of corporate actions."""
    return CorporateActions(desk.database, desk.counters, desk.catalogue, desk.quotes)


def rights_of(desk: Desk) -> RightsIssues:
    """The office of rights issues."""
    return RightsIssues(desk.database, desk.counters, desk.catalogue, corporate_of(desk))


def evidence_of(desk: Desk, folder: Path) -> Evidence:
    """The office of evidence over one database."""
    logs = {"rooms": desk.database, "counter-0": desk.database}
    known = sources.of_the_house(RULES, desk.catalogue, folder / "tape", folder / "heads")
    signer = HeadSigner(folder / "keys" / "log-head.pem")
    fields = field_names(list(event_kinds().values()))
    parts = PackParts(
        desk.database, logs, known, signer, desk.catalogue, fields, "YQ01", simulated=True
    )
    return Evidence(parts)


def make_brokerage(database: Database, folder: Path, values: WebValues | None = None) -> Brokerage:
    """Two clients with accounts, one with money and shares, and four members of staff."""
    clock = database.clock
    passwords = Argon2Passwords(CHEAP, threads=2)
    board = QuoteBoard(clock)
    board.on_heard()
    board.on_market(MarketStatus(DAY, "09:45:00", "continuous", 10.0))
    for item in NOTICES:
        board.on_instrument(item)
        board.on_quote(quote(item.instrument.symbol, item.prev_close_milli))
    board.on_minutes(
        CHENSHAN, DAY, [MinuteBar("09:31", 100_000, 100_500, 99_500, 100_100, 500, 5_000_000)]
    )
    vault = Sm4Vault(b"k" * 16)
    login = LoginDesk(database, passwords, vault, b"c" * 32, SecurityLimits())
    driver = Driver("0", Journal(database, "0"), SnapshotFiles(folder / "snapshots"), clock)
    days = {item.instrument.symbol: day_of_notice(RULES, item) for item in NOTICES}
    sessions = {
        session_key(day.market, day.board, day.product): session_now(
            day_phases(RULES, day.market, day.board, day.product, DAY), "continuous", 38_538
        )
        for day in days.values()
    }
    driver.reference_parts = lambda now_ms: Reference(
        DAY, now_ms, days, sessions, frozenset(("SH", "SZ")), {}, {}, 38_538
    )
    driver.open()
    venue = Venue()
    driver.gateway = venue
    news = AccountNews()
    driver.on_commit.append(lambda seq, body, _events: news.on_committed(seq, body))
    for reader in (PROJECTION, TELLING):
        driver.on_commit.append(
            lambda *_, reader=reader: (
                catch_up(reader, "counter-0", database, database, codec()) and None
            )
        )
    counters, bank = Counters([DirectClient(driver)]), FakeBank()
    desk = Desk(
        database,
        counters,
        board,
        RULES,
        catalogue(),
        clock,
        news,
        Funding(
            database,
            counters,
            {bank.code: bank, "yanpu": FakeBank("yanpu")},
            clock,
            passwords,
            load_bank_terms(),
            lambda: MarketMoment(DAY, "10:00"),
        ),
        simulated=True,
    )
    sealing = Sealing(vault, b"d" * 32)
    chosen = values or WebValues()
    made = Brokerage(desk, login, driver, venue, bank, passwords, chosen, sealing, folder)
    made.submit(RollDay(f"system:roll:{DAY}", DAY))
    made.add_client("linxz", ID_NUMBERS[0], cash_fen=100_000_00)
    made.add_client("zhoums", ID_NUMBERS[1], cash_fen=50_000_00)
    made.add_staff("ops", Role.OPERATIONS, Role.RISK)
    made.add_staff("second", Role.RISK)
    made.add_staff("desk", Role.SERVICE)
    made.add_staff("audit", Role.AUDIT)
    return made


class Visitor:
    """A program that speaks to the API under somebody's token."""

    def __init__(self, brokerage: Brokerage, client: TestClient[Litestar], name: str = "") -> None:
        self.brokerage = brokerage
        self.client = client
        self.name = name
        self.headers: dict[str, str] = {"Accept-Language": "en"}
        if name:
            self.log_in(name)

    def log_in(self, name: str) -> None:
        body: dict[str, str] = {"login_name": name, "password": PASSWORD}
        if name in self.brokerage.totp:
            body |= {"kind": "staff", "totp_code": self.brokerage.code(name)}
        answer = self.client.post("/api/v1/sessions", json=body)
        assert answer.status_code == 201, answer.text
        self.headers["Authorization"] = f"Bearer {answer.json()['token']}"

    @property
    def account(self) -> str:
        return self.brokerage.accounts[self.name]

    def get(self, path: str, **params: Any) -> Any:
        return self.client.get(f"/api/v1{path}", params=params, headers=self.headers)

    def send(
        self, method: str, path: str, body: Any = None, key: str | None = "", **params: Any
    ) -> Any:
        """key: "" for a fresh one, None for none."""
        headers = dict(self.headers)
        if key is not None:
            headers["Idempotency-Key"] = key or f"key-{next(self.brokerage.keys)}"
        kwargs: dict[str, Any] = {} if body is None else {"json": body}
        return self.client.request(
            method, f"/api/v1{path}", headers=headers, params=params, **kwargs
        )

    def order(self, **changes: Any) -> dict[str, Any]:
        base = {
            "account": self.account,
            "symbol": CHENSHAN,
            "side": "buy",
            "price": "100.00",
            "qty": 100,
        }
        return base | changes
