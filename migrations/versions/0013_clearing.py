"""Day ends: runs, closings, every account's day, dues and obligations."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_MONEY = (
    "opening",
    "available",
    "settling",
    "frozen",
    "held",
    "deposits",
    "withdrawals",
    "bought",
    "sold",
    "commission",
    "stamp",
    "transfer",
    "dividends",
    "dividend_tax",
    "other",
    "trades",
    "value",
)


def upgrade() -> None:
    op.create_table(
        "clearing_run",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("started_at_ms", sa.BigInteger, nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger),
    )
    op.create_table(
        "clearing_step",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("step", sa.String(12), primary_key=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("started_at_ms", sa.BigInteger),
        sa.Column("ended_at_ms", sa.BigInteger),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
    )
    op.create_table(
        "clearing_closing",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("counter", sa.String(10), primary_key=True),
        sa.Column("first_seq", sa.BigInteger, nullable=False),
        sa.Column("ended_seq", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "clearing_batch",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("step", sa.String(12), primary_key=True),
        sa.Column("counter", sa.String(10), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("basis", sa.String(200), nullable=False),
        sa.Column("entries", sa.LargeBinary, nullable=False),
        sa.Column("unpaid", sa.LargeBinary),
    )
    op.create_table(
        "clearing_day",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("account", sa.String(40), primary_key=True),
        sa.Column("client", sa.String(40), nullable=False),
        sa.Column("counter", sa.String(10), nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in _MONEY),
        sqlite_with_rowid=False,
    )
    op.create_index("clearing_day_by_account", "clearing_day", ["account", "day"])
    op.create_table(
        "clearing_position",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("account", sa.String(40), primary_key=True),
        sa.Column("symbol", sa.String(12), primary_key=True),
        sa.Column("counter", sa.String(10), nullable=False),
        sa.Column("available", sa.BigInteger, nullable=False),
        sa.Column("settling", sa.BigInteger, nullable=False),
        sa.Column("frozen", sa.BigInteger, nullable=False),
        sa.Column("held", sa.BigInteger, nullable=False),
        sa.Column("close_milli", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "clearing_due",
        sa.Column("id", sa.String(120), primary_key=True),
        sa.Column("account", sa.String(40), nullable=False),
        sa.Column("counter", sa.String(10), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("house", sa.String(40), nullable=False),
        sa.Column("ref", sa.String(60), nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("left_fen", sa.BigInteger, nullable=False),
    )
    op.create_index("clearing_due_by_account", "clearing_due", ["account"])
    op.create_table(
        "clearing_obligation",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("counter", sa.String(10), primary_key=True),
        sa.Column("market", sa.String(4), primary_key=True),
        sa.Column("net", sa.BigInteger, nullable=False),
        sa.Column("settled_on", sa.String(10), nullable=False),
    )
