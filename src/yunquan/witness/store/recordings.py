"""Scripts drawn, recordings and their chunks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from yunquan.kernel.transaction import ReadTx, Tx, metadata
from yunquan.witness.types import Chunk, Recording, RecordingId, Script, ScriptId, ScriptState

scripts = sa.Table(
    "witness_script",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("owner", sa.String(60), nullable=False),
    sa.Column("version", sa.String(20), nullable=False),
    sa.Column("locale", sa.String(10), nullable=False),
    sa.Column("codes", sa.JSON, nullable=False),
    sa.Column("digits", sa.String(12), nullable=False),
    sa.Column("nonce", sa.String(60), nullable=False),
    sa.Column("shortest_s", sa.Integer, nullable=False),
    sa.Column("drawn_at_ms", sa.BigInteger, nullable=False),
    sa.Column("expires_at_ms", sa.BigInteger, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("recording", sa.String(40), nullable=False),
    sa.Column("findings", sa.JSON, nullable=False),
    sa.Column("reviewed_by", sa.String(60), nullable=False),
    # The owner while the script is drawn: one at a time. NULL afterwards.
    sa.Column("open_of", sa.String(60), unique=True),
    sa.Index("witness_script_by_owner", "owner", "drawn_at_ms"),
    sa.Index("witness_script_by_state", "state", "drawn_at_ms"),
)
recordings = sa.Table(
    "witness_recording",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("owner", sa.String(60), nullable=False),
    # A script's id, or a call's with its round.
    sa.Column("of", sa.String(60), nullable=False),
    sa.Column("media_type", sa.String(40), nullable=False),
    sa.Column("begun_by", sa.String(60), nullable=False),
    sa.Column("begun_at_ms", sa.BigInteger, nullable=False),
    sa.Column("document", sa.String(40), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("length_ms", sa.BigInteger, nullable=False),
    sa.Column("finished_at_ms", sa.BigInteger, nullable=False),
    sa.Column("key_sealed", sa.LargeBinary, nullable=False),
    sa.Index("witness_recording_by_owner", "owner"),
    sa.Index("witness_recording_by_of", "of", "begun_at_ms"),
    sa.Index("witness_recording_by_digest", "digest"),
)
chunks = sa.Table(
    "witness_chunk",
    metadata,
    sa.Column("recording", sa.String(40), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Index("witness_chunk_by_sha256", "sha256"),
)
_script_columns = [scripts.c[name] for name in Script.__slots__]
_SOME: Final = 200


def insert_or_ignore(tx: ReadTx, table: sa.Table) -> Any:
    """An insert that leaves a row alone which is there already."""
    if tx.connection.dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()


def _script(row: Any) -> Script:
    values = dict(row._mapping)
    values["id"] = ScriptId(row.id)
    values["state"] = ScriptState(row.state)
    values["codes"], values["findings"] = tuple(row.codes), tuple(row.findings)
    return Script(**values)


def insert_script(tx: Tx, script: Script) -> bool:
    """False when another is open already."""
    values = {name: getattr(script, name) for name in Script.__slots__}
    values |= {"codes": list(script.codes), "findings": list(script.findings)}
    values["open_of"] = script.owner
    return bool(tx.execute(insert_or_ignore(tx, scripts), values).rowcount)


def open_script(tx: ReadTx, owner: str) -> Script | None:
    row = tx.execute(sa.select(*_script_columns).where(scripts.c.open_of == owner)).one_or_none()
    return _script(row) if row else None


def find_script(tx: ReadTx, script: str) -> Script | None:
    row = tx.execute(sa.select(*_script_columns).where(scripts.c.id == script)).one_or_none()
    return _script(row) if row else None


def latest_script(tx: ReadTx, owner: str) -> Script | None:
    mine = sa.select(*_script_columns).where(scripts.c.owner == owner)
    last = mine.order_by(scripts.c.drawn_at_ms.desc(), scripts.c.id.desc()).limit(1)
    row = tx.execute(last).one_or_none()
    return _script(row) if row else None


def count_scripts(tx: ReadTx, owner: str, since_ms: int) -> int:
    mine = (scripts.c.owner == owner, scripts.c.drawn_at_ms >= since_ms)
    return tx.execute(sa.select(sa.func.count()).where(*mine)).scalar_one()


def scripts_in(tx: ReadTx, state: ScriptState, limit: int) -> list[Script]:
    """Oldest first."""
    query = sa.select(*_script_columns).where(scripts.c.state == state)
    return [_script(row) for row in tx.execute(query.order_by(scripts.c.drawn_at_ms).limit(limit))]


def move_script(tx: Tx, script: Script, state: ScriptState, **values: Any) -> bool:
    """Only from the state it was in; whether it was."""
    values |= {"state": state, "open_of": None}
    mine = (scripts.c.id == script.id, scripts.c.state == script.state)
    return bool(tx.execute(scripts.update().where(*mine).values(values)).rowcount)


# --- recordings


def insert_recording(tx: Tx, recording: Recording) -> None:
    values = {name: getattr(recording, name) for name in Recording.__slots__}
    tx.execute(recordings.insert().values(values))


def _recording(row: Any) -> Recording:
    values = dict(row._mapping)
    values["id"], values["key_sealed"] = RecordingId(row.id), bytes(row.key_sealed)
    return Recording(**values)


def find_recording(tx: ReadTx, recording: str, *, to_change: bool = False) -> Recording | None:
    """to_change: nobody else changes it, or its chunks, before this transaction ends."""
    query = sa.select(recordings).where(recordings.c.id == recording)
    row = tx.execute(query.with_for_update() if to_change else query).one_or_none()
    return _recording(row) if row else None


def recording_of(tx: ReadTx, of: str) -> Recording | None:
    """The newest of a script, or of a round of a call."""
    query = sa.select(recordings).where(recordings.c.of == of)
    last = query.order_by(recordings.c.begun_at_ms.desc(), recordings.c.id.desc()).limit(1)
    row = tx.execute(last).one_or_none()
    return _recording(row) if row else None


def same_recording(tx: ReadTx, recording: Recording, digest: str) -> Recording | None:
    """Another that is kept with the same content."""
    query = sa.select(recordings).where(
        recordings.c.digest == digest, recordings.c.id != recording.id
    )
    row = tx.execute(query.order_by(recordings.c.begun_at_ms).limit(1)).one_or_none()
    return _recording(row) if row else None


def sharing_a_chunk(tx: ReadTx, recording: Recording, digests: Sequence[str]) -> Recording | None:
    """Another that has one of these parts and is kept."""
    joined = sa.and_(chunks.c.recording == recordings.c.id, recordings.c.id != recording.id)
    for begin in range(0, len(digests), _SOME):
        some = digests[begin : begin + _SOME]
        query = (
            sa.select(recordings)
            .join(chunks, joined)
            .where(chunks.c.sha256.in_(some), recordings.c.document != "")
        )
        row = tx.execute(query.order_by(recordings.c.begun_at_ms).limit(1)).one_or_none()
        if row:
            return _recording(row)
    return None


def finish_recording(
    tx: Tx, recording: RecordingId, document: str, digest: str, size: int, length_ms: int
) -> None:
    values = {
        "document": document,
        "digest": digest,
        "size": size,
        "length_ms": length_ms,
        "finished_at_ms": tx.now_ms(),
    }
    tx.execute(recordings.update().where(recordings.c.id == recording).values(values))


def chunks_of(tx: ReadTx, recording: str) -> list[Chunk]:
    query = sa.select(chunks.c.number, chunks.c.sha256, chunks.c.size)
    mine = query.where(chunks.c.recording == recording).order_by(chunks.c.number)
    return [Chunk(row.number, row.sha256, row.size) for row in tx.execute(mine)]


def insert_chunk(tx: Tx, recording: str, chunk: Chunk) -> None:
    values = {"recording": recording, "number": chunk.number}
    values |= {"sha256": chunk.sha256, "size": chunk.size}
    tx.execute(insert_or_ignore(tx, chunks), values)


def unfinished_since(tx: ReadTx, names: Sequence[str], since_ms: int) -> set[str]:
    """Those of these recordings that may still grow."""
    still = (recordings.c.document == "", recordings.c.begun_at_ms >= since_ms)
    query = sa.select(recordings.c.id).where(recordings.c.id.in_(names), *still)
    return {row.id for row in tx.execute(query)}


def hand_over(tx: Tx, before: str, after: str) -> int:
    """Scripts and recordings of one owner to another; how many."""
    count = 0
    for table in (scripts, recordings):
        done = tx.execute(table.update().where(table.c.owner == before).values(owner=after))
        count += done.rowcount
    tx.execute(scripts.update().where(scripts.c.open_of == before).values(open_of=after))
    return count
