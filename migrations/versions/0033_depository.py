"""What the depository is asked, what happened to it, and its files of days."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.create_table(
        "depository_request",
        sa.Column("serial", sa.String(64), primary_key=True),
        sa.Column("owner", sa.String(40), nullable=False),
        sa.Column("asked_for", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("person_sealed", sa.LargeBinary, nullable=False),
        sa.Column("wanted", sa.Text, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("ymt", sa.String(12), nullable=False),
        sa.Column("accounts", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("trouble", sa.String(40), nullable=False),
        sa.Column("asked_at_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_depository_request_owner", "depository_request", ["owner"])
    alive = sa.text("state <> 'refused'")
    op.create_index(
        "depository_request_once",
        "depository_request",
        ["asked_for", "kind"],
        unique=True,
        sqlite_where=alive,
        postgresql_where=alive,
    )
    op.create_index("depository_request_by_state", "depository_request", ["state", "serial"])
    op.create_table(
        "depository_step",
        sa.Column("serial", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
    )
    op.create_table(
        "depository_file",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
    )
