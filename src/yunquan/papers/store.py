"""The table of runs, and the dated rows that come with the program."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from yunquan.kernel.transaction import ReadTx, Tx, metadata
from yunquan.papers.rules.rows import PaperRows, parse_paper_rows
from yunquan.papers.types import PaperFinding, PapersRun, PapersRunId

runs = sa.Table(
    "papers_run",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("owner", sa.String(40), nullable=False),
    sa.Column("day", sa.String(10), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("findings", sa.Text, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Index("papers_run_by_owner", "owner", "at_ms"),
)
_TABLE: Final = Path(__file__).parent / "rules" / "tables" / "papers.toml"
_findings: Final = msgspec.json.Decoder(tuple[PaperFinding, ...])


def load_paper_rows() -> PaperRows:
    """The rows that come with the program."""
    return parse_paper_rows(_TABLE.read_text("utf-8"))


def insert_run(tx: Tx, run: PapersRun) -> None:
    values: dict[str, Any] = {
        "id": str(run.id),
        "owner": run.owner,
        "day": run.day,
        "digest": run.digest,
        "findings": msgspec.json.encode(run.findings).decode(),
        "at_ms": run.at_ms,
    }
    tx.execute(runs.insert().values(values))


def newest_run(tx: ReadTx, owner: str) -> PapersRun | None:
    query = sa.select(runs).where(runs.c.owner == owner)
    newest = query.order_by(runs.c.at_ms.desc(), runs.c.id.desc()).limit(1)
    row = tx.execute(newest).one_or_none()
    if row is None:
        return None
    found = _findings.decode(row.findings)
    return PapersRun(PapersRunId(row.id), row.owner, row.day, row.digest, found, row.at_ms)


def hand_over(tx: Tx, before: str, after: str) -> None:
    tx.execute(runs.update().where(runs.c.owner == before).values(owner=after))
