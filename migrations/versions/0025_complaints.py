"""Complaints and the steps taken."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    text, table = sa.String, "complaints_complaint"
    op.create_table(
        table,
        sa.Column("id", text(40), primary_key=True),
        sa.Column("client", text(40), nullable=False),
        sa.Column("account", text(40), nullable=False),
        sa.Column("order", text(40), nullable=False),
        sa.Column("channel", text(12), nullable=False),
        sa.Column("subject", text(12), nullable=False),
        sa.Column("severity", text(10), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("contact_masked", text(60), nullable=False),
        sa.Column("contact_sealed", sa.LargeBinary, nullable=False),
        sa.Column("state", text(12), nullable=False),
        sa.Column("handler", text(60), nullable=False),
        sa.Column("filed_by", text(60), nullable=False),
        sa.Column("key", text(80), nullable=False),
        sa.Column("filed_at_ms", sa.BigInteger, nullable=False),
        sa.Column("day", text(10), nullable=False),
        sa.Column("acknowledge_by", text(10), nullable=False),
        sa.Column("answer_by", text(10), nullable=False),
        sa.Column("acknowledged_on", text(10), nullable=False),
        sa.Column("answered_on", text(10), nullable=False),
        sa.Column("extended", sa.Boolean, nullable=False),
        sa.Column("pack", text(40), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("due", text(10), nullable=False),
        sa.UniqueConstraint("filed_by", "key", name="complaints_complaint_request"),
    )
    for name, columns in (
        ("by_due", ["due", "id"]),
        ("by_client", ["client", "id"]),
        ("by_account", ["account", "id"]),
        ("by_order", ["order", "id"]),
        ("by_handler", ["handler", "due", "id"]),
    ):
        op.create_index(f"{table}_{name}", table, columns)
    op.create_table(
        "complaints_step",
        sa.Column("complaint", text(40), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("by", text(60), nullable=False),
        sa.Column("key", text(80), nullable=False),
        sa.Column("act", text(12), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("shown", sa.Boolean, nullable=False),
        sa.Column("state", text(12), nullable=False),
        sa.UniqueConstraint("by", "key", name="complaints_step_request"),
    )
