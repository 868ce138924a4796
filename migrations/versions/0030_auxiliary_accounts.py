"""Auxiliary cash accounts: several of a kind, told apart by their branch."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    with op.batch_alter_table("clients_cash_account") as table:
        table.add_column(sa.Column("branch", sa.Integer, nullable=False, server_default="0"))
        table.drop_constraint("clients_cash_account_kind", type_="unique")
        table.create_unique_constraint(
            "clients_cash_account_kind", ["client_id", "kind", "currency", "branch"]
        )
