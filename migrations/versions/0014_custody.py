"""Custody: who began a transfer and what proves it, cash passwords, banks' files, differences."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    with op.batch_alter_table("funding_transfer") as table:
        table.add_column(
            sa.Column("initiator", sa.String(4), nullable=False, server_default="firm")
        )
        table.add_column(sa.Column("bank_day", sa.String(10), nullable=False, server_default=""))
        table.add_column(sa.Column("fee_fen", sa.BigInteger, nullable=False, server_default="0"))
        table.add_column(
            sa.Column("awaits_file", sa.Boolean, nullable=False, server_default=sa.false())
        )
        table.add_column(sa.Column("proof", sa.String(40), nullable=False, server_default=""))
        table.add_column(sa.Column("reversed_by", sa.String(80), nullable=False, server_default=""))
        table.add_column(sa.Column("reversal_asked_at_ms", sa.BigInteger))
        table.create_index("funding_transfer_of_bank_day", ["bank", "bank_day"])
    op.create_table(
        "funding_cash_password",
        sa.Column("account", sa.String(40), primary_key=True),
        sa.Column("hash", sa.String(200), nullable=False),
        sa.Column("failures", sa.BigInteger, nullable=False),
        sa.Column("last_at_ms", sa.BigInteger, nullable=False),
        sa.Column("locked_until_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "custody_bank_file",
        sa.Column("bank", sa.String(20), primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("matched", sa.BigInteger, nullable=False),
        sa.Column("resolved", sa.BigInteger, nullable=False),
        sa.Column("in_fen", sa.BigInteger, nullable=False),
        sa.Column("out_fen", sa.BigInteger, nullable=False),
        sa.Column("fees_fen", sa.BigInteger, nullable=False),
        sa.Column("received_at_ms", sa.BigInteger, nullable=False),
        sa.Column("times", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("custody_bank_file_by_time", "custody_bank_file", ["received_at_ms"])
    op.create_table(
        "custody_difference",
        sa.Column("bank", sa.String(20), primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("version", sa.BigInteger, primary_key=True),
        sa.Column("serial", sa.String(64), primary_key=True),
        sa.Column("transfer", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("ours_fen", sa.BigInteger, nullable=False),
        sa.Column("theirs_fen", sa.BigInteger, nullable=False),
    )
