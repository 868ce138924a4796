"""Documents, the words they are found by, who may read one, holds."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "archive_document",
        sa.Column("number", number, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(40), nullable=False, unique=True),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("owner", sa.String(60), nullable=False),
        sa.Column("twin", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String(40), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("address", sa.String(64), nullable=False, unique=True),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("source", sa.String(60), nullable=False),
        sa.Column("kept_at_ms", sa.BigInteger, nullable=False),
        sa.Column("destroyed_at_ms", sa.BigInteger, nullable=False),
        sa.Column("title_sealed", sa.LargeBinary),
        sa.Column("text_sealed", sa.LargeBinary),
        sa.Column("key_sealed", sa.LargeBinary),
        sa.UniqueConstraint("owner", "kind", "digest", "twin", name="archive_document_same"),
    )
    for name in ("owner", "kind", "day"):
        op.create_index(f"archive_document_by_{name}", "archive_document", [name, "number"])
    op.create_table(
        "archive_word",
        sa.Column("word", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("document", number, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "archive_opening",
        sa.Column("actor", sa.String(60), primary_key=True),
        sa.Column("document", sa.String(40), primary_key=True),
        sa.Column("look", sa.String(40), nullable=False),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "archive_relation",
        sa.Column("owner", sa.String(60), primary_key=True),
        sa.Column("ended_on", sa.String(10), nullable=False),
    )
    op.create_table(
        "archive_hold",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("owner", sa.String(60), nullable=False),
        sa.Column("basis", sa.String(200), nullable=False),
        sa.Column("by", sa.String(60), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger, nullable=False),
        sa.Column("ended_by", sa.String(60), nullable=False),
    )
    op.create_index("archive_hold_by_owner", "archive_hold", ["owner", "ended_at_ms"])
