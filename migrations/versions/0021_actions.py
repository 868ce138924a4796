"""Corporate actions with their versions, what holders are due, tax lots and what was taken."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "actions_action",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("symbol", sa.String(12), nullable=False),
        sa.Column("record_day", sa.String(10), nullable=False),
        sa.Column("ex_day", sa.String(10), nullable=False),
        sa.Column("source", sa.String(100), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("actions_action_by_record_day", "actions_action", ["record_day"])
    op.create_index("actions_action_by_symbol", "actions_action", ["symbol", "ex_day"])
    op.create_table(
        "actions_version",
        sa.Column("action", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("batch", sa.String(160), nullable=False),
        sa.Column("wanted", sa.String(10), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("source", sa.String(100), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("entered_by", sa.String(60), nullable=False),
        sa.Column("entered_at_ms", sa.BigInteger, nullable=False),
        sa.Column("agreed_by", sa.String(60), nullable=False),
        sa.Column("code", sa.String(60), nullable=False),
    )
    op.create_index("actions_version_by_batch", "actions_version", ["batch"])
    op.create_table(
        "actions_quarantine",
        sa.Column("batch", sa.String(160), primary_key=True),
        sa.Column("line", sa.Integer, primary_key=True),
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("text", sa.String(300), nullable=False),
    )
    op.create_table(
        "actions_entitlement",
        sa.Column("action", sa.String(40), primary_key=True),
        sa.Column("account", sa.String(40), primary_key=True),
        sa.Column("counter", sa.String(10), nullable=False),
        sa.Column("symbol", sa.String(12), nullable=False),
        sa.Column("quantity", sa.BigInteger, nullable=False),
        sa.Column("cash_fen", sa.BigInteger, nullable=False),
        sa.Column("bonus", sa.BigInteger, nullable=False),
        sa.Column("capital", sa.BigInteger, nullable=False),
        sa.Column("rights", sa.BigInteger, nullable=False),
        sa.Column("lost_shares_e7", sa.BigInteger, nullable=False),
        sa.Column("pay_day", sa.String(10), nullable=False),
        sa.Column("listing_day", sa.String(10), nullable=False),
        sa.Column("cash_on", sa.String(10), nullable=False),
        sa.Column("shares_on", sa.String(10), nullable=False),
        sqlite_with_rowid=False,
    )
    for name, columns in (
        ("by_account", ["account", "action"]),
        ("by_cash", ["counter", "cash_on", "pay_day"]),
        ("by_shares", ["counter", "shares_on", "listing_day"]),
    ):
        op.create_index(f"actions_entitlement_{name}", "actions_entitlement", columns)
    op.create_table(
        "actions_lot",
        sa.Column("account", sa.String(40), primary_key=True),
        sa.Column("symbol", sa.String(12), primary_key=True),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("quantity", sa.BigInteger, nullable=False),
        sa.Column("lots", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "actions_tax",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("account", sa.String(40), primary_key=True),
        sa.Column("symbol", sa.String(12), primary_key=True),
        sa.Column("counter", sa.String(10), nullable=False),
        sa.Column("quantity", sa.BigInteger, nullable=False),
        sa.Column("tax_fen", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("actions_tax_by_account", "actions_tax", ["account", "day"])
    op.create_table(
        "actions_day",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("counter", sa.String(10), primary_key=True),
        sa.Column("done", sa.Boolean, nullable=False),
    )
