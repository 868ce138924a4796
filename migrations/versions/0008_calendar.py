"""The calendar by kind of day; what the venue says of first and last days of an instrument."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    days = op.create_table(
        "market_calendar_day",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("source", sa.String(120), nullable=False),
    )
    known = sa.table("market_trading_day", sa.column("day"))
    op.execute(
        days.insert().from_select(
            ["day", "kind", "source"],
            sa.select(known.c.day, sa.literal("trading"), sa.literal("bars")),
        )
    )
    op.drop_table("market_trading_day")
    with op.batch_alter_table("market_instrument") as table:
        for column in (
            sa.Column("listing_day", sa.Integer, nullable=False, server_default="0"),
            sa.Column("delisting_day", sa.Integer, nullable=False, server_default="0"),
            sa.Column("t0", sa.Boolean, nullable=False, server_default=sa.false()),
            sa.Column("issue_price_milli", sa.BigInteger, nullable=False, server_default="0"),
        ):
            table.add_column(column)
