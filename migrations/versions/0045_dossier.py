"""Who came to the clients' door, what stood out minute by minute; bank accounts found by number."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    op.create_table(
        "dossier_door",
        sa.Column("stream", sa.String(40), primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("principal", sa.String(40), nullable=False),
        sa.Column("what", sa.String(12), nullable=False),
        sa.Column("address", sa.String(60), nullable=False),
        sa.Column("device", sa.String(200), nullable=False),
        sa.Column("code", sa.String(60), nullable=False),
    )
    op.create_index("dossier_door_by_principal", "dossier_door", ["principal", "at_ms"])
    op.create_index("dossier_door_by_address", "dossier_door", ["address", "at_ms"])
    op.create_table(
        "heat_picture",
        sa.Column("minute_ms", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("funding_binding_by_bank", "funding_binding", ["bank", "bank_account"])
