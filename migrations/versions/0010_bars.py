"""Bars get a room of their own, with minutes by the day and steps of adjustment; entitlements."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


_RENAMED = (
    ("quotes_bar", "bars_day"),
    ("quotes_bar_quarantine", "bars_quarantine"),
    ("quotes_import", "bars_import"),
)


def upgrade() -> None:
    for old, new in _RENAMED:
        op.rename_table(old, new)
    op.create_table(
        "bars_minutes",
        sa.Column("symbol", sa.String(12), primary_key=True),
        sa.Column("trading_day", sa.String(10), primary_key=True),
        sa.Column("kind", sa.String(10), primary_key=True),
        sa.Column("bars", sa.LargeBinary, nullable=False),
        sa.Column("source", sa.String(80), nullable=False, index=True),
    )
    op.create_table(
        "bars_adjustment",
        sa.Column("symbol", sa.String(12), primary_key=True),
        sa.Column("ex_day", sa.String(10), primary_key=True),
        sa.Column("numerator", sa.BigInteger, nullable=False),
        sa.Column("denominator", sa.BigInteger, nullable=False),
        sa.Column("basis", sa.String(120), nullable=False),
    )
    op.create_table(
        "quotes_entitlement",
        sa.Column("client", sa.String(40), primary_key=True),
        sa.Column("level", sa.Integer, primary_key=True),
        sa.Column("effective_from", sa.String(10), primary_key=True),
        sa.Column("effective_to", sa.String(10), nullable=False),
        sa.Column("basis", sa.String(200), nullable=False),
        sa.Column("granted_by", sa.String(60), nullable=False),
        sa.Column("granted_at_ms", sa.BigInteger, nullable=False),
    )
