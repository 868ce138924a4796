"""What staff did, read out of the log."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.create_table(
        "audit_deed",
        sa.Column("stream", sa.String(40), primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("what", sa.String(60), nullable=False),
        sa.Column("client", sa.String(40), nullable=False),
        sa.Column("account", sa.String(40), nullable=False),
        sa.Column("ref", sa.String(60), nullable=False),
        sa.Column("why", sa.String(600), nullable=False),
        sa.Column("second", sa.String(60), nullable=False),
        sa.Column("outcome", sa.String(60), nullable=False),
    )
    op.create_index("audit_deed_by_time", "audit_deed", ["at_ms", "seq"])
    for name in ("actor", "kind", "client", "account", "ref"):
        op.create_index(f"audit_deed_by_{name}", "audit_deed", [name, "at_ms", "seq"])
    op.create_index("security_look_again", "security_look", ["actor", "subject", "what", "at_ms"])
