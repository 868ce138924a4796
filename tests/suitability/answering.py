"""An office of suitability over a database, and people who answer."""

from __future__ import annotations

from typing import Any

from yunquan.app.locale import catalogue
from yunquan.clients import Sealing, issue_simulated_securities, open_accounts, register_client
from yunquan.clients.types import CashKind, ClientId, NewAccounts, NewClient
from yunquan.kernel.residents import check_digit
from yunquan.kernel.transaction import Database, ReadTx
from yunquan.security import Sm4Vault
from yunquan.suitability import Permissions, Suitability
from yunquan.suitability.types import AverageAssets, Trace

DAY = "2026-07-13"
SEALING = Sealing(Sm4Vault(b"v" * 16), b"d" * 32)
CALM = {
    "capacity": ("full",),
    "age": ("31_50",),
    "income_source": ("wages",),
    "income": ("200k_500k",),
    "assets": ("1m_5m",),
    "debts": ("mortgage",),
    "learning": ("degree", "self_taught"),
    "experience": ("5_10",),
    "traded": ("cash", "bond", "equity"),
    "horizon": ("3_5",),
    "wanted": ("cash", "bond", "equity"),
    "goal": ("grow",),
    "loss": ("10_30",),
}
# Class C3, who wants shares all the same.
CAREFUL = CALM | {
    "income": ("50k_200k",),
    "assets": ("100k_500k",),
    "learning": ("self_taught",),
    "experience": ("2_5",),
    "horizon": ("1_3",),
    "goal": ("steady",),
    "loss": ("under_10",),
}
READ = Trace(spent_ms={code: 8_000 for code in CALM}, seen=tuple(CALM))


class Closes:
    """What somebody owned, as a test says."""

    def __init__(self, fen: int = 0) -> None:
        self.fen = fen

    def average_before(self, tx: ReadTx, client: str, day: str, days: int) -> AverageAssets:
        return AverageAssets(self.fen, days if self.fen else 0)


class Trades:
    """Since when, as a test says."""

    def __init__(self, day: str = "") -> None:
        self.day = day

    def first_trade(self, tx: ReadTx, client: str) -> str:
        return self.day


class Line:
    """Counters that answer, refuse or are away."""

    def __init__(self) -> None:
        self.granted: list[tuple[str, str, str, str]] = []
        self.code = ""
        self.error: Exception | None = None

    async def grant(self, command: str, account: str, permission: str, basis: str) -> str:
        if self.error:
            raise self.error
        if not self.code:
            self.granted.append((command, account, permission, basis))
        return self.code


class Office:
    """Both offices with a day that a test moves."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.day = DAY
        self.closes, self.trades, self.line = Closes(), Trades(), Line()
        self.suitability = Suitability(database, catalogue(), SEALING, lambda: self.day)
        self.permissions = Permissions(self.suitability, self.closes, self.trades, self.line)
        self.keys = 0

    def shown(self, locale: str = "zh_CN") -> str:
        return self.suitability.questionnaire(locale).digest

    def assess(self, owner: str, answers: Any = None, **more: Any) -> Any:
        self.keys += 1
        key = more.pop("key", f"k{self.keys}")
        digest = more.pop("digest", self.shown())
        more.setdefault("trace", READ)
        with self.database.transaction(actor=f"client:{owner}") as tx:
            return self.suitability.assess(tx, owner, answers or CALM, digest, key, **more)

    def client(self, name: str = "linxz", born: str = "19900307", order: int = 123) -> str:
        """Somebody registered with an account. born: YYYYMMDD."""
        seventeen = f"990105{born}{order:03d}"
        number = seventeen + check_digit(seventeen)
        new = NewClient(name, "林晓舟", "13800000000", number, "2039-12-31")
        with self.database.transaction() as tx:
            client = register_client(tx, new, "-", SEALING).id
            securities = issue_simulated_securities(tx, CashKind.ORDINARY)
            open_accounts(tx, ClientId(client), NewAccounts(CashKind.ORDINARY, securities))
        return str(client)
