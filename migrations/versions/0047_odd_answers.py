"""An answer of the depository that can't be, as it came."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    op.add_column(
        "depository_request", sa.Column("odd", sa.Text, nullable=False, server_default="")
    )
