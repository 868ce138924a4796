"""What versions of rules went through, limits as surveillance was told them, and back-tests."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    changes = op.create_table(
        "surveillance_change",
        sa.Column("code", sa.String(60), primary_key=True),
        sa.Column("step", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("by", sa.String(60), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("basis", sa.String(400), nullable=False),
        sa.Column("effect_ms", sa.BigInteger, nullable=False),
        sa.Column("batch", sa.BigInteger, nullable=False),
    )
    # What is known of versions from before: the state each was last put in.
    rules = sa.table(
        "surveillance_rule",
        *(sa.column(one) for one in ("code", "version", "state", "by", "at_ms", "basis")),
    )
    names = ("code", "step", "version", "state", "by", "at_ms", "basis", "effect_ms", "batch")
    known = sa.select(
        rules.c.code,
        rules.c.version,
        rules.c.version,
        rules.c.state,
        rules.c.by,
        rules.c.at_ms,
        rules.c.basis,
        sa.literal(0),
        sa.literal(-1),
    )
    op.execute(changes.insert().from_select(names, known))
    op.create_table(
        "surveillance_told",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("symbol", sa.String(20), primary_key=True),
        sa.Column("close", sa.BigInteger, nullable=False),
        sa.Column("upper", sa.BigInteger, nullable=False),
        sa.Column("lower", sa.BigInteger, nullable=False),
    )
    op.create_index("surveillance_batch_by_time", "surveillance_batch", ["at_ms"])
    op.create_table(
        "backtests_backtest",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("by", sa.String(60), nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("asked_at_ms", sa.BigInteger, nullable=False),
        sa.Column("from_day", sa.String(10), nullable=False),
        sa.Column("until_day", sa.String(10), nullable=False),
        sa.Column("warm_days", sa.Integer, nullable=False),
        sa.Column("rules", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("done", sa.BigInteger, nullable=False),
        sa.Column("total", sa.BigInteger, nullable=False),
        sa.Column("began_at_ms", sa.BigInteger, nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger, nullable=False),
        sa.Column("failed", sa.String(60), nullable=False),
        sa.Column("result", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("by", "key", name="backtests_backtest_request"),
    )
    op.create_index("backtests_backtest_by_state", "backtests_backtest", ["state", "id"])
