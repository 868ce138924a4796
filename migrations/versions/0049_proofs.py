"""Measures that stand are found by account."""

from alembic import op

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    op.create_index("cases_measure_by_account", "cases_measure", ["account", "undone_by"])
