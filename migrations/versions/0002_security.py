"""Principals, attempts, sessions, looks."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "security_principal",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("login_name", sa.String(32), nullable=False),
        sa.Column("display_name", sa.String(60), nullable=False),
        sa.Column("subject", sa.String(40), nullable=False),
        sa.Column("roles", sa.String(120), nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("totp_sealed", sa.LargeBinary),
        sa.Column("totp_last_step", sa.BigInteger, nullable=False),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("kind", "login_name", name="security_principal_login"),
        sa.UniqueConstraint("subject", name="security_principal_subject"),
    )
    op.create_table(
        "security_attempts",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("failures", sa.BigInteger, nullable=False),
        sa.Column("last_at_ms", sa.BigInteger, nullable=False),
        sa.Column("locked_until_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "security_address",
        sa.Column("address", sa.String(64), primary_key=True),
        sa.Column("started_at_ms", sa.BigInteger, nullable=False),
        sa.Column("failures", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "security_session",
        sa.Column("token_hash", sa.LargeBinary(32), primary_key=True),
        sa.Column("id", sa.String(40), nullable=False, unique=True),
        sa.Column("principal_id", sa.String(40), nullable=False),
        sa.Column("device", sa.String(120), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("started_at_ms", sa.BigInteger, nullable=False),
        sa.Column("last_seen_at_ms", sa.BigInteger, nullable=False),
        sa.Column("ends_at_ms", sa.BigInteger, nullable=False),
        sa.Column("revoked_generation", sa.BigInteger),
    )
    op.create_index(
        "security_session_principal", "security_session", ["principal_id", "started_at_ms"]
    )
    op.create_index("security_session_revoked", "security_session", ["revoked_generation"])
    op.create_index("security_session_ends", "security_session", ["ends_at_ms"])
    op.create_table(
        "security_generation",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("revocations", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "security_look",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.String(60), nullable=False),
        sa.Column("subject", sa.String(60), nullable=False),
        sa.Column("what", sa.String(60), nullable=False),
        sa.Column("why", sa.String(200), nullable=False),
    )
    op.create_index("security_look_subject", "security_look", ["subject", "at_ms"])
    op.create_index("security_look_at", "security_look", ["at_ms"])
