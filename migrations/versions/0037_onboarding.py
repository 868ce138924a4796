"""Checks of identity, and applications for accounts."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    op.create_table(
        "verification_code",
        sa.Column("serial", sa.String(64), primary_key=True),
        sa.Column("mobile", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(12), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("network", sa.String(64), nullable=False),
        sa.Column("sent_at_ms", sa.BigInteger, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("used_at_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("verification_code_by_mobile", "verification_code", ["mobile", "sent_at_ms"])
    op.create_index("verification_code_by_network", "verification_code", ["network", "sent_at_ms"])
    op.create_table(
        "verification_check",
        sa.Column("owner", sa.String(40), primary_key=True),
        sa.Column("kind", sa.String(8), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("outcome", sa.String(8), nullable=False),
        sa.Column("findings", sa.Text, nullable=False),
        sa.Column("documents", sa.Text, nullable=False),
        sa.Column("took_ms", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("sealed_for", sa.String(40), nullable=False),
    )
    op.create_table(
        "verification_challenge",
        sa.Column("nonce", sa.String(32), primary_key=True),
        sa.Column("owner", sa.String(40), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("drawn_at_ms", sa.BigInteger, nullable=False),
        sa.Column("used_at_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("verification_challenge_by_owner", "verification_challenge", ["owner"])
    op.create_table(
        "verification_clip",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("owner", sa.String(40), nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("voice", sa.Text, nullable=False),
    )
    _applications()


def _applications() -> None:
    op.create_table(
        "onboarding_application",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("done", sa.String(120), nullable=False),
        sa.Column("way", sa.String(8), nullable=False),
        sa.Column("locale", sa.String(8), nullable=False),
        sa.Column("channel", sa.String(12), nullable=False),
        sa.Column("device_kind", sa.String(40), nullable=False),
        sa.Column("mobile_masked", sa.String(20), nullable=False),
        sa.Column("name_masked", sa.String(60), nullable=False),
        sa.Column("client", sa.String(40), nullable=False),
        sa.Column("account", sa.String(40), nullable=False),
        sa.Column("grade", sa.String(12), nullable=False),
        sa.Column("flags", sa.Text, nullable=False),
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("begun_at_ms", sa.BigInteger, nullable=False),
        sa.Column("changed_at_ms", sa.BigInteger, nullable=False),
        sa.Column("submitted_at_ms", sa.BigInteger, nullable=False),
        sa.Column("decided_at_ms", sa.BigInteger, nullable=False),
        sa.Column("opened_at_ms", sa.BigInteger, nullable=False),
        sa.Column("active_at_ms", sa.BigInteger, nullable=False),
        sa.Column("due_at_ms", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("live", sa.String(64), nullable=False, unique=True),
        sa.Column("mobile", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("waits", sa.String(8), nullable=False),
        sa.Column("first_by", sa.String(60), nullable=False),
        sa.Column("taken_by", sa.String(60), nullable=False),
        sa.Column("taken_until_ms", sa.BigInteger, nullable=False),
        sa.Column("call_state", sa.String(12), nullable=False),
        sa.Column("call_due_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("onboarding_application_begun", "onboarding_application", ["begun_at_ms"])
    op.create_index(
        "onboarding_application_calls",
        "onboarding_application",
        ["call_state", "call_due_ms", "id"],
    )
    op.create_index("onboarding_application_client", "onboarding_application", ["client"])
    op.create_index(
        "onboarding_application_queue", "onboarding_application", ["state", "due_at_ms", "id"]
    )
    op.create_table(
        "onboarding_door",
        sa.Column("token", sa.String(64), primary_key=True),
        sa.Column("application", sa.String(40), nullable=False),
        sa.Column("opened_at_ms", sa.BigInteger, nullable=False),
        sa.Column("ends_at_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("onboarding_door_application", "onboarding_door", ["application"])
    op.create_table(
        "onboarding_moment",
        sa.Column("application", sa.String(40), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("by", sa.String(60), nullable=False),
        sa.Column("act", sa.String(20), nullable=False),
        sa.Column("step", sa.String(12), nullable=False),
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
    )
    op.create_table(
        "onboarding_step",
        sa.Column("application", sa.String(40), primary_key=True),
        sa.Column("step", sa.String(12), primary_key=True),
        sa.Column("begun_at_ms", sa.BigInteger, nullable=False),
        sa.Column("done_at_ms", sa.BigInteger, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
    )
    op.create_table(
        "onboarding_opinion",
        sa.Column("application", sa.String(40), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("by", sa.String(60), nullable=False),
        sa.Column("verdict", sa.String(8), nullable=False),
        sa.Column("codes", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_table(
        "onboarding_call",
        sa.Column("application", sa.String(40), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("by", sa.String(60), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("answers", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
