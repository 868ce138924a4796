"""Orders of history say their kind, the price their client named, and the exchange's time."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    with op.batch_alter_table("counter_order") as table:
        table.add_column(sa.Column("kind", sa.String(20), nullable=False, server_default="limit"))
        table.add_column(sa.Column("asked", sa.BigInteger, nullable=False, server_default="-1"))
        table.add_column(sa.Column("clock_s", sa.Integer, nullable=False, server_default="0"))
