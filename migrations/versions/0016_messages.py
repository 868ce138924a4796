"""Messages to clients."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "messages_message",
        sa.Column("id", sa.String(70), primary_key=True),
        sa.Column("account", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("ref", sa.String(60), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("read_at_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("messages_message_by_account", "messages_message", ["account", "at_ms", "id"])
