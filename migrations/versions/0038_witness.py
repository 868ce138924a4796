"""Scripts, recordings and their chunks; who may witness, shifts, the queue, signals."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0033"


def upgrade() -> None:
    op.create_table(
        "witness_script",
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
        sa.Column("open_of", sa.String(60), unique=True),
    )
    op.create_index("witness_script_by_owner", "witness_script", ["owner", "drawn_at_ms"])
    op.create_index("witness_script_by_state", "witness_script", ["state", "drawn_at_ms"])
    op.create_table(
        "witness_recording",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("owner", sa.String(60), nullable=False),
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
    )
    op.create_index("witness_recording_by_owner", "witness_recording", ["owner"])
    op.create_index("witness_recording_by_of", "witness_recording", ["of", "begun_at_ms"])
    op.create_index("witness_recording_by_digest", "witness_recording", ["digest"])
    op.create_table(
        "witness_chunk",
        sa.Column("recording", sa.String(40), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
    )
    op.create_index("witness_chunk_by_sha256", "witness_chunk", ["sha256"])
    _two_way()


def _two_way() -> None:
    op.create_table(
        "witness_member",
        sa.Column("staff", sa.String(60), primary_key=True),
        sa.Column("by", sa.String(60), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("signed_on_at_ms", sa.BigInteger, nullable=False),
        sa.Column("seen_at_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "witness_shift",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("staff", sa.String(60), nullable=False),
        sa.Column("from_ms", sa.BigInteger, nullable=False),
        sa.Column("to_ms", sa.BigInteger, nullable=False),
        sa.Column("planned_by", sa.String(60), nullable=False),
    )
    op.create_index("witness_shift_by_end", "witness_shift", ["to_ms"])
    op.create_table(
        "witness_call",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("owner", sa.String(60), nullable=False),
        sa.Column("locale", sa.String(10), nullable=False),
        sa.Column("rank", sa.BigInteger, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("staff", sa.String(60), nullable=False),
        sa.Column("joined_at_ms", sa.BigInteger, nullable=False),
        sa.Column("seen_at_ms", sa.BigInteger, nullable=False),
        sa.Column("taken_at_ms", sa.BigInteger, nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger, nullable=False),
        sa.Column("ticks", sa.JSON, nullable=False),
        sa.Column("snapshot", sa.String(40), nullable=False),
        sa.Column("recording", sa.String(40), nullable=False),
        sa.Column("reasons", sa.JSON, nullable=False),
        sa.Column("open_of", sa.String(60), unique=True),
        sa.Column("held_by", sa.String(60), unique=True),
    )
    op.create_index("witness_call_by_owner", "witness_call", ["owner", "joined_at_ms"])
    op.create_index("witness_call_by_state", "witness_call", ["state", "rank"])
    op.create_index("witness_call_by_end", "witness_call", ["ended_at_ms"])
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "witness_signal",
        sa.Column("number", number, primary_key=True, autoincrement=True),
        sa.Column("call", sa.String(40), nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("side", sa.String(10), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary, nullable=False),
    )
    op.create_index("witness_signal_by_call", "witness_signal", ["call", "round", "number"])
