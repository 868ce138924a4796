"""The market: instruments, trading days, bars, bars set aside, imports."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "market_instrument",
        sa.Column("symbol", sa.String(12), primary_key=True),
        sa.Column("market", sa.String(2), nullable=False),
        sa.Column("board", sa.String(10), nullable=False),
        sa.Column("product", sa.String(20), nullable=False),
        sa.Column("name_zh", sa.String(40), nullable=False),
        sa.Column("name_en", sa.String(80), nullable=False),
        sa.Column("initials", sa.String(20), nullable=False),
        sa.Column("risk_warned", sa.Boolean, nullable=False),
        sa.Column("listed_on", sa.String(10), nullable=False),
        sa.Column("simulated", sa.String(10), nullable=False),
        sa.Column("trading_day", sa.String(10), nullable=False),
        sa.Column("prev_close_milli", sa.BigInteger, nullable=False),
        sa.Column("limit_up_milli", sa.BigInteger, nullable=False),
        sa.Column("limit_down_milli", sa.BigInteger, nullable=False),
        sa.Column("halted", sa.Boolean, nullable=False),
        sa.Column("updated_at_ms", sa.BigInteger, nullable=False),
    )
    op.create_table("market_trading_day", sa.Column("day", sa.String(10), primary_key=True))
    op.create_table(
        "market_bar",
        sa.Column("symbol", sa.String(12), primary_key=True),
        sa.Column("trading_day", sa.String(10), primary_key=True),
        sa.Column("kind", sa.String(10), primary_key=True),
        sa.Column("open_milli", sa.BigInteger),
        sa.Column("high_milli", sa.BigInteger),
        sa.Column("low_milli", sa.BigInteger),
        sa.Column("close_milli", sa.BigInteger, nullable=False),
        sa.Column("volume", sa.BigInteger),
        sa.Column("turnover_fen", sa.BigInteger),
        sa.Column("adjusted", sa.Boolean, nullable=False),
        sa.Column("source", sa.String(80), nullable=False),
    )
    op.create_table(
        "market_bar_quarantine",
        sa.Column("source", sa.String(80), primary_key=True),
        sa.Column("place", sa.BigInteger, primary_key=True),
        sa.Column("symbol", sa.String(20), nullable=False),
        sa.Column("trading_day", sa.String(10), nullable=False),
        sa.Column("line", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.String(60), nullable=False),
        sa.Column("detail", sa.String(200), nullable=False),
    )
    op.create_table(
        "market_import",
        sa.Column("source", sa.String(80), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("rows_read", sa.BigInteger, nullable=False),
        sa.Column("rows_good", sa.BigInteger, nullable=False),
        sa.Column("rows_quarantined", sa.BigInteger, nullable=False),
        sa.Column("gaps", sa.BigInteger, nullable=False),
        sa.Column("adjusted_rows", sa.BigInteger, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
    )
