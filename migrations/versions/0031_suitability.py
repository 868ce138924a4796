"""Assessments, what was asked again, mismatches, experience, applications, texts shown."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    text = sa.String
    op.create_table(
        "suitability_assessment",
        sa.Column("id", text(40), primary_key=True),
        sa.Column("owner", text(40), nullable=False),
        sa.Column("person", text(64), nullable=False),
        sa.Column("key", text(80), nullable=False),
        sa.Column("body", text(64), nullable=False),
        sa.Column("version", text(20), nullable=False),
        sa.Column("locale", text(5), nullable=False),
        sa.Column("shown", text(64), nullable=False),
        sa.Column("points", sa.Integer, nullable=False),
        sa.Column("class_", text(10), nullable=False),
        sa.Column("term_months", sa.Integer, nullable=False),
        sa.Column("sorts", text(60), nullable=False),
        sa.Column("warnings", text(120), nullable=False),
        sa.Column("day", text(10), nullable=False),
        sa.Column("valid_until", text(10), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("evidence", text(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("owner", "key", name="suitability_assessment_request"),
    )
    op.create_table(
        "suitability_asked_again",
        sa.Column("id", text(40), primary_key=True),
        sa.Column("owner", text(40), nullable=False),
        sa.Column("version", text(20), nullable=False),
        sa.Column("codes", text(400), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("evidence", text(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "suitability_mismatch",
        sa.Column("id", text(40), primary_key=True),
        sa.Column("owner", text(40), nullable=False),
        sa.Column("key", text(80), nullable=False),
        sa.Column("product", text(30), nullable=False),
        sa.Column("level", text(2), nullable=False),
        sa.Column("class_", text(10), nullable=False),
        sa.Column("assessment", text(40), nullable=False),
        sa.Column("mismatches", text(40), nullable=False),
        sa.Column("shown", text(64), nullable=False),
        sa.Column("locale", text(5), nullable=False),
        sa.Column("day", text(10), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("owner", "key", name="suitability_mismatch_request"),
    )
    op.create_table(
        "suitability_experience",
        sa.Column("owner", text(40), primary_key=True),
        sa.Column("source", text(30), primary_key=True),
        sa.Column("first_trade", text(10), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "suitability_permission",
        sa.Column("id", text(40), primary_key=True),
        sa.Column("owner", text(40), nullable=False),
        sa.Column("key", text(80), nullable=False),
        sa.Column("permission", text(20), nullable=False),
        sa.Column("granted", sa.Boolean, nullable=False),
        sa.Column("checks", sa.Text, nullable=False),
        sa.Column("signed", sa.Text, nullable=False),
        sa.Column("day", text(10), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("told", sa.Boolean, nullable=False),
        sa.Column("code", text(60), nullable=False),
        sa.UniqueConstraint("owner", "key", name="suitability_permission_request"),
    )
    op.create_table(
        "suitability_text",
        sa.Column("digest", text(64), primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "suitability_turn",
        sa.Column("person", text(64), primary_key=True),
        sa.Column("turn", sa.BigInteger, nullable=False),
    )
    for name, table, columns in (
        ("assessment_by_owner", "assessment", ["owner", "at_ms"]),
        ("assessment_by_person", "assessment", ["person", "day"]),
        ("asked_again_by_owner", "asked_again", ["owner", "at_ms"]),
        ("mismatch_by_owner", "mismatch", ["owner", "product"]),
        ("permission_by_owner", "permission", ["owner", "at_ms"]),
        ("permission_untold", "permission", ["told", "granted"]),
    ):
        op.create_index(f"suitability_{name}", f"suitability_{table}", columns)
