"""Funding: bound bank accounts and transfers."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "funding_binding",
        sa.Column("account", sa.String(40), primary_key=True),
        sa.Column("bank", sa.String(20), nullable=False),
        sa.Column("bank_account", sa.String(40), nullable=False),
        sa.Column("holder", sa.String(80), nullable=False),
        sa.Column("bound_at_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "funding_transfer",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("account", sa.String(40), nullable=False),
        sa.Column("client", sa.String(40), nullable=False),
        sa.Column("direction", sa.String(3), nullable=False),
        sa.Column("amount_fen", sa.BigInteger, nullable=False),
        sa.Column("bank", sa.String(20), nullable=False),
        sa.Column("bank_account", sa.String(40), nullable=False),
        sa.Column("holder", sa.String(80), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("caller", sa.String(80), nullable=False),
        sa.Column("request_key", sa.String(80), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("requested_at_ms", sa.BigInteger, nullable=False),
        sa.Column("moved_at_ms", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("bank_serial", sa.String(64), nullable=False),
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("doubt", sa.String(60), nullable=False),
        sa.Column("command_day", sa.String(10), nullable=False),
        sa.Column("command_seq", sa.BigInteger, nullable=False),
        sa.Column("bank_asked_at_ms", sa.BigInteger),
        sa.Column("bank_done_at_ms", sa.BigInteger),
        sa.Column("cash_moved_at_ms", sa.BigInteger),
        sa.Column("refused_at_ms", sa.BigInteger),
        sa.Column("given_back_at_ms", sa.BigInteger),
        sa.Column("doubted_at_ms", sa.BigInteger),
        sa.Column("ended_at_ms", sa.BigInteger),
        sa.UniqueConstraint("caller", "request_key", name="funding_transfer_request"),
    )
    op.create_index("funding_transfer_by_account", "funding_transfer", ["account", "id"])
    op.create_index("funding_transfer_by_day", "funding_transfer", ["account", "direction", "day"])
    op.create_index(
        "funding_transfer_unfinished", "funding_transfer", ["ended_at_ms", "moved_at_ms"]
    )
