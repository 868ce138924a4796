"""Restrictions and freezes with their bases."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.create_table(
        "restrictions_standing",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("account", sa.String(40), nullable=False),
        sa.Column("act", sa.String(10), nullable=False),
        sa.Column("scope", sa.String(10), nullable=False),
        sa.Column("asset", sa.String(12), nullable=False),
        sa.Column("left", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
        sa.Column("document", sa.String(80), nullable=False),
        sa.Column("authority", sa.String(80), nullable=False),
        sa.Column("expires_on", sa.String(10), nullable=False),
        sa.Column("by", sa.String(60), nullable=False),
        sa.Column("second", sa.String(60), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger, nullable=False),
        sa.Column("ended_by", sa.String(40), nullable=False),
    )
    table = "restrictions_standing"
    op.create_index(f"{table}_by_account", table, ["account", "at_ms"])
    op.create_index(f"{table}_in_force", table, ["ended_at_ms", "expires_on", "id"])
