"""Market data gets a room of its own: its tables take the room's name, rows stay."""

from alembic import op

revision = "0007"
down_revision = "0006"

_RENAMED = (
    ("market_bar", "quotes_bar"),
    ("market_bar_quarantine", "quotes_bar_quarantine"),
    ("market_import", "quotes_import"),
)


def upgrade() -> None:
    for old, new in _RENAMED:
        op.rename_table(old, new)
