"""Clients, their accounts and preferences."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "clients_client",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("principal_id", sa.String(40), nullable=False, unique=True),
        sa.Column("login_name", sa.String(32), nullable=False, unique=True),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("name_masked", sa.String(60), nullable=False),
        sa.Column("mobile_sealed", sa.LargeBinary, nullable=False),
        sa.Column("mobile_masked", sa.String(20), nullable=False),
        sa.Column("id_sealed", sa.LargeBinary, nullable=False),
        sa.Column("id_masked", sa.String(20), nullable=False),
        sa.Column("id_digest", sa.String(64), nullable=False, unique=True),
        sa.Column("id_valid_until", sa.String(10), nullable=False),
        sa.Column("permissions", sa.String(120), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("registered_at_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "clients_cash_account",
        sa.Column("number", sa.String(20), primary_key=True),
        sa.Column("client_id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("opened_at_ms", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("client_id", "kind", "currency", name="clients_cash_account_kind"),
    )
    op.create_table(
        "clients_securities_account",
        sa.Column("number", sa.String(20), primary_key=True),
        sa.Column("cash_account", sa.String(20), nullable=False, index=True),
        sa.Column("market", sa.String(4), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("designated", sa.Boolean, nullable=False),
        sa.Column("custody_unit", sa.String(10), nullable=False),
    )
    op.create_table(
        "clients_number",
        sa.Column("series", sa.String(20), primary_key=True),
        sa.Column("last", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "clients_preference",
        sa.Column("owner", sa.String(40), primary_key=True),
        sa.Column("locale", sa.String(5), nullable=False),
        sa.Column("theme", sa.String(10), nullable=False),
        sa.Column("colours", sa.String(10), nullable=False),
        sa.Column("watchlist", sa.Text, nullable=False),
    )
