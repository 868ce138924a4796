"""Which events are deeds of staff, and what each says. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import msgspec

from yunquan.actions import events as actions
from yunquan.approvals import events as approvals
from yunquan.archive import events as archive
from yunquan.audit.types import AuditFilter, Deed, Sequel
from yunquan.cases import events as cases
from yunquan.clients import events as clients
from yunquan.clients.rules import main_of
from yunquan.complaints import events as complaints
from yunquan.depository import events as depository
from yunquan.evidence import events as evidence
from yunquan.funding import events as funding
from yunquan.kernel.errors import Refused
from yunquan.kernel.zone import MARKET_ZONE
from yunquan.letters import events as letters
from yunquan.market import events as market
from yunquan.onboarding import events as onboarding
from yunquan.quotes import events as quotes
from yunquan.restrictions import events as restrictions
from yunquan.rights import events as rights
from yunquan.rulebook import events as rulebook
from yunquan.screening import events as screening
from yunquan.security import events as security
from yunquan.tariffs import events as tariffs
from yunquan.witness import events as witness

STAFF: Final = "staff:"
_ACTOR: Final = re.compile(r"staff:[A-Za-z0-9_]{1,54}")
_NAME: Final = re.compile(r"[0-9A-Za-z_.:*-]{1,60}")
# In the order a filter offers them.
KINDS: Final = (
    "look",
    "propose",
    "agree",
    "decline",
    "account_act",
    "complaint",
    "reversal",
    "level",
    "tariff",
    "action",
    "evidence",
    "archive",
    "client",
    "screening",
    "opening",
    "witness",
    "case",
    "rule",
    "calendar",
    "login",
    "login_failed",
    "logout",
    "access",
)


def _look(x: security.Looked) -> Deed:
    client = x.subject if x.subject.startswith("cli_") else ""
    account = x.subject if main_of(x.subject).isdigit() else ""
    return Deed(x.by, "look", f"audit.look.{x.what}", client, account, x.subject, x.why)


def _access(by: str, what: str, ref: str) -> Deed:
    return Deed(by, "access", f"audit.access.{what}", ref=ref)


def _proposed(x: approvals.ProposalMade) -> Deed:
    state = "open" if x.needs_second else "agreed"
    account = x.wish.get("account", "")
    what = f"proposal.kind.{x.kind}"
    return Deed(x.by, "propose", what, "", account, x.proposal, x.basis, "", state)


def _account_act(x: restrictions.AccountActDone) -> Deed:
    what = f"proposal.kind.account_{x.act}"
    why = " · ".join(part for part in (x.document, x.authority, x.text) if part)
    return Deed(x.by, "account_act", what, "", x.account, x.proposal, why, x.second, "done")


def _complaint(x: complaints.ComplaintMoved) -> Deed:
    what = f"complaint.act.{x.act}"
    return Deed(x.by, "complaint", what, x.client, x.account, x.complaint, "", "", x.state)


def _filed(x: complaints.ComplaintFiled) -> Deed:
    return Deed(x.by, "complaint", "audit.complaint.filed", x.client, x.account, x.complaint)


def _plan(x: tariffs.FeePlanAssigned) -> Deed:
    return Deed(x.by, "tariff", "audit.tariff.assigned", "", x.account, x.proposal, x.basis)


def _opened(x: clients.AccountsOpened) -> Deed:
    return Deed(x.by, "client", "audit.client.accounts_opened", x.client, x.account)


def _archive(by: str, what: str, owner: str, ref: str, why: str = "") -> Deed:
    client = owner if owner.startswith("cli_") else ""
    return Deed(by, "archive", f"audit.archive.{what}", client, ref=ref, why=why)


def _opening(by: str, what: str, ref: str, why: str = "", outcome: str = "") -> Deed:
    return Deed(by, "opening", f"audit.opening.{what}", ref=ref, why=why, outcome=outcome)


def _witness(by: str, what: str, ref: str, why: str = "", outcome: str = "") -> Deed:
    return Deed(by, "witness", f"audit.witness.{what}", ref=ref, why=why, outcome=outcome)


def _case(by: str, what: str, account: str, ref: str, why: str = "", outcome: str = "") -> Deed:
    return Deed(by, "case", f"audit.case.{what}", "", account, ref, why, "", outcome)


# Principals, not actors, are named by what happens at the doors.
_DOORS: Final[dict[type[msgspec.Struct], tuple[str, str]]] = {
    security.LoggedIn: ("login", "audit.login.in"),
    security.LoggedOut: ("logout", "audit.login.out"),
    security.LoginFailed: ("login_failed", "audit.login.failed"),
    security.LockedOut: ("login_failed", "audit.login.locked"),
}
_DEEDS: Final[dict[type[msgspec.Struct], Callable[[Any], Deed]]] = {
    security.Looked: _look,
    security.PrincipalRegistered: lambda x: _access(x.by, "registered", x.subject),
    security.PrincipalDisabled: lambda x: _access(x.by, "disabled", x.principal),
    security.Unlocked: lambda x: _access(x.by, "unlocked", x.principal),
    security.SessionRevoked: lambda x: _access(x.by, "session_revoked", x.principal),
    security.PasswordChanged: lambda x: _access(x.by, "password_changed", x.principal),
    security.SecondFactorEnrolled: lambda x: _access(x.by, "second_factor", x.principal),
    approvals.ProposalMade: _proposed,
    approvals.ProposalAgreed: lambda x: Deed(x.by, "agree", ref=x.proposal),
    approvals.ProposalDeclined: lambda x: Deed(x.by, "decline", ref=x.proposal),
    restrictions.AccountActDone: _account_act,
    complaints.ComplaintFiled: _filed,
    complaints.ComplaintMoved: _complaint,
    evidence.PackMade: lambda x: Deed(
        x.by, "evidence", "audit.evidence.made", "", x.account, x.pack, x.reason
    ),
    tariffs.PlanVersionMade: lambda x: Deed(
        x.by, "tariff", "audit.tariff.version", ref=x.proposal, why=x.plan
    ),
    tariffs.FeePlanAssigned: _plan,
    actions.ActionAnnounced: lambda x: Deed(
        x.by, "action", "audit.action.announced", ref=x.action, why=x.source
    ),
    actions.ActionWithdrawn: lambda x: Deed(
        x.by, "action", "audit.action.withdrawn", ref=x.action, why=x.source
    ),
    rights.RightsEnded: lambda x: Deed(
        x.by, "action", "audit.action.ended", ref=x.action, why=x.source
    ),
    funding.ReversalAsked: lambda x: Deed(
        x.by, "reversal", "audit.reversal.asked", "", x.account, x.transfer, x.basis
    ),
    quotes.LevelGranted: lambda x: Deed(
        x.by, "level", "audit.level.granted", x.client, why=x.basis
    ),
    quotes.LevelEnded: lambda x: Deed(x.by, "level", "audit.level.ended", x.client, why=x.basis),
    clients.ClientRegistered: lambda x: Deed(x.by, "client", "audit.client.registered", x.client),
    clients.AccountsOpened: _opened,
    screening.HitDecided: lambda x: Deed(
        x.by, "screening", f"audit.screening.{x.state}", ref=x.hit, why=x.why, outcome=x.state
    ),
    archive.DocumentKept: lambda x: _archive(x.by, "kept", x.owner, x.document, x.source),
    archive.DocumentsHandedOver: lambda x: _archive(x.by, "handed_over", x.after, x.before),
    archive.RelationshipEnded: lambda x: _archive(x.by, "relationship", x.owner, x.owner, x.day),
    archive.HoldPlaced: lambda x: _archive(x.by, "hold", x.owner, x.hold, x.basis),
    archive.HoldLifted: lambda x: _archive(x.by, "hold_lifted", x.owner, x.hold, x.basis),
    archive.DocumentDestroyed: lambda x: _archive(x.by, "destroyed", x.owner, x.document, x.why),
    depository.DepositoryLookedUp: lambda x: _opening(x.by, "looked_up", x.owner),
    depository.DepositorySettled: lambda x: _opening(x.by, "settled", x.owner, x.evidence, x.state),
    onboarding.OpinionGiven: lambda x: _opening(
        x.by, "opinion", x.application, " ".join([*x.codes, x.note]).strip(), x.verdict
    ),
    onboarding.CalledBack: lambda x: _opening(x.by, "called", x.application, outcome=x.outcome),
    witness.OneWayReviewed: lambda x: _witness(
        x.by, "reviewed", x.script, " ".join(x.reasons), x.verdict
    ),
    witness.CallDecided: lambda x: _witness(
        x.by, "decided", x.call, " ".join(x.reasons), x.verdict
    ),
    witness.WitnessPermitted: lambda x: _witness(x.by, "permitted", x.staff),
    witness.ShiftPlanned: lambda x: _witness(x.by, "shift_planned", x.shift),
    witness.ShiftCancelled: lambda x: _witness(x.by, "shift_cancelled", x.shift),
    cases.CaseMoved: lambda x: _case(x.by, x.what, "", x.case, x.lesson, x.outcome),
    cases.MeasureTaken: lambda x: _case(x.by, "measure", x.account, x.case, x.basis),
    cases.MeasureUndone: lambda x: _case(x.by, "undone", "", x.case),
    letters.LetterDrafted: lambda x: _case(x.by, "letter_drafted", x.account, x.letter, x.kind),
    letters.LetterIssued: lambda x: _case(x.by, "letter_issued", x.account, x.letter, x.kind),
    rulebook.RuleStateSet: lambda x: Deed(
        x.by, "rule", f"audit.rule.{x.state}", ref=f"{x.code} {x.version}", why=x.basis
    ),
    market.CalendarDaysRecorded: lambda x: Deed(
        x.by, "calendar", "audit.calendar.recorded", why=x.source
    ),
}
# Events with a `by` that are no deed of their own: what became of a proposal is kept with it;
# conditions, answers, signatures and recordings are their clients' alone; what a machine did of
# itself, and the steps of a call, are kept with what they led to.
NO_DEED: Final = frozenset(
    {
        "approvals.proposal_carried_out@1",
        "conditions.changed@1",
        "conditions.cancelled@1",
        "clients.permission_granted@1",
        "onboarding.moved@1",
        "papers.checked@1",
        "signing.agreements_signed@1",
        "signing.sets_handed_over@1",
        "suitability.assessed@1",
        "suitability.asked_again@1",
        "suitability.experience_noted@1",
        "suitability.mismatch_confirmed@1",
        "suitability.owner_changed@1",
        "suitability.permission_asked@1",
        "witness.handed_over@1",
        "witness.recording_checked@1",
        "witness.recording_kept@1",
        "witness.recording_repeated@1",
        "witness.script_drawn@1",
        "witness.snapshot_kept@1",
        "witness.step_ticked@1",
    }
)


def known_events() -> frozenset[str]:
    """Tags of the events that are read as deeds."""
    return frozenset(str(kind.__struct_config__.tag) for kind in (*_DEEDS, *_DOORS))


def deed_of(event: Any, actors: Callable[[str], str]) -> Deed | None:
    """What staff did by this event; None for what others did, or nobody. actors: the actor of a
    principal of staff, "" for others.
    """
    kind: type[Any] = event.__class__
    if door := _DOORS.get(kind):
        return _at_the_door(event, door, actors)
    tell = _DEEDS.get(kind)
    found = tell(event) if tell else None
    return found if found is not None and found.actor.startswith(STAFF) else None


def _at_the_door(event: Any, door: tuple[str, str], actors: Callable[[str], str]) -> Deed | None:
    if getattr(event, "kind", "staff") != "staff":
        return None
    actor = actors(event.principal or "")
    if not actor and not hasattr(event, "kind"):
        return None
    kind, what = door
    # An unknown name is kept as nobody's: the name itself may be a password.
    return Deed(actor or f"{STAFF}unknown", kind, what, outcome=getattr(event, "code", ""))


def sequel_of(event: Any) -> Sequel | None:
    """What an event says of a proposal made before."""
    if isinstance(event, approvals.ProposalAgreed):
        return Sequel(event.proposal, event.by, "agreed")
    if isinstance(event, approvals.ProposalDeclined):
        return Sequel(event.proposal, event.by, "declined")
    if isinstance(event, approvals.ProposalCarriedOut):
        failed = [code for code in event.outcome.values() if code]
        return Sequel(event.proposal, "", failed[0] if failed else "done")
    return None


def check_filter(asked: AuditFilter) -> Refused | None:
    """Why a filter can't mean anything."""
    if asked.actor and not _ACTOR.fullmatch(asked.actor):
        return Refused("audit.malformed")
    if (asked.kind and asked.kind not in KINDS) or (asked.q and not _NAME.fullmatch(asked.q)):
        return Refused("audit.malformed")
    days = [day for day in (asked.from_day, asked.to_day) if day]
    if not all(_is_day(day) for day in days) or days != sorted(days):
        return Refused("orders.period_malformed")
    return None


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def span_ms(from_day: str, to_day: str) -> tuple[int, int]:
    """The moments of some days in Beijing, the end excluded."""
    first = _midnight_ms(from_day, 0) if from_day else 0
    return first, _midnight_ms(to_day, 1) if to_day else 2**62


def _midnight_ms(day: str, more_days: int) -> int:
    at = date.fromisoformat(day) + timedelta(days=more_days)
    return int(datetime.combine(at, time(), MARKET_ZONE).timestamp()) * 1000
