"""What banks charge the firm: of a bank's day, and what of it day ends have booked."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column(
        "custody_bank_file",
        sa.Column("firm_fees_fen", sa.BigInteger, nullable=False, server_default="0"),
    )
    op.create_table(
        "clearing_bank_fee",
        sa.Column("bank", sa.String(20), primary_key=True),
        sa.Column("bank_day", sa.String(10), primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("fen", sa.BigInteger, nullable=False),
    )
