"""What measures are narrowed to; letters of cases; longer scopes of restrictions."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    with op.batch_alter_table("restrictions_standing") as batch:
        batch.alter_column("scope", existing_type=sa.String(10), type_=sa.String(24))
    op.add_column(
        "cases_measure", sa.Column("detail", sa.String(20), nullable=False, server_default="")
    )
    op.create_table(
        "letters_letter",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("request", sa.String(140), nullable=False, unique=True),
        sa.Column("case", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("account", sa.String(60), nullable=False),
        sa.Column("client", sa.String(40), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("basis", sa.String(400), nullable=False),
        sa.Column("papers", sa.LargeBinary, nullable=False),
        sa.Column("proposal", sa.String(40), nullable=False),
        sa.Column("documents", sa.LargeBinary, nullable=False),
        sa.Column("by", sa.String(60), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("issued_by", sa.String(60), nullable=False),
        sa.Column("issued_at_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("letters_letter_by_case", "letters_letter", ["case", "at_ms"])
    op.create_index("letters_letter_by_account", "letters_letter", ["account", "at_ms"])
