"""An answer of the depository that can't be, as it came."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"


def upgrade() -> None:
    op.add_column(
        "depository_request", sa.Column("odd", sa.Text, nullable=False, server_default="")
    )
