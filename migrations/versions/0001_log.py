"""The log: heads, records, readers' offsets."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "log_head",
        sa.Column("stream", sa.String(40), primary_key=True),
        sa.Column("next_seq", sa.BigInteger, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "log_record",
        sa.Column("stream", sa.String(40), primary_key=True),
        sa.Column("first_seq", sa.BigInteger, primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("prev_hash", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        # The body is noise to a compressor; trying costs a millisecond a record.
        op.execute("ALTER TABLE log_record ALTER COLUMN body SET STORAGE EXTERNAL")
    op.create_table(
        "log_reader",
        sa.Column("reader", sa.String(60), primary_key=True),
        sa.Column("stream", sa.String(40), primary_key=True),
        sa.Column("next_seq", sa.BigInteger, nullable=False),
    )
