"""What surveillance could not read, and alerts by when they were written."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    op.create_table(
        "surveillance_skipped",
        sa.Column("source", sa.String(40), primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("what", sa.String(60), nullable=False),
        sa.Column("why", sa.String(200), nullable=False),
    )
    op.create_index("surveillance_alert_by_writing", "surveillance_alert", ["raised_at_ms", "id"])
