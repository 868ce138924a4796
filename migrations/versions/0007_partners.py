"""First answers of the API by key."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "partners_answer",
        sa.Column("who", sa.String(80), primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("answer", sa.LargeBinary, nullable=True),
        sa.Column("asked_at_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("partners_answer_age", "partners_answer", ["asked_at_ms"])
