"""The depository's books on disk: unified accounts 一码通, what hangs on them, where it is used.

Who has accounts at other brokers already follows from the population and is written down when the
depository first hears of them. Numbers are given once.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yunquan_world.offices.vault import OfficeVault
from yunquan_world.population import (
    DESIGNATED_ELSEWHERE,
    FROZEN,
    OLD_NUMBER,
    ONE_ACCOUNT,
    THREE_ACCOUNTS,
    TWO_ACCOUNTS,
    Person,
)

_TABLES = """
CREATE TABLE IF NOT EXISTS holders (
    identity TEXT PRIMARY KEY, ymt TEXT NOT NULL UNIQUE, name TEXT NOT NULL, number TEXT NOT NULL,
    state TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS accounts (
    account TEXT PRIMARY KEY, ymt TEXT NOT NULL, market TEXT NOT NULL, kind TEXT NOT NULL,
    broker TEXT NOT NULL, designated TEXT NOT NULL, positions INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS accounts_of ON accounts (ymt);
CREATE TABLE IF NOT EXISTS custody (
    account TEXT NOT NULL, firm TEXT NOT NULL, unit TEXT NOT NULL,
    PRIMARY KEY (account, firm)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS waiting (
    place INTEGER PRIMARY KEY, firm TEXT NOT NULL, serial TEXT NOT NULL, day TEXT NOT NULL,
    body BLOB NOT NULL, UNIQUE (firm, serial));
CREATE TABLE IF NOT EXISTS results (
    place INTEGER PRIMARY KEY, firm TEXT NOT NULL, serial TEXT NOT NULL, day TEXT NOT NULL,
    op TEXT NOT NULL, result TEXT NOT NULL, code TEXT NOT NULL, ymt TEXT NOT NULL,
    accounts TEXT NOT NULL, UNIQUE (firm, serial));
CREATE INDEX IF NOT EXISTS results_of_day ON results (firm, day);
CREATE TABLE IF NOT EXISTS files (
    firm TEXT NOT NULL, day TEXT NOT NULL, version INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (firm, day, version));
"""
SHARES, FUND = "A", "F"
_OTHERS = ("QH01", "BL02", "NS03")
_HELD = {ONE_ACCOUNT: 1, TWO_ACCOUNTS: 2, THREE_ACCOUNTS: 3}
# First characters of numbers. Source: ChinaClear, numbering of securities accounts.
_NUMBERS = {
    ("SH", SHARES): "A{:09d}",
    ("SH", FUND): "F{:09d}",
    ("SZ", SHARES): "01{:08d}",
    ("SZ", FUND): "05{:08d}",
}


@dataclass(frozen=True)
class Holder:
    """A unified account. identity: the number of 18 characters of who it is; number and name: as
    the depository has them. state: "active" or "frozen"."""

    identity: str
    ymt: str
    name: str
    number: str
    state: str


@dataclass(frozen=True)
class Held:
    """A sub-account. designated: the broker that trades for it in Shanghai, "" for none."""

    account: str
    ymt: str
    market: str
    kind: str
    broker: str
    designated: str
    positions: int

    def shown(self) -> dict[str, Any]:
        return {
            "account": self.account,
            "market": self.market,
            "kind": self.kind,
            "broker": self.broker,
            "designated": self.designated,
        }


class Register:
    """The tables, and the few moves they know."""

    def __init__(self, folder: Path, sync: str):
        self.vault = OfficeVault(folder / "office-depository.sqlite", sync, _TABLES)

    def holder(self, identity: str, person: Person | None) -> Holder | None:
        """Whose unified account this is; None if they have none. person: of the population, so
        that what they have elsewhere is known."""
        query = "SELECT * FROM holders WHERE identity = ?"
        row = self.vault.row(query, identity)
        if row is None and person is not None and person.traits & _HELD.keys():
            self._write_down(person)
            row = self.vault.row(query, identity)
        return Holder(*row) if row else None

    def accounts(self, ymt: str) -> list[Held]:
        query = "SELECT * FROM accounts WHERE ymt = ? ORDER BY account"
        return [Held(*row) for row in self.vault.rows(query, ymt)]

    def account(self, number: str) -> Held | None:
        row = self.vault.row("SELECT * FROM accounts WHERE account = ?", number)
        return Held(*row) if row else None

    def open_holder(self, identity: str, name: str) -> Holder:
        ymt = f"18{self._next('ymt'):010d}"
        return self._insert_holder(Holder(identity, ymt, name, identity, "active"))

    def open_account(self, ymt: str, market: str, kind: str, broker: str) -> Held:
        number = _NUMBERS[market, kind].format(self._next(market + kind))
        held = Held(number, ymt, market, kind, broker, "", 0)
        self._insert_account(held)
        return held

    def update(self, identity: str, name: str) -> None:
        change = "UPDATE holders SET name = ?, number = ? WHERE identity = ?"
        self.vault.change(change, name, identity, identity)

    def keep_in(self, account: str, firm: str, unit: str) -> None:
        """Let a firm hold what a Shenzhen account has with it, in its unit 托管单元."""
        self.vault.change("INSERT OR REPLACE INTO custody VALUES (?, ?, ?)", account, firm, unit)

    def designate(self, account: str, firm: str) -> None:
        self.vault.change("UPDATE accounts SET designated = ? WHERE account = ?", firm, account)

    def release(self, account: str) -> bool:
        """The other broker lets an account go, its positions sold or moved."""
        change = "UPDATE accounts SET designated = '', positions = 0 WHERE account = ?"
        return self.vault.change(change, account) == 1

    def _write_down(self, person: Person) -> None:
        with self.vault.write():
            old = person.old_number if OLD_NUMBER in person.traits else person.number
            ymt = f"18{self._next('ymt'):010d}"
            state = "frozen" if FROZEN in person.traits else "active"
            name = person.former_name or person.name
            self._insert_holder(Holder(person.number, ymt, name, old, state))
            count = max(_HELD.get(trait, 0) for trait in person.traits)
            stuck = DESIGNATED_ELSEWHERE in person.traits
            for broker in _OTHERS[:count]:
                for market in ("SH", "SZ"):
                    number = _NUMBERS[market, SHARES].format(self._next(market + SHARES))
                    designated = broker if market == "SH" else ""
                    held = Held(number, ymt, market, SHARES, broker, designated, int(stuck))
                    self._insert_account(held)

    def _insert_holder(self, holder: Holder) -> Holder:
        values = (holder.identity, holder.ymt, holder.name, holder.number, holder.state)
        self.vault.change("INSERT INTO holders VALUES (?, ?, ?, ?, ?)", *values)
        return holder

    def _insert_account(self, held: Held) -> None:
        values = (held.account, held.ymt, held.market, held.kind, held.broker, held.designated)
        insert = "INSERT INTO accounts VALUES (?, ?, ?, ?, ?, ?, ?)"
        self.vault.change(insert, *values, held.positions)

    def _next(self, name: str) -> int:
        number = int(self.vault.fact(f"next {name}") or "1")
        self.vault.keep_fact(f"next {name}", str(number + 1))
        return number
