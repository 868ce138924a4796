"""Which events are deeds of staff, what each says, and that none is forgotten."""

from __future__ import annotations

from typing import Any

import pytest

from yunquan.actions import events as actions
from yunquan.app.event_kinds import event_kinds
from yunquan.approvals import events as approvals
from yunquan.audit import rules
from yunquan.audit.types import AuditFilter, Deed, Sequel
from yunquan.complaints import events as complaints
from yunquan.quotes import events as quotes
from yunquan.restrictions import events as restrictions
from yunquan.security import events as security

ME, OTHER = "staff:stf_1", "staff:stf_2"
PRINCIPALS = {"pri_1": ME}


def deed(event: Any) -> Deed | None:
    return rules.deed_of(event, lambda principal: PRINCIPALS.get(principal, ""))


def test_every_event_with_an_actor_is_read() -> None:
    """A new event that says by whom must be a deed here, or be named as none."""
    said = {tag for tag, kind in event_kinds().items() if "by" in kind.__struct_fields__}
    assert said - rules.known_events() - rules.NO_DEED == set()
    assert rules.known_events() <= set(event_kinds())


@pytest.mark.parametrize(
    ("event", "kind", "what", "client", "account", "why"),
    [
        (
            security.Looked("lok_1", ME, "cli_1", "identity", "Client called"),
            *("look", "audit.look.identity", "cli_1", "", "Client called"),
        ),
        (
            security.Looked("lok_1", ME, "880000000001", "ledger", ""),
            *("look", "audit.look.ledger", "", "880000000001", ""),
        ),
        (
            approvals.ProposalMade(
                "prp_1", "account_release", {"account": "88"}, "Review 118", ME, True, 1
            ),
            *("propose", "proposal.kind.account_release", "", "88", "Review 118"),
        ),
        (
            restrictions.AccountActDone(
                *("prp_1", "freeze", "88", "", "CNY", 100, "judicial", "t", "D1", "court"),
                *("", ME, OTHER),
            ),
            *("account_act", "proposal.kind.account_freeze", "", "88", "D1 · court · t"),
        ),
        (
            complaints.ComplaintMoved("cpl_1", "cli_1", "88", "answer", "answered", "", "", ME),
            *("complaint", "complaint.act.answer", "cli_1", "88", ""),
        ),
        (
            quotes.LevelEnded("cli_1", 2, "2026-07-13", "Client asked", ME),
            *("level", "audit.level.ended", "cli_1", "", "Client asked"),
        ),
        (
            actions.ActionWithdrawn("act_1", 1, "notice", ME),
            *("action", "audit.action.withdrawn", "", "", "notice"),
        ),
        (
            security.LoggedIn("pri_1", "staff", "ses_1", "a", "d"),
            *("login", "audit.login.in", "", "", ""),
        ),
        (security.LoggedOut("pri_1", "ses_1"), *("logout", "audit.login.out", "", "", "")),
    ],
)
def test_what_a_deed_says(
    event: Any, kind: str, what: str, client: str, account: str, why: str
) -> None:
    found = deed(event)
    assert found
    assert (found.actor, found.kind, found.what) == (ME, kind, what)
    assert (found.client, found.account, found.why) == (client, account, why)


@pytest.mark.parametrize(
    "event",
    [
        security.LoggedIn("pri_9", "client", "ses_1", "a", "d"),
        security.LoggedOut("pri_9", "ses_1"),
        security.LoginFailed(None, "client", "a", "login.refused", 1),
        complaints.ComplaintMoved("cpl_1", "cli_1", "88", "add", "in_hand", "", "", "client:cli_1"),
        quotes.LevelEnded("cli_1", 2, "2026-07-13", "Before it was written down"),
        approvals.ProposalCarriedOut("prp_1", {"counter-0": ""}, ME),
    ],
)
def test_what_is_nobody_s_deed(event: Any) -> None:
    assert deed(event) is None


def test_a_stranger_at_the_door_of_staff_is_kept_as_unknown() -> None:
    found = deed(security.LoginFailed(None, "staff", "a", "login.refused", 1))
    assert found
    assert (found.actor, found.outcome) == ("staff:unknown", "login.refused")


@pytest.mark.parametrize(
    ("event", "sequel"),
    [
        (approvals.ProposalAgreed("prp_1", OTHER), Sequel("prp_1", OTHER, "agreed")),
        (approvals.ProposalDeclined("prp_1", OTHER), Sequel("prp_1", OTHER, "declined")),
        (approvals.ProposalCarriedOut("prp_1", {"0": ""}, ME), Sequel("prp_1", "", "done")),
        (
            approvals.ProposalCarriedOut("prp_1", {"0": "", "1": "stop.none"}, ME),
            Sequel("prp_1", "", "stop.none"),
        ),
        (security.LoggedOut("pri_1", "ses_1"), None),
    ],
)
def test_what_becomes_of_a_proposal(event: Any, sequel: Sequel | None) -> None:
    assert rules.sequel_of(event) == sequel


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (AuditFilter(), None),
        (AuditFilter(ME, "look", "cli_1", "2026-07-13", "2026-07-13"), None),
        (AuditFilter(actor="client:cli_1"), "audit.malformed"),
        (AuditFilter(kind="gossip"), "audit.malformed"),
        (AuditFilter(q="a b"), "audit.malformed"),
        (AuditFilter(from_day="2026-07-14", to_day="2026-07-13"), "orders.period_malformed"),
        (AuditFilter(from_day="today"), "orders.period_malformed"),
    ],
)
def test_filters(asked: AuditFilter, code: str | None) -> None:
    refused = rules.check_filter(asked)
    assert (refused.code if refused else None) == code


def test_days_are_beijing_s() -> None:
    first, last = rules.span_ms("2026-07-13", "2026-07-13")
    assert (first, last - first) == (1_783_872_000_000, 86_400_000)
    assert rules.span_ms("", "") == (0, 2**62)
