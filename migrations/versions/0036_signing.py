"""What was signed together, and each paper of it."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    op.create_table(
        "signing_set",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("request_key", sa.String(120), nullable=False, unique=True),
        sa.Column("body_sha256", sa.String(64), nullable=False),
        sa.Column("owner", sa.String(60), nullable=False),
        sa.Column("signer_masked", sa.String(60), nullable=False),
        sa.Column("certificate", sa.String(64), nullable=False),
        sa.Column("evidence", sa.String(40), nullable=False),
        sa.Column("signed_at_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("signing_set_by_owner", "signing_set", ["owner", "signed_at_ms"])
    op.create_table(
        "signing_document",
        sa.Column("set_id", sa.String(40), primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("code", sa.String(30), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("document", sa.String(40), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False, unique=True),
        sa.Column("sm3", sa.String(64), nullable=False),
        sa.Column("verify_code", sa.String(16), nullable=False, unique=True),
        sa.Column("seal", sa.LargeBinary, nullable=False),
    )
