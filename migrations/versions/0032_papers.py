"""Runs of the checks over the papers of openings."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    text = sa.String
    op.create_table(
        "papers_run",
        sa.Column("id", text(40), primary_key=True),
        sa.Column("owner", text(40), nullable=False),
        sa.Column("day", text(10), nullable=False),
        sa.Column("digest", text(64), nullable=False),
        sa.Column("findings", sa.Text, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("papers_run_by_owner", "papers_run", ["owner", "at_ms"])
