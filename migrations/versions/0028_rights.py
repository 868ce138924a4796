"""Rights issues: what was subscribed and paid, how they ended; what was paid for shares to come."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.create_table(
        "rights_subscription",
        sa.Column("stream", sa.String(40), primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("account", sa.String(40), nullable=False),
        sa.Column("qty", sa.BigInteger, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("rights_subscription_by_action", "rights_subscription", ["action", "account"])
    op.create_table(
        "rights_payment",
        sa.Column("action", sa.String(40), primary_key=True),
        sa.Column("account", sa.String(40), primary_key=True),
        sa.Column("counter", sa.String(10), nullable=False),
        sa.Column("symbol", sa.String(12), nullable=False),
        sa.Column("qty", sa.BigInteger, nullable=False),
        sa.Column("paid_fen", sa.BigInteger, nullable=False),
        sa.Column("listing_day", sa.String(10), nullable=False),
        sa.Column("paid_on", sa.String(10), nullable=False),
        sa.Column("shares_on", sa.String(10), nullable=False),
        sa.Column("refund_on", sa.String(10), nullable=False),
        sqlite_with_rowid=False,
    )
    for name, columns in (
        ("account", ["account", "action"]),
        ("paid", ["counter", "paid_on"]),
        ("shares", ["counter", "shares_on", "listing_day"]),
        ("refund", ["counter", "refund_on"]),
    ):
        op.create_index(f"rights_payment_by_{name}", "rights_payment", columns)
    op.create_table(
        "rights_outcome",
        sa.Column("action", sa.String(40), primary_key=True),
        sa.Column("taken_e4", sa.Integer, nullable=False),
        sa.Column("failed", sa.Boolean, nullable=False),
        sa.Column("interest_e6", sa.Integer, nullable=False),
        sa.Column("source", sa.String(100), nullable=False),
        sa.Column("by", sa.String(60), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "rights_day",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("counter", sa.String(10), primary_key=True),
        sa.Column("done", sa.Boolean, nullable=False),
    )
    op.add_column(
        "counter_cost",
        sa.Column("prepaid", sa.BigInteger, nullable=False, server_default="0"),
    )
