"""Rules of surveillance, their alerts, and the order in which the stream was read."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.create_table(
        "surveillance_rule",
        sa.Column("code", sa.String(60), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("text", sa.LargeBinary, nullable=False),
        sa.Column("by", sa.String(60), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("basis", sa.String(400), nullable=False),
    )
    op.create_table(
        "surveillance_alert",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("raised_at_ms", sa.BigInteger, nullable=False),
        sa.Column("rule", sa.String(60), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("grade", sa.Integer, nullable=False),
        sa.Column("shadow", sa.Boolean, nullable=False),
        sa.Column("subject", sa.String(20), nullable=False),
        sa.Column("account", sa.String(60), nullable=False),
        sa.Column("symbol", sa.String(20), nullable=False),
        sa.Column("other", sa.String(60), nullable=False),
        sa.Column("device", sa.String(200), nullable=False),
        sa.Column("began_ms", sa.BigInteger, nullable=False),
        sa.Column("flood", sa.Boolean, nullable=False),
        sa.Column("values", sa.LargeBinary, nullable=False),
    )
    op.create_index("surveillance_alert_by_time", "surveillance_alert", ["at_ms"])
    op.create_index("surveillance_alert_by_account", "surveillance_alert", ["account", "at_ms"])
    op.create_index("surveillance_alert_by_rule", "surveillance_alert", ["rule", "at_ms"])
    op.create_table(
        "surveillance_batch",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("first_row", sa.BigInteger, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("runs", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "surveillance_place",
        sa.Column("source", sa.String(40), primary_key=True),
        sa.Column("next_seq", sa.BigInteger, nullable=False),
    )
