"""Several watchlists a client; larger type, confirmation of orders and a first quantity."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    with op.batch_alter_table("clients_preference") as table:
        table.add_column(sa.Column("elder", sa.Boolean, nullable=False, server_default=sa.false()))
        table.add_column(
            sa.Column("confirms", sa.Boolean, nullable=False, server_default=sa.true())
        )
        table.add_column(
            sa.Column("default_qty", sa.BigInteger, nullable=False, server_default="0")
        )
    op.create_table(
        "clients_watchlist",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("owner", sa.String(40), nullable=False),
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("symbols", sa.Text, nullable=False),
        sa.UniqueConstraint("owner", "name", name="clients_watchlist_name"),
    )
