"""Cases, their alerts, measures and timelines."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    op.create_table(
        "cases_case",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("about", sa.String(260), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("account", sa.String(60), nullable=False),
        sa.Column("symbol", sa.String(20), nullable=False),
        sa.Column("other", sa.String(60), nullable=False),
        sa.Column("device", sa.String(200), nullable=False),
        sa.Column("grade", sa.Integer, nullable=False),
        sa.Column("score", sa.Integer, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("opened_at_ms", sa.BigInteger, nullable=False),
        sa.Column("last_at_ms", sa.BigInteger, nullable=False),
        sa.Column("alerts", sa.Integer, nullable=False),
        sa.Column("take_by_ms", sa.BigInteger, nullable=False),
        sa.Column("decide_by_ms", sa.BigInteger, nullable=False),
        sa.Column("escalated", sa.Integer, nullable=False),
        sa.Column("taken_by", sa.String(60), nullable=False),
        sa.Column("taken_at_ms", sa.BigInteger, nullable=False),
        sa.Column("outcome", sa.String(12), nullable=False),
        sa.Column("lesson", sa.String(400), nullable=False),
        sa.Column("closed_by", sa.String(60), nullable=False),
        sa.Column("closed_at_ms", sa.BigInteger, nullable=False),
        sa.Column("open_about", sa.String(260), unique=True),
    )
    op.create_index("cases_case_by_state", "cases_case", ["state", "grade", "opened_at_ms"])
    op.create_index("cases_case_by_account", "cases_case", ["account", "opened_at_ms"])
    op.create_index("cases_case_by_kind", "cases_case", ["kind", "closed_at_ms"])
    op.create_table(
        "cases_alert",
        sa.Column("alert", sa.String(40), primary_key=True),
        sa.Column("case", sa.String(40), nullable=False),
        sa.Column("rule", sa.String(60), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("cases_alert_by_case", "cases_alert", ["case", "at_ms"])
    op.create_index("cases_alert_by_rule", "cases_alert", ["rule", "at_ms"])
    op.create_table(
        "cases_measure",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("request", sa.String(140), unique=True),
        sa.Column("case", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("account", sa.String(60), nullable=False),
        sa.Column("basis", sa.LargeBinary, nullable=False),
        sa.Column("automatic", sa.Boolean, nullable=False),
        sa.Column("by", sa.String(60), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("proposal", sa.String(40), nullable=False),
        sa.Column("undone_by", sa.String(60), nullable=False),
        sa.Column("undone_at_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("cases_measure_by_case", "cases_measure", ["case", "at_ms"])
    op.create_table(
        "cases_step",
        sa.Column("case", sa.String(40), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("who", sa.String(60), nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("facts", sa.LargeBinary, nullable=False),
    )
