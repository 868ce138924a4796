"""What an office keeps: its answers, each under the firm's serial, and whatever else is its own."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from yunquan_world.offices.messages import Ask, Outcome

_ANSWERS = """
CREATE TABLE IF NOT EXISTS answers (
    firm TEXT NOT NULL, serial TEXT NOT NULL, digest TEXT NOT NULL, result TEXT NOT NULL,
    code TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (firm, serial)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


class SerialReusedError(Exception):
    """The serial belongs to another question."""


class OfficeVault:
    """One file. tables: the office's own, as SQL that may run again."""

    def __init__(self, path: Path, sync: str, tables: str = ""):
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute(f"PRAGMA synchronous = {sync}")
        self.connection.executescript(_ANSWERS + tables)

    def close(self) -> None:
        self.connection.close()

    @contextmanager
    def write(self) -> Generator[None]:
        """All of it, or none. Within another it is part of that one."""
        if self.connection.in_transaction:
            yield
            return
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def once(self, ask: Ask, carry_out: Callable[[], Outcome]) -> Outcome:
        """The answer to a serial: what it was the first time, else what carrying it out comes to.
        The act and its answer are on disk together. Raises SerialReusedError.
        """
        digest = hashlib.sha256(msgspec.msgpack.encode(ask.body, order="sorted")).hexdigest()
        query = "SELECT digest, result, code, body FROM answers WHERE firm = ? AND serial = ?"
        known = self.connection.execute(query, (ask.firm, ask.serial)).fetchone()
        if known is not None:
            if known[0] != digest:
                raise SerialReusedError(ask.serial)
            return Outcome(known[1], known[2], msgspec.msgpack.decode(known[3]))
        with self.write():
            found = carry_out()
            body = msgspec.msgpack.encode(dict(found.body))
            self.connection.execute(
                "INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?)",
                (ask.firm, ask.serial, digest, found.result, found.code, body),
            )
        return found

    def rows(self, query: str, *values: Any) -> list[Any]:
        return self.connection.execute(query, values).fetchall()

    def row(self, query: str, *values: Any) -> Any:
        return self.connection.execute(query, values).fetchone()

    def change(self, statement: str, *values: Any) -> int:
        return self.connection.execute(statement, values).rowcount

    def fact(self, name: str) -> str:
        found = self.row("SELECT value FROM facts WHERE name = ?", name)
        return found[0] if found else ""

    def keep_fact(self, name: str, value: str) -> None:
        self.change("INSERT OR REPLACE INTO facts VALUES (?, ?)", name, value)
