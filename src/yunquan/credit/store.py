"""Credit accounts as they were told last, and the files they came by."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from yunquan.credit.types import CreditAccount, FileTaken, KeptAccount, Passed
from yunquan.kernel.transaction import ReadTx, Tx, metadata

files = sa.Table(
    "credit_file",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("code", sa.String(60), nullable=False),
    sa.Column("accounts", sa.Integer, nullable=False),
    sa.Column("missing", sa.LargeBinary, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
)
accounts = sa.Table(
    "credit_account",
    metadata,
    sa.Column("account", sa.String(60), primary_key=True),
    sa.Column("day", sa.String(10), nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("passed", sa.Integer, nullable=False),
    sa.Column("told", sa.Integer, nullable=False),
    sa.Column("told_day", sa.String(10), nullable=False),
)


def insert_file(tx: Tx, one: FileTaken) -> None:
    told = msgspec.structs.asdict(one) | {"missing": msgspec.msgpack.encode(one.missing)}
    tx.execute(files.insert().values(**told))


def list_files(tx: ReadTx, limit: int) -> list[FileTaken]:
    """Newest first."""
    query = files.select().order_by(files.c.day.desc(), files.c.version.desc()).limit(limit)
    return [_file(row) for row in tx.execute(query)]


def files_of(tx: ReadTx, day: str) -> list[FileTaken]:
    """Of a day, in order of their versions."""
    query = files.select().where(files.c.day == day).order_by(files.c.version)
    return [_file(row) for row in tx.execute(query)]


def _file(row: sa.Row[tuple[object, ...]]) -> FileTaken:
    missing = msgspec.msgpack.decode(row.missing, type=tuple[str, ...])
    told = (row.day, row.version, row.digest, row.code, row.accounts)
    return FileTaken(*told, missing, row.at_ms)


def load_accounts(tx: ReadTx) -> list[KeptAccount]:
    """All of them, by account."""
    return [
        KeptAccount(
            msgspec.msgpack.decode(row.body, type=CreditAccount),
            row.day,
            Passed(row.passed),
            Passed(row.told),
            row.told_day,
        )
        for row in tx.execute(accounts.select().order_by(accounts.c.account))
    ]


def replace_accounts(tx: Tx, day: str, found: Sequence[CreditAccount]) -> None:
    """Keep what a file says; what it lacks stays as it was, and so does who was told what."""
    known = {row.account for row in tx.execute(sa.select(accounts.c.account))}
    for one in found:
        told = {"day": day, "body": msgspec.msgpack.encode(one)}
        if one.account in known:
            tx.execute(accounts.update().where(accounts.c.account == one.account).values(**told))
        else:
            state = {"passed": 0, "told": 0, "told_day": ""}
            tx.execute(accounts.insert().values(account=one.account, **told, **state))


def save_state(tx: Tx, account: str, passed: Passed, told: Passed, told_day: str) -> None:
    where = accounts.c.account == account
    values = {"passed": int(passed), "told": int(told), "told_day": told_day}
    tx.execute(accounts.update().where(where).values(**values))
