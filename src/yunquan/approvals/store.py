"""The table of proposals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import msgspec
import sqlalchemy as sa

from yunquan.approvals.types import Proposal, ProposalId, ProposalState
from yunquan.kernel.transaction import ReadTx, Tx, metadata

proposals = sa.Table(
    "approvals_proposal",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("kind", sa.String(30), nullable=False),
    sa.Column("wish", sa.Text, nullable=False),
    sa.Column("basis", sa.String(200), nullable=False),
    sa.Column("key", sa.String(80), nullable=False),
    sa.Column("needs_second", sa.Boolean, nullable=False),
    sa.Column("proposed_by", sa.String(60), nullable=False),
    sa.Column("proposed_at_ms", sa.BigInteger, nullable=False),
    sa.Column("expires_at_ms", sa.BigInteger, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("decided_by", sa.String(60), nullable=False),
    sa.Column("decided_at_ms", sa.BigInteger, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.UniqueConstraint("proposed_by", "key", name="approvals_proposal_request"),
)


def count_open(tx: ReadTx, now_ms: int) -> int:
    """Proposals that wait for a second person."""
    waiting = sa.and_(
        proposals.c.state == ProposalState.OPEN.value, proposals.c.expires_at_ms > now_ms
    )
    return tx.execute(sa.select(sa.func.count()).where(waiting)).scalar_one()


def _proposal(row: Any) -> Proposal:
    values = dict(row._mapping)
    values["id"] = ProposalId(row.id)
    values["state"] = ProposalState(row.state)
    for name in ("wish", "outcome"):
        values[name] = msgspec.json.decode(values[name], type=dict[str, str])
    return Proposal(**values)


def _text(pairs: dict[str, str]) -> str:
    return msgspec.json.encode(pairs).decode()


def insert_proposal(tx: Tx, proposal: Proposal) -> None:
    values = asdict(proposal) | {"id": str(proposal.id), "state": proposal.state.value}
    values |= {"wish": _text(proposal.wish), "outcome": _text(proposal.outcome)}
    tx.execute(proposals.insert().values(**values))


def find_proposal(tx: ReadTx, proposal: str) -> Proposal | None:
    row = tx.execute(sa.select(proposals).where(proposals.c.id == proposal)).one_or_none()
    return _proposal(row) if row else None


def find_request(tx: ReadTx, proposed_by: str, key: str) -> Proposal | None:
    """What this person proposed under this key."""
    mine = (proposals.c.proposed_by == proposed_by, proposals.c.key == key)
    row = tx.execute(sa.select(proposals).where(*mine)).one_or_none()
    return _proposal(row) if row else None


def list_proposals(tx: ReadTx, kinds: Iterable[str], limit: int) -> list[Proposal]:
    """Newest first."""
    query = sa.select(proposals).where(proposals.c.kind.in_(tuple(kinds)))
    return [
        _proposal(row) for row in tx.execute(query.order_by(proposals.c.id.desc()).limit(limit))
    ]


def save_decision(tx: Tx, proposal: str, state: ProposalState, by: str, at_ms: int) -> bool:
    """Decide an open proposal; whether it was still open."""
    open_one = (proposals.c.id == proposal, proposals.c.state == ProposalState.OPEN.value)
    values = {"state": state.value, "decided_by": by, "decided_at_ms": at_ms}
    return tx.execute(proposals.update().where(*open_one).values(**values)).rowcount == 1


def save_outcome(tx: Tx, proposal: str, outcome: dict[str, str]) -> None:
    mine = proposals.c.id == proposal
    tx.execute(proposals.update().where(mine).values(outcome=_text(outcome)))
