"""Beginnings of clients' names and logins are found by an index."""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_index(
        "clients_client_by_name",
        "clients_client",
        ["name", "id"],
        postgresql_ops={"name": "text_pattern_ops"},
    )
    op.create_index(
        "clients_client_by_login",
        "clients_client",
        ["login_name"],
        postgresql_ops={"login_name": "text_pattern_ops"},
    )
