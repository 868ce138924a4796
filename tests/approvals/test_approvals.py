"""Two people, always: who may agree to what, until when, and what is written down."""

from __future__ import annotations

from dataclasses import replace

import pytest

from yunquan import approvals
from yunquan.approvals import rules
from yunquan.approvals.events import EVENTS
from yunquan.approvals.types import OPEN_FOR_MS, NewProposal, Proposal, ProposalId, ProposalState
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.errors import Conflict, Invalid, NotFound
from yunquan.kernel.events import EventCodec
from yunquan.kernel.log import each_record
from yunquan.kernel.transaction import Database

ANNE, BERT, CORA = "staff:stf_anne", "staff:stf_bert", "staff:stf_cora"
STOP = NewProposal("stop_trading", {"scope": "all"}, "Exchange notice 7", "k-1", needs_second=True)
ALONE = replace(STOP, wish={"scope": "600519.SH"}, key="k-2", needs_second=False)


def proposal(state: ProposalState = ProposalState.OPEN, **changes: object) -> Proposal:
    known = Proposal(
        ProposalId("prp_1"),
        "stop_trading",
        {"scope": "all"},
        "Exchange notice 7",
        "k-1",
        needs_second=True,
        proposed_by=ANNE,
        proposed_at_ms=1_000,
        expires_at_ms=1_000 + OPEN_FOR_MS,
        state=state,
        decided_by="",
        decided_at_ms=0,
        outcome={},
    )
    return replace(known, **changes)


END = 1_000 + OPEN_FOR_MS


@pytest.mark.parametrize(
    ("state", "actor", "now_ms", "code"),
    [
        (ProposalState.OPEN, BERT, 2_000, None),
        (ProposalState.OPEN, BERT, END - 1, None),
        (ProposalState.OPEN, ANNE, 2_000, "proposal.own"),
        (ProposalState.OPEN, BERT, END, "proposal.expired"),
        # Expired beats own: the reader learns what can be done about it.
        (ProposalState.OPEN, ANNE, END, "proposal.expired"),
        (ProposalState.DECLINED, BERT, 2_000, "proposal.declined"),
        (ProposalState.AGREED, BERT, 2_000, "proposal.agreed"),
    ],
)
def test_who_may_agree_and_when(
    state: ProposalState, actor: str, now_ms: int, code: str | None
) -> None:
    refused = rules.decide_agreement(proposal(state), actor, now_ms)
    assert (refused.code if refused else None) == code


@pytest.mark.parametrize(
    ("known", "now_ms", "code"),
    [
        (proposal(), 2_000, "proposal.open"),
        (proposal(), END, "proposal.expired"),
        (proposal(ProposalState.DECLINED), 2_000, "proposal.declined"),
        (proposal(ProposalState.AGREED, decided_at_ms=5_000), 6_000, None),
        (
            proposal(ProposalState.AGREED, decided_at_ms=5_000),
            5_000 + rules.REPEATABLE_FOR_MS,
            "proposal.too_late",
        ),
    ],
)
def test_what_may_be_carried_out(known: Proposal, now_ms: int, code: str | None) -> None:
    refused = rules.decide_carrying_out(known, now_ms)
    assert (refused.code if refused else None) == code


@pytest.mark.parametrize(
    ("outcome", "whole"),
    [({}, False), ({"0": "", "1": ""}, True), ({"0": "", "1": "counter.unreachable"}, False)],
)
def test_whole_is_everywhere(outcome: dict[str, str], whole: bool) -> None:
    assert rules.is_whole(proposal(outcome=outcome)) is whole


def make(database: Database, new: NewProposal = STOP, by: str = ANNE) -> Proposal:
    with database.transaction(actor=by) as tx:
        return approvals.propose(tx, new)


def emitted(database: Database) -> list[str]:
    codec = EventCodec(EVENTS)
    with database.read() as tx:
        facts = [e for r in each_record(tx.connection, "rooms") for e in codec.decode(r.body)]
    return [type(fact).__name__ for fact in facts]


def test_another_person_agrees_once(database: Database) -> None:
    made = make(database)
    assert made.state is ProposalState.OPEN
    with pytest.raises(Conflict, match=r"proposal\.own"), database.transaction(actor=ANNE) as tx:
        approvals.agree(tx, made.id)
    with database.transaction(actor=BERT) as tx:
        agreed = approvals.agree(tx, made.id)
    assert (agreed.state, agreed.decided_by) == (ProposalState.AGREED, BERT)
    with database.transaction(actor=CORA) as tx:
        # Who comes second finds it decided, by whom it was.
        assert approvals.agree(tx, made.id) == agreed
    with (
        pytest.raises(Conflict, match=r"proposal\.agreed"),
        database.transaction(actor=CORA) as tx,
    ):
        approvals.decline(tx, made.id)
    assert emitted(database) == ["ProposalMade", "ProposalAgreed"]


def test_an_open_one_expires(database: Database, clock: ManualClock) -> None:
    made = make(database)
    clock.advance(OPEN_FOR_MS / 1000)
    for decide in (approvals.agree, approvals.decline):
        with (
            pytest.raises(Conflict, match=r"proposal\.expired"),
            database.transaction(actor=BERT) as tx,
        ):
            decide(tx, made.id)
    assert emitted(database) == ["ProposalMade"]


def test_a_declined_one_stays_so(database: Database) -> None:
    made = make(database)
    for _ in range(2):
        with database.transaction(actor=ANNE) as tx:
            assert approvals.decline(tx, made.id).state is ProposalState.DECLINED
    with (
        pytest.raises(Conflict, match=r"proposal\.declined"),
        database.transaction(actor=BERT) as tx,
    ):
        approvals.agree(tx, made.id)
    assert emitted(database) == ["ProposalMade", "ProposalDeclined"]


def test_a_key_is_one_wish(database: Database) -> None:
    made = make(database)
    assert make(database) == made
    assert make(database, by=BERT).id != made.id
    with pytest.raises(Conflict, match=r"command\.reused"):
        make(database, replace(STOP, basis="Exchange notice 8"))
    with pytest.raises(Conflict, match=r"command\.reused"):
        make(database, replace(STOP, wish={"scope": "SH"}))


@pytest.mark.parametrize("basis", ["", "abc", "   a   ", "x" * 201])
def test_a_basis_is_needed(database: Database, basis: str) -> None:
    with pytest.raises(Invalid, match=r"proposal\.basis"):
        make(database, replace(STOP, basis=basis))
    assert emitted(database) == []


def test_what_needs_nobody_is_agreed_at_once_and_its_outcome_kept(
    database: Database, clock: ManualClock
) -> None:
    made = make(database, ALONE)
    clock.advance(1)
    assert (made.state, made.decided_by) == (ProposalState.AGREED, "")
    for outcome in ({"0": "", "1": "counter.unreachable"}, {"0": "", "1": ""}, {"0": "", "1": ""}):
        with database.transaction(actor=ANNE) as tx:
            assert approvals.record_outcome(tx, made.id, outcome).outcome == outcome
    assert emitted(database) == ["ProposalMade", "ProposalCarriedOut", "ProposalCarriedOut"]
    make(database)
    with database.read() as tx:
        listed = approvals.list_proposals(tx, ["stop_trading"])
        assert [one.wish["scope"] for one in listed] == ["all", "600519.SH"]
        assert approvals.list_proposals(tx, ["use_gateway"]) == []
        with pytest.raises(NotFound, match=r"proposal\.unknown"):
            approvals.load_proposal(tx, "prp_nothing")
