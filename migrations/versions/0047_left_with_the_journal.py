"""With which batch a piece was left out and a limit was told: they are forgotten with it."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    batches = sa.table("surveillance_batch", sa.column("number"))
    newest = sa.select(sa.func.coalesce(sa.func.max(batches.c.number), 0)).scalar_subquery()
    for name in ("surveillance_told", "surveillance_skipped"):
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column("batch", sa.BigInteger, nullable=False, server_default="0"))
        # Nobody wrote down with which: they age from now on.
        op.execute(sa.table(name, sa.column("batch")).update().values(batch=newest))
