"""Figures beyond their lines, the last pictures of what is measured, and the firm's exposure by
the minute.
"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    op.create_table(
        "surveillance_standing",
        sa.Column("room", sa.String(20), primary_key=True),
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("about", sa.String(120), primary_key=True),
        sa.Column("line", sa.Float, nullable=False),
        sa.Column("grade", sa.Integer, nullable=False),
        sa.Column("value", sa.Float, nullable=False),
        sa.Column("since_ms", sa.BigInteger, nullable=False),
        sa.Column("measured_at_ms", sa.BigInteger, nullable=False),
        sa.Column("account", sa.String(60), nullable=False),
        sa.Column("symbol", sa.String(20), nullable=False),
        sa.Column("device", sa.String(200), nullable=False),
        sa.Column("alert", sa.String(40), nullable=False),
    )
    op.create_table(
        "surveillance_picture",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "exposure_minute",
        sa.Column("at_ms", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("value_fen", sa.BigInteger, nullable=False),
        sa.Column("var_fen", sa.BigInteger),
        sa.Column("shortfall_fen", sa.BigInteger),
    )
