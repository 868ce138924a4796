"""A simulated bank's books on disk: accounts, and each transfer under its serial, done once.

Amounts are in fen. Every result is on disk before it is told. A day is cut off once; what a firm
asks for under a day that is over, or takes back after it, is refused, so that the day's file is the
last word on every serial of the day but those that the bank began and the firm hasn't answered.
"""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from yunquan_world.bank_habits import Habits
from yunquan_world.messages import (
    OpenAccount,
    Opened,
    OpenRefused,
    Signed,
    Transfer,
    TransferResult,
)

_TABLES = """
CREATE TABLE IF NOT EXISTS accounts (
    bank_account TEXT PRIMARY KEY, holder TEXT NOT NULL, firm TEXT NOT NULL,
    password TEXT NOT NULL, balance_fen INTEGER NOT NULL CHECK (balance_fen >= 0)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS transfers (
    number INTEGER PRIMARY KEY, firm TEXT NOT NULL, begun TEXT NOT NULL, serial TEXT NOT NULL,
    body TEXT NOT NULL, day TEXT NOT NULL, ended_day TEXT NOT NULL, minute TEXT NOT NULL,
    direction TEXT NOT NULL, bank_account TEXT NOT NULL, amount_fen INTEGER NOT NULL,
    fee_fen INTEGER NOT NULL, result TEXT NOT NULL, code TEXT NOT NULL,
    balance_fen INTEGER NOT NULL, UNIQUE (firm, begun, serial));
CREATE INDEX IF NOT EXISTS transfers_by_day ON transfers (firm, day);
CREATE INDEX IF NOT EXISTS transfers_of_account ON transfers (bank_account, day, direction);
CREATE TABLE IF NOT EXISTS files (
    firm TEXT NOT NULL, day TEXT NOT NULL, version INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (firm, day, version));
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
TO_BROKER, TO_BANK = "to_broker", "to_bank"


@dataclass(frozen=True)
class Kept:
    """A transfer as it stands. begun: "firm" or "bank"; result: open, done, refused, reversed."""

    number: int
    firm: str
    begun: str
    serial: str
    body: str
    day: str
    ended_day: str
    minute: str
    direction: str
    bank_account: str
    amount_fen: int
    fee_fen: int
    result: str
    code: str
    balance_fen: int

    @property
    def bank_serial(self) -> str:
        return f"K{self.number:012d}"

    def told(self) -> TransferResult:
        """What the firm hears of it."""
        return TransferResult(
            self.serial, self.result, self.code, self.bank_serial, self.balance_fen, self.fee_fen
        )


def hidden(bank_account: str, password: str) -> str:
    """A password as it is kept; "" of none."""
    if not password:
        return ""
    return hashlib.scrypt(password.encode(), salt=bank_account.encode(), n=1024, r=8, p=1).hex()


class Vault:
    """day: the day that transfers are booked under. minute: "HH:MM" of the market's clock."""

    def __init__(self, path: Path, sync: str, habits: Habits):
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute(f"PRAGMA synchronous = {sync}")
        self._take_over_older_books()
        self._connection.executescript(_TABLES)
        self._habits = habits
        self.day = self._fact("day")
        self.is_open = False
        self.minute = ""

    def close(self) -> None:
        self._connection.close()

    def _take_over_older_books(self) -> None:
        """Books of before the banks had days: accounts keep their balances, transfers are set
        aside, as no file of theirs will come.
        """
        columns = {row[1] for row in self._connection.execute("PRAGMA table_info (accounts)")}
        if not columns or "firm" in columns:
            return
        self._connection.executescript(
            "ALTER TABLE accounts ADD COLUMN firm TEXT NOT NULL DEFAULT 'YQ01';"
            "ALTER TABLE accounts ADD COLUMN password TEXT NOT NULL DEFAULT '';"
            "ALTER TABLE transfers RENAME TO transfers_before;"
        )

    def begin_day(self, day: str) -> None:
        """Book under this day from now on."""
        self._connection.execute("INSERT OR REPLACE INTO facts VALUES ('day', ?)", (day,))
        self.day = day

    def open_account(self, request: OpenAccount, firm: str = "YQ01") -> Opened | OpenRefused:
        """Open an account; one that exists keeps its balance and must have the same holder."""
        account = request.bank_account
        values = (account, request.holder, firm, hidden(account, request.password))
        self._connection.execute(
            "INSERT OR IGNORE INTO accounts (bank_account, holder, firm, password, balance_fen)"
            " VALUES (?, ?, ?, ?, ?)",
            (*values, request.balance_fen),
        )
        holder = self._account(account)[0]
        if holder != request.holder:
            return OpenRefused(account, "B03_holder_mismatch")
        return Opened(account)

    def sign(self, bank_account: str, holder: str, password: str) -> Signed:
        """Whether this is the holder's account and password. Nothing moves: again is the same."""
        account = self._account(bank_account)
        if account is None:
            return Signed(bank_account, "B02_unknown_account")
        if account[0] != holder:
            return Signed(bank_account, "B03_holder_mismatch")
        if account[2] and account[2] != hidden(bank_account, password):
            return Signed(bank_account, "B09_wrong_password")
        return Signed(bank_account)

    # What the firm began.

    def transfer(self, firm: str, request: Transfer, password: str) -> TransferResult:
        """Carry a request out, or tell what became of its serial."""
        fields = (request.direction, request.bank_account, request.holder, request.amount_fen)
        body = "|".join(map(str, fields))
        if known := self.find(firm, "firm", request.serial):
            if known.body == "":
                return known.told()
            if known.body == body:
                return known.told()
            return TransferResult(request.serial, "refused", "B05_serial_reused")
        day = request.day or self.day
        code, balance_fen = self._decide(request, day, password)
        with _Write(self._connection):
            if not code:
                self._move(request.direction, request.bank_account, request.amount_fen)
                balance_fen = self.balance_fen(request.bank_account) or 0
            result = "refused" if code else "done"
            self._insert(firm, "firm", request, body, result, code, balance_fen)
        found = self.find(firm, "firm", request.serial)
        assert found is not None
        return found.told()

    def reverse(self, firm: str, serial: str, day: str) -> TransferResult:
        """Undo what this firm began today 冲正; a serial that never came is barred from coming."""
        known = self.find(firm, "firm", serial)
        if known is None and self.find(firm, "bank", serial):
            return TransferResult(serial, "not_reversed", "B08_not_yours")
        if (known.day if known else day) != self.day:
            return TransferResult(serial, "not_reversed", "B07_day_is_over")
        if known is None:
            barred = Transfer(serial, TO_BROKER, "", "", 0, day)
            with _Write(self._connection):
                self._insert(firm, "firm", barred, "", "reversed", "B11_reversed", 0)
            return TransferResult(serial, "reversed")
        if known.result != "done":
            return known.told()
        with _Write(self._connection):
            if not self._unmove(known):
                return TransferResult(serial, "not_reversed", "B01_insufficient")
            self._end(known, "reversed", "B11_reversed")
        return TransferResult(serial, "reversed", "B11_reversed", known.bank_serial)

    # What the bank began, for its customer.

    def begin(self, bank_account: str, direction: str, amount_fen: int) -> Kept | str:
        """A customer asks in the bank's app; the transfer stays open until the firm answers. The
        code of the refusal if the bank itself is against it.
        """
        account = self._account(bank_account)
        if account is None:
            return "B02_unknown_account"
        request = Transfer("", direction, bank_account, account[0], amount_fen, self.day)  # type: ignore[arg-type]
        if code := self._against(request, self.day):
            return code
        firm = account[1]
        with _Write(self._connection):
            if direction == TO_BROKER:
                self._move(direction, bank_account, amount_fen)
            number = self._insert(firm, "bank", request, "", "open", "", 0)
            self._connection.execute(
                "UPDATE transfers SET serial = ? WHERE number = ?", (f"K{number:012d}", number)
            )
        found = self.find(firm, "bank", f"K{number:012d}")
        assert found is not None
        return found

    def answered(self, firm: str, bank_serial: str, result: str, code: str) -> None:
        """The firm's word on what the bank began, or began to take back; the first one counts."""
        known = self.find(firm, "bank", bank_serial)
        if known is None or known.result != "open":
            return
        with _Write(self._connection):
            if result == "done" and known.direction == TO_BANK:
                self._move(known.direction, known.bank_account, known.amount_fen)
            elif result != "done" and known.direction == TO_BROKER:
                self._unmove(known)
            self._end(known, result, code)

    def open_ones(self, firm: str) -> list[Kept]:
        """What the firm hasn't answered, oldest first."""
        query = "firm = ? AND begun = 'bank' AND result = 'open' ORDER BY number"
        return self._load(query, firm)

    # The day's end.

    def of_day(self, firm: str, day: str) -> list[Kept]:
        """Every serial of a day, and what of earlier days ended on it."""
        return self._load("firm = ? AND (day = ? OR ended_day = ?) ORDER BY number", firm, day, day)

    def firms(self) -> list[str]:
        rows = self._connection.execute("SELECT DISTINCT firm FROM accounts ORDER BY firm")
        return [firm for (firm,) in rows]

    def keep_file(self, firm: str, day: str, version: int, body: bytes) -> None:
        """A file once made never changes."""
        self._connection.execute(
            "INSERT OR IGNORE INTO files VALUES (?, ?, ?, ?)", (firm, day, version, body)
        )

    def file(self, firm: str, day: str, version: int) -> bytes | None:
        query = "SELECT body FROM files WHERE firm = ? AND day = ? AND version = ?"
        row = self._connection.execute(query, (firm, day, version)).fetchone()
        return row[0] if row else None

    def files(self, firm: str, days: int = 40) -> list[tuple[str, int]]:
        """The newest version of each day's file, newest day first."""
        query = "SELECT day, MAX(version) FROM files WHERE firm = ? GROUP BY day"
        query += " ORDER BY day DESC LIMIT ?"
        return list(self._connection.execute(query, (firm, days)).fetchall())

    # What is asked of the books.

    def balance_fen(self, bank_account: str) -> int | None:
        """The balance of an account; None if there is no such account."""
        account = self._account(bank_account)
        return account[3] if account else None

    def holder(self, bank_account: str) -> str:
        """Whose account it is."""
        return self._account(bank_account)[0]

    def custody_fen(self, firm: str) -> int:
        """What the firm's clients have moved to it, less what they have moved back."""
        query = "SELECT direction, SUM(amount_fen) FROM transfers"
        query += " WHERE firm = ? AND result = 'done' GROUP BY direction"
        sums = dict(self._connection.execute(query, (firm,)).fetchall())
        return sums.get(TO_BROKER, 0) - sums.get(TO_BANK, 0)

    def find(self, firm: str, begun: str, serial: str) -> Kept | None:
        found = self._load("firm = ? AND begun = ? AND serial = ?", firm, begun, serial)
        return found[0] if found else None

    def _load(self, where: str, *values: str) -> list[Kept]:
        rows = self._connection.execute(f"SELECT * FROM transfers WHERE {where}", values)
        return [Kept(*row) for row in rows]

    def _decide(self, request: Transfer, day: str, password: str) -> tuple[str, int]:
        """The code of the refusal, "" for none, and the balance (0 if it must not be told)."""
        account = self._account(request.bank_account)
        if account is None:
            return "B02_unknown_account", 0
        holder, _, kept, balance_fen = account
        if holder != request.holder:
            return "B03_holder_mismatch", 0
        habits = self._habits
        asked = habits.password_in if request.direction == TO_BROKER else habits.password_out
        # An account that was opened without one isn't asked for it.
        if asked and kept and kept != hidden(request.bank_account, password):
            return "B09_wrong_password", 0
        return self._against(request, day), balance_fen

    def _against(self, request: Transfer, day: str) -> str:
        if day != self.day:
            return "B07_day_is_over"
        if not self.is_open:
            return "B06_closed"
        habits, amount_fen = self._habits, request.amount_fen
        if not 0 < amount_fen <= habits.single_fen:
            return "B04_limit"
        query = "SELECT SUM(amount_fen) FROM transfers WHERE bank_account = ? AND day = ?"
        query += " AND direction = ? AND result IN ('done', 'open')"
        values = (request.bank_account, day, request.direction)
        (moved_fen,) = self._connection.execute(query, values).fetchone()
        if (moved_fen or 0) + amount_fen > habits.day_fen:
            return "B10_day_limit"
        after_fen = (self.balance_fen(request.bank_account) or 0) + self._effect(
            request.direction, amount_fen
        )
        return "B01_insufficient" if after_fen < 0 else ""

    def _effect(self, direction: str, amount_fen: int) -> int:
        fee_fen = self._habits.fee_fen if self._habits.client_pays else 0
        return (amount_fen if direction == TO_BANK else -amount_fen) - fee_fen

    def _move(self, direction: str, bank_account: str, amount_fen: int) -> None:
        change = "UPDATE accounts SET balance_fen = balance_fen + ? WHERE bank_account = ?"
        self._connection.execute(change, (self._effect(direction, amount_fen), bank_account))

    def _unmove(self, known: Kept) -> bool:
        back_fen = -self._effect(known.direction, known.amount_fen)
        if (self.balance_fen(known.bank_account) or 0) + back_fen < 0:
            return False
        change = "UPDATE accounts SET balance_fen = balance_fen + ? WHERE bank_account = ?"
        self._connection.execute(change, (back_fen, known.bank_account))
        return True

    def _insert(
        self,
        firm: str,
        begun: str,
        request: Transfer,
        body: str,
        result: str,
        code: str,
        balance_fen: int,
    ) -> int:
        fee_fen = 0 if result in ("refused", "reversed") else self._habits.fee_fen
        day, ended = request.day or self.day, "" if result == "open" else self.day
        values = (firm, begun, request.serial, body, day, ended, self.minute, request.direction)
        found = self._connection.execute(
            "INSERT INTO transfers (firm, begun, serial, body, day, ended_day, minute, direction,"
            " bank_account, amount_fen, fee_fen, result, code, balance_fen)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*values, request.bank_account, request.amount_fen, fee_fen, result, code, balance_fen),
        )
        return found.lastrowid or 0

    def _end(self, known: Kept, result: str, code: str) -> None:
        fee_fen = known.fee_fen if result == "done" else 0
        self._connection.execute(
            "UPDATE transfers SET result = ?, code = ?, ended_day = ?, fee_fen = ?"
            " WHERE number = ?",
            (result, code, self.day, fee_fen, known.number),
        )

    def _account(self, bank_account: str) -> tuple[str, str, str, int]:
        query = "SELECT holder, firm, password, balance_fen FROM accounts WHERE bank_account = ?"
        return self._connection.execute(query, (bank_account,)).fetchone()

    def _fact(self, name: str) -> str:
        row = self._connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return row[0] if row else ""


class _Write:
    """All of it, or none."""

    def __init__(self, connection: sqlite3.Connection):
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, *_: object) -> None:
        self._connection.execute("ROLLBACK" if kind else "COMMIT")
