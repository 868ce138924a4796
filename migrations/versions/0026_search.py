"""Staff find orders by symbol, state and execution; postings know what moved them."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.create_index("counter_order_by_symbol", "counter_order", ["symbol", "id"])
    for name, sqlite, postgresql in (
        ("counter_order_open", "is_open = 1", "is_open"),
        ("counter_order_rejected", "state = 9", "state = 9"),
    ):
        op.create_index(
            name,
            "counter_order",
            ["id"],
            sqlite_where=sa.text(sqlite),
            postgresql_where=sa.text(postgresql),
        )
    op.create_index("counter_fill_by_execution", "counter_fill", ["execution"])
    op.add_column(
        "counter_posting", sa.Column("event", sa.String(24), nullable=False, server_default="")
    )
