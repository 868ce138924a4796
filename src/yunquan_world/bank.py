"""The simulated bank: clients' accounts at the bank, and transfers between them and their broker.

A transfer is done once for each serial of a firm: the same request again gets the first answer,
another request under the same serial is refused. Amounts are in fen. Every result is on disk before
it is sent.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from pathlib import Path

import msgspec

from yunquan_world.chance import dice
from yunquan_world.connection import Connection
from yunquan_world.messages import (
    BankLogon,
    BankLogonOk,
    BankMessage,
    BankQuery,
    Heartbeat,
    Message,
    OpenAccount,
    Opened,
    OpenRefused,
    Transfer,
    TransferResult,
)
from yunquan_world.settings import Settings

log = logging.getLogger(__name__)

TRANSFER_LIMIT_FEN = 5_000_000_000  # 50 million CNY in one transfer

_TABLES = """
CREATE TABLE IF NOT EXISTS accounts (
    bank_account TEXT PRIMARY KEY, holder TEXT NOT NULL,
    balance_fen INTEGER NOT NULL CHECK (balance_fen >= 0)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS transfers (
    number INTEGER PRIMARY KEY, firm TEXT NOT NULL, serial TEXT NOT NULL, body BLOB NOT NULL,
    result TEXT NOT NULL, code TEXT NOT NULL, balance_fen INTEGER NOT NULL,
    UNIQUE (firm, serial));
"""
_logon_decoder = msgspec.msgpack.Decoder(BankLogon)
_decoder: msgspec.msgpack.Decoder[BankMessage] = msgspec.msgpack.Decoder(BankMessage)
_encode = msgspec.msgpack.Encoder().encode


class Vault:
    """The bank's books on disk."""

    def __init__(self, path: Path, sync: str):
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute(f"PRAGMA synchronous = {sync}")
        self._connection.executescript(_TABLES)

    def close(self) -> None:
        self._connection.close()

    def open_account(self, request: OpenAccount) -> Opened | OpenRefused:
        """Open an account; one that exists keeps its balance and must have the same holder."""
        connection = self._connection
        connection.execute(
            "INSERT OR IGNORE INTO accounts VALUES (?, ?, ?)",
            (request.bank_account, request.holder, request.balance_fen),
        )
        (holder,) = connection.execute(
            "SELECT holder FROM accounts WHERE bank_account = ?", (request.bank_account,)
        ).fetchone()
        if holder != request.holder:
            return OpenRefused(request.bank_account, "B03_holder_mismatch")
        return Opened(request.bank_account)

    def transfer(self, firm: str, request: Transfer) -> TransferResult:
        known = self._load(firm, request.serial)
        body = _encode(request)
        if known is not None:
            first, result = known
            return result if first == body else self._reused(request.serial)
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            code, balance_fen = self._decide(request)
            if not code:
                sign = -1 if request.direction == "to_broker" else 1
                balance_fen += sign * request.amount_fen
                connection.execute(
                    "UPDATE accounts SET balance_fen = ? WHERE bank_account = ?",
                    (balance_fen, request.bank_account),
                )
            outcome = "refused" if code else "done"
            connection.execute(
                "INSERT INTO transfers (firm, serial, body, result, code, balance_fen)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (firm, request.serial, body, outcome, code, balance_fen),
            )
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        return self.query(firm, request.serial)

    def query(self, firm: str, serial: str) -> TransferResult:
        known = self._load(firm, serial)
        return TransferResult(serial, "unknown") if known is None else known[1]

    def balance_fen(self, bank_account: str) -> int | None:
        """The balance of an account; None if there is no such account."""
        row = self._connection.execute(
            "SELECT balance_fen FROM accounts WHERE bank_account = ?", (bank_account,)
        ).fetchone()
        return None if row is None else row[0]

    def _decide(self, request: Transfer) -> tuple[str, int]:
        """The code of the refusal, empty for none, and the balance (0 if it must not be told)."""
        row = self._connection.execute(
            "SELECT holder, balance_fen FROM accounts WHERE bank_account = ?",
            (request.bank_account,),
        ).fetchone()
        if row is None:
            return "B02_unknown_account", 0
        holder, balance_fen = row
        if holder != request.holder:
            return "B03_holder_mismatch", 0
        if not 0 < request.amount_fen <= TRANSFER_LIMIT_FEN:
            return "B04_limit", balance_fen
        if request.direction == "to_broker" and request.amount_fen > balance_fen:
            return "B01_insufficient", balance_fen
        return "", balance_fen

    def _load(self, firm: str, serial: str) -> tuple[bytes, TransferResult] | None:
        row = self._connection.execute(
            "SELECT number, body, result, code, balance_fen FROM transfers"
            " WHERE firm = ? AND serial = ?",
            (firm, serial),
        ).fetchone()
        if row is None:
            return None
        number, body, result, code, balance_fen = row
        bank_serial = f"K{number:012d}"
        return body, TransferResult(serial, result, code, bank_serial, balance_fen)

    @staticmethod
    def _reused(serial: str) -> TransferResult:
        return TransferResult(serial, "refused", "B05_serial_reused")


class Bank:
    """The bank's sessions."""

    def __init__(self, settings: Settings):
        self.vault = Vault(settings.data / "bank.sqlite", settings.sync)
        self._faults = settings.bank_faults
        self._draw = dice(settings.seed, "bank faults")
        self._connections: set[Connection] = set()

    @property
    def connections(self) -> list[Connection]:
        return list(self._connections)

    def close(self) -> None:
        self.vault.close()

    async def serve(self, connection: Connection) -> None:
        """Run a firm's session to its end."""
        logon = await connection.receive_logon(_logon_decoder)
        connection.send(BankLogonOk("simbank", "澄江模拟银行", "Chengjiang Simulated Bank"))
        self._connections.add(connection)
        try:
            while True:
                request = await connection.receive(_decoder)
                if isinstance(request, Heartbeat):
                    continue
                await self._answer(connection, logon.firm, request)
        finally:
            self._connections.discard(connection)

    async def _answer(
        self, connection: Connection, firm: str, request: Transfer | BankQuery | OpenAccount
    ) -> None:
        faults, draw = self._faults, self._draw
        breaks = draw.random() < faults.disconnect
        if breaks and draw.random() < 0.5:
            connection.abort()
            return
        answer = self._carry_out(firm, request)
        if faults.delay_ms[1]:
            await asyncio.sleep(draw.uniform(*faults.delay_ms) / 1000)
        if breaks:
            connection.abort()
        elif draw.random() >= faults.lose_answer:
            connection.send(answer)
            await connection.writer.drain()

    def _carry_out(self, firm: str, request: Transfer | BankQuery | OpenAccount) -> Message:
        if isinstance(request, Transfer):
            result = self.vault.transfer(firm, request)
            log.info(
                "transfer firm=%s serial=%s result=%s code=%s",
                firm,
                request.serial,
                result.result,
                result.code,
            )
            return result
        if isinstance(request, BankQuery):
            return self.vault.query(firm, request.serial)
        return self.vault.open_account(request)
