"""What our books had of a bank's day when its file was taken."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.add_column("custody_bank_file", sa.Column("ours_net_fen", sa.BigInteger))
