"""Files of banks' days and what they differ in. Amounts in fen, times in ms since 1970 UTC."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from yunquan.custody.types import Difference, DifferenceKind, FileOutcome, FileState
from yunquan.kernel.transaction import ReadTx, Tx, metadata

files = sa.Table(
    "custody_bank_file",
    metadata,
    sa.Column("bank", sa.String(20), primary_key=True),
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("state", sa.String(8), nullable=False),
    sa.Column("code", sa.String(60), nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("matched", sa.BigInteger, nullable=False),
    sa.Column("resolved", sa.BigInteger, nullable=False),
    sa.Column("in_fen", sa.BigInteger, nullable=False),
    sa.Column("out_fen", sa.BigInteger, nullable=False),
    sa.Column("fees_fen", sa.BigInteger, nullable=False),
    sa.Column("received_at_ms", sa.BigInteger, nullable=False),
    sa.Column("times", sa.BigInteger, nullable=False),
    sa.Column("firm_fees_fen", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("ours_net_fen", sa.BigInteger),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Index("custody_bank_file_by_time", "received_at_ms"),
)
differences = sa.Table(
    "custody_difference",
    metadata,
    sa.Column("bank", sa.String(20), primary_key=True),
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("version", sa.BigInteger, primary_key=True),
    sa.Column("serial", sa.String(64), primary_key=True),
    sa.Column("transfer", sa.String(40), nullable=False),
    sa.Column("kind", sa.String(12), nullable=False),
    sa.Column("ours_fen", sa.BigInteger, nullable=False),
    sa.Column("theirs_fen", sa.BigInteger, nullable=False),
)
_SHOWN = [column for column in files.columns if column.name != "body"]


def save_file(tx: Tx, outcome: FileOutcome, body: bytes) -> None:
    """Keep what came of a file, with the file itself; the same file again only counts."""
    same = sa.and_(
        files.c.bank == outcome.bank,
        files.c.day == outcome.day,
        files.c.digest == outcome.digest,
    )
    if tx.execute(files.update().where(same).values(times=files.c.times + 1)).rowcount:
        return
    values = asdict(outcome) | {"state": outcome.state.value, "body": body}
    tx.execute(files.insert().values(**values))


def load_taken(tx: ReadTx, bank: str, day: str) -> FileOutcome | None:
    """The newest version that was taken of a bank's day."""
    mine = (files.c.bank == bank, files.c.day == day, files.c.state == FileState.TAKEN.value)
    query = sa.select(*_SHOWN).where(*mine).order_by(files.c.version.desc()).limit(1)
    row = tx.execute(query).one_or_none()
    return _outcome(row) if row else None


def taken_versions(tx: ReadTx, bank: str) -> dict[str, int]:
    """The newest version taken of each of a bank's days."""
    mine = (files.c.bank == bank, files.c.state == FileState.TAKEN.value)
    newest = sa.func.max(files.c.version).label("newest")
    query = sa.select(files.c.day, newest).where(*mine).group_by(files.c.day)
    return {row.day: row.newest for row in tx.execute(query)}


def firm_fees(tx: ReadTx, since: str) -> dict[tuple[str, str], int]:
    """What banks charge us for each of their days from an ISO day on, by the newest files: fen by
    bank and day.
    """
    mine = (files.c.day >= since, files.c.state == FileState.TAKEN.value)
    query = sa.select(files.c.bank, files.c.day, files.c.firm_fees_fen).where(*mine)
    rows = tx.execute(query.order_by(files.c.version))
    return {(row.bank, row.day): row.firm_fees_fen for row in rows}


def last_taken(tx: ReadTx, bank: str) -> FileOutcome | None:
    """The file of the newest day that was taken of a bank, in its newest version."""
    mine = (files.c.bank == bank, files.c.state == FileState.TAKEN.value)
    newest = (files.c.day.desc(), files.c.version.desc())
    row = tx.execute(sa.select(*_SHOWN).where(*mine).order_by(*newest).limit(1)).one_or_none()
    return _outcome(row) if row else None


def load_files(tx: ReadTx, limit: int) -> list[FileOutcome]:
    """The latest, newest first."""
    query = sa.select(*_SHOWN).order_by(files.c.received_at_ms.desc(), files.c.digest).limit(limit)
    return [_outcome(row) for row in tx.execute(query)]


def replace_differences(tx: Tx, bank: str, day: str, found: list[Difference]) -> None:
    """What a bank's day differs in, by its newest file."""
    tx.execute(differences.delete().where(differences.c.bank == bank, differences.c.day == day))
    for one in found:
        tx.execute(differences.insert().values(**asdict(one) | {"kind": one.kind.value}))


def load_differences(tx: ReadTx, limit: int) -> list[Difference]:
    """The latest days' first."""
    order = (differences.c.day.desc(), differences.c.bank, differences.c.serial)
    rows = tx.execute(sa.select(differences).order_by(*order).limit(limit))
    return [Difference(**_with(row, "kind", DifferenceKind(row.kind))) for row in rows]


def _outcome(row: Any) -> FileOutcome:
    return FileOutcome(**_with(row, "state", FileState(row.state)))


def _with(row: Any, name: str, value: Any) -> dict[str, Any]:
    return {**row._mapping, name: value}
