"""Fee plans, and the accounts that pay by one."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "tariffs_plan_version",
        sa.Column("plan", sa.String(20), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("effective_day", sa.String(10), nullable=False),
        sa.Column("name_zh", sa.String(40), nullable=False),
        sa.Column("name_en", sa.String(40), nullable=False),
        sa.Column("rates", sa.Text, nullable=False),
        sa.Column("basis", sa.String(200), nullable=False),
        sa.Column("proposal", sa.String(40), nullable=False, unique=True),
        sa.Column("proposed_by", sa.String(60), nullable=False),
        sa.Column("agreed_by", sa.String(60), nullable=False),
        sa.Column("made_at_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "tariffs_assignment",
        sa.Column("account", sa.String(40), primary_key=True),
        sa.Column("plan", sa.String(20), nullable=False),
        sa.Column("basis", sa.String(200), nullable=False),
        sa.Column("proposal", sa.String(40), nullable=False),
        sa.Column("assigned_by", sa.String(60), nullable=False),
        sa.Column("agreed_by", sa.String(60), nullable=False),
        sa.Column("assigned_at_ms", sa.BigInteger, nullable=False),
        sa.Column("sent_version", sa.Integer, nullable=False),
        sa.Column("code", sa.String(60), nullable=False),
    )
    op.create_index("tariffs_assignment_by_plan", "tariffs_assignment", ["plan", "sent_version"])
