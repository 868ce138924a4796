"""Which acts take two people, what a basis must name, and what lifts what. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Final

from yunquan.approvals.types import Proposal
from yunquan.counter.types import AccountView, Freeze, Release, Restrict, Unfreeze
from yunquan.kernel.errors import Refused
from yunquan.kernel.money import fen_to_text
from yunquan.kernel.scopes import QUIET, is_scope, scope_kind, scope_of
from yunquan.restrictions.types import (
    Basis,
    BasisKind,
    FourEyes,
    FourEyesLine,
    RestrictionWish,
    Standing,
    StandingLine,
)

Text = Callable[..., str]
Name = Callable[[str], str]

RESTRICT, RELEASE, FREEZE, UNFREEZE = "restrict", "release", "freeze", "unfreeze"
ACTS: Final = (RESTRICT, RELEASE, FREEZE, UNFREEZE)
KINDS: Final = tuple(f"account_{act}" for act in ACTS)
JUDICIAL_SCOPE: Final = "judicial"
WHOLE: Final = "*"
CASH: Final = "CNY"
AUTHORITIES: Final = frozenset({BasisKind.JUDICIAL.value, BasisKind.REGULATOR.value})
LONGEST_PAPER: Final = 80
SINCE: Final = "2026-01-01"
_FOREVER: Final = "9999-12-31"
_SYMBOL: Final = re.compile(r"[0-9]{6}\.(SH|SZ|BJ)")

_PROTECTS, _STRONGEST = "restriction.why.protects", "restriction.why.strongest"
_NARROW: Final = "restriction.why.narrow"
_EASES, _JUDICIAL = "restriction.why.eases", "restriction.why.judicial"
# Decision 0019. A change is a new row from a day on; a row is never rewritten.
FOUR_EYES: Final = (
    FourEyes(RESTRICT, "buy", 1, SINCE, "", _PROTECTS),
    FourEyes(RESTRICT, "sell", 1, SINCE, "", _PROTECTS),
    FourEyes(RESTRICT, "withdraw", 1, SINCE, "", _PROTECTS),
    FourEyes(RESTRICT, "all", 2, SINCE, "", _STRONGEST),
    FourEyes(RESTRICT, "symbol", 2, SINCE, "", _NARROW),
    FourEyes(RESTRICT, "program", 2, SINCE, "", _NARROW),
    FourEyes(RESTRICT, "rate", 2, SINCE, "", _NARROW),
    FourEyes(RESTRICT, "confirm", 1, SINCE, "", _PROTECTS),
    FourEyes(RESTRICT, "face", 1, SINCE, "", _PROTECTS),
    FourEyes(FREEZE, "part", 2, SINCE, "", _JUDICIAL),
    FourEyes(FREEZE, "whole", 2, SINCE, "", _JUDICIAL),
    FourEyes(RELEASE, "buy", 2, SINCE, "", _EASES),
    FourEyes(RELEASE, "sell", 2, SINCE, "", _EASES),
    FourEyes(RELEASE, "withdraw", 2, SINCE, "", _EASES),
    FourEyes(RELEASE, "all", 2, SINCE, "", _EASES),
    FourEyes(RELEASE, "symbol", 2, SINCE, "", _EASES),
    FourEyes(RELEASE, "program", 2, SINCE, "", _EASES),
    FourEyes(RELEASE, "rate", 2, SINCE, "", _EASES),
    FourEyes(RELEASE, "confirm", 2, SINCE, "", _EASES),
    FourEyes(RELEASE, "face", 2, SINCE, "", _EASES),
    FourEyes(RELEASE, JUDICIAL_SCOPE, 2, SINCE, "", _EASES),
    FourEyes(UNFREEZE, "part", 2, SINCE, "", _EASES),
)


def rows_on(day: str, table: Iterable[FourEyes] = FOUR_EYES) -> tuple[FourEyes, ...]:
    """The rows in force on a trading day."""
    return tuple(row for row in table if row.effective_from <= day < (row.effective_to or _FOREVER))


def reach_of(wish: RestrictionWish) -> str:
    """How far an act goes, as the table names it."""
    if wish.act in (RESTRICT, RELEASE):
        return scope_kind(wish.scope)
    return "whole" if wish.asset == WHOLE else "part"


def needs_second(act: str, reach: str, day: str, table: Iterable[FourEyes] = FOUR_EYES) -> bool:
    """Whether the table asks for another person; where it has no row, it does."""
    found = [row.people for row in rows_on(day, table) if (row.act, row.reach) == (act, reach)]
    return max(found, default=2) > 1


def check_wish(wish: RestrictionWish, day: str) -> Refused | None:
    """Why this can't be wanted at all, whatever the account's state."""
    return _check_act(wish) or _check_basis(wish, day)


def _check_act(wish: RestrictionWish) -> Refused | None:
    if wish.act not in ACTS:
        return Refused("act.unknown", {"act": wish.act[:20]})
    if wish.act in (RESTRICT, RELEASE):
        lifted = wish.act == RELEASE and wish.scope == JUDICIAL_SCOPE
        good = (is_scope(wish.scope) or lifted) and not wish.asset and not wish.amount
        return None if good else Refused("restriction.malformed", {"scope": wish.scope[:20]})
    whole = wish.asset == WHOLE and wish.act == FREEZE and not wish.amount
    part = (wish.asset == CASH or bool(_SYMBOL.fullmatch(wish.asset))) and wish.amount > 0
    if wish.scope or not (whole or part):
        return Refused("restriction.malformed", {"scope": wish.asset[:20]})
    return None


def _check_basis(wish: RestrictionWish, day: str) -> Refused | None:
    basis = wish.basis
    if basis.kind not in tuple(BasisKind):
        return Refused("restriction.basis_kind")
    if basis.kind in AUTHORITIES and not (basis.document and basis.authority):
        return Refused("restriction.paper_missing")
    if max(len(basis.document), len(basis.authority)) > LONGEST_PAPER:
        return Refused("restriction.paper_long", {"longest": LONGEST_PAPER})
    if wish.act == FREEZE and basis.kind not in AUTHORITIES:
        return Refused("restriction.freeze_needs_authority")
    if basis.expires_on and (wish.act in (RELEASE, UNFREEZE) or not _is_day(basis.expires_on)):
        return Refused("restriction.expiry")
    if basis.expires_on and basis.expires_on < day:
        return Refused("restriction.expiry_past", {"day": day})
    return None


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def check_account(wish: RestrictionWish, view: AccountView) -> Refused | None:
    """Whether the account's state leaves anything to do: nobody agrees to what will be refused."""
    if wish.act == RELEASE:
        held = view.judicial if wish.scope == JUDICIAL_SCOPE else view.restrictions.get(wish.scope)
        return None if held else Refused("restriction.none", {"scope": wish.scope})
    if wish.act == RESTRICT or wish.asset == WHOLE:
        return None
    balances = {one.asset: one for one in (view.cash, *view.positions)}
    balance = balances.get(wish.asset)
    if wish.act == FREEZE:
        free = balance.available if balance else 0
        facts = {"available": free, "amount": wish.amount}
        return Refused("freeze.insufficient", facts) if wish.amount > free else None
    held_amount = balance.held if balance else 0
    facts = {"held": held_amount, "amount": wish.amount}
    return Refused("freeze.not_held", facts) if wish.amount > held_amount else None


def ended_by(wish: RestrictionWish, standing: Sequence[Standing]) -> dict[str, int]:
    """What an act ends or shortens of what stands: id -> what is left of it, 0 when it is over.

    A restriction takes the place of the one before it. Of several freezes of one asset, those of
    the paper named go first, then the oldest.
    """
    if wish.act in (RESTRICT, RELEASE):
        act = FREEZE if wish.scope == JUDICIAL_SCOPE else RESTRICT
        asset = WHOLE if wish.scope == JUDICIAL_SCOPE else ""
        scope = "" if wish.scope == JUDICIAL_SCOPE else wish.scope
        mine = [one for one in standing if (one.act, one.scope, one.asset) == (act, scope, asset)]
        return dict.fromkeys((one.id for one in mine), 0)
    mine = [one for one in standing if one.act == FREEZE and one.asset == wish.asset]
    if wish.act == FREEZE:
        return dict.fromkeys((one.id for one in mine), 0) if wish.asset == WHOLE else {}
    mine.sort(key=lambda one: (one.document != wish.basis.document, one.at_ms, one.id))
    rest, found = wish.amount, dict[str, int]()
    for one in mine:
        taken = min(rest, one.left)
        if taken:
            found[one.id] = one.left - taken
        rest -= taken
    return found


def check_lifting(wish: RestrictionWish, standing: Sequence[Standing], day: str) -> Refused | None:
    """What an authority ordered is lifted on an authority's paper, unless the order has run out."""
    if wish.act in (RESTRICT, FREEZE) or wish.basis.kind in AUTHORITIES:
        return None
    touched = ended_by(wish, standing)
    for one in standing:
        if one.id in touched and one.kind in AUTHORITIES and not is_expired(one.expires_on, day):
            return Refused("restriction.authority_only", {"document": one.document})
    return None


def is_expired(expires_on: str, day: str) -> bool:
    """Whether its last day is over."""
    return bool(expires_on) and expires_on < day


def check_replacing(
    wish: RestrictionWish, standing: Sequence[Standing], day: str
) -> Refused | None:
    """A weaker basis doesn't take the place of an authority's: that would lift it by one person."""
    if wish.act not in (RESTRICT, FREEZE) or wish.basis.kind in AUTHORITIES:
        return None
    touched = ended_by(wish, standing)
    for one in standing:
        if one.id in touched and one.kind in AUTHORITIES and not is_expired(one.expires_on, day):
            return Refused("restriction.authority_stands", {"document": one.document})
    return None


# --- proposals


def wish_pairs(wish: RestrictionWish) -> dict[str, str]:
    """A wish as a proposal keeps it."""
    basis = wish.basis
    return {
        "act": wish.act,
        "account": wish.account,
        "scope": wish.scope,
        "asset": wish.asset,
        "amount": str(wish.amount),
        "basis_kind": basis.kind,
        "document": basis.document,
        "authority": basis.authority,
        "expires_on": basis.expires_on,
        **({"quiet": "yes"} if wish.quiet else {}),
    }


def wish_of(proposal: Proposal) -> RestrictionWish:
    """The wish a proposal keeps."""
    w = proposal.wish
    basis = Basis(w["basis_kind"], proposal.basis, w["document"], w["authority"], w["expires_on"])
    told = (w["scope"], w["asset"], int(w["amount"]), "quiet" in w)
    return RestrictionWish(w["act"], w["account"], basis, *told)


def command_of(proposal: Proposal) -> Restrict | Release | Freeze | Unfreeze:
    """What the account's counter is told; the same command again has no second effect."""
    name, wish = f"{proposal.proposed_by}:{proposal.id}", wish_of(proposal)
    said = " ".join(part for part in (wish.basis.document, wish.basis.text) if part)
    said = f"{QUIET}{said}" if wish.quiet else said
    if wish.act == RESTRICT:
        return Restrict(name, wish.account, wish.scope, said)
    if wish.act == RELEASE:
        return Release(name, wish.account, wish.scope, said)
    verb = Freeze if wish.act == FREEZE else Unfreeze
    return verb(name, wish.account, wish.asset, wish.amount, said)


def standing_of(proposal: Proposal, now_ms: int) -> Standing | None:
    """What an act leaves in force; None for one that lifts."""
    wish = wish_of(proposal)
    if wish.act not in (RESTRICT, FREEZE):
        return None
    basis = wish.basis
    return Standing(
        str(proposal.id),
        wish.account,
        wish.act,
        wish.scope,
        wish.asset,
        wish.amount,
        basis.kind,
        basis.text,
        basis.document,
        basis.authority,
        basis.expires_on,
        proposal.proposed_by,
        proposal.decided_by,
        now_ms,
        0,
        "",
    )


# --- words


def amount_text(asset: str, amount: int) -> str:
    """Fen as CNY, shares as they are."""
    return fen_to_text(amount) if asset == CASH else str(amount)


def scope_text(scope: str, text: Text) -> str:
    """What an account is kept from."""
    return text(f"restriction.scope.{scope_kind(scope)}", of=scope_of(scope) or "…")


def what_text(act: str, scope: str, asset: str, amount: int, text: Text) -> str:
    """What an act does, without the account."""
    if act in (RESTRICT, RELEASE):
        return text(f"restriction.what.{act}", scope=scope_text(scope, text))
    if asset == WHOLE:
        return text("restriction.what.freeze_whole")
    return text(f"restriction.what.{act}", asset=asset, amount=amount_text(asset, amount))


def sentence(proposal: Proposal, text: Text) -> str:
    """What will happen if it is agreed to."""
    wish = wish_of(proposal)
    what = what_text(wish.act, wish.scope, wish.asset, wish.amount, text)
    code = "restriction.will.paper" if wish.basis.document else "restriction.will.plain"
    said = text(
        code,
        account=wish.account,
        what=what,
        kind=text(f"restriction.basis.{wish.basis.kind}"),
        document=wish.basis.document,
        authority=wish.basis.authority,
    )
    if wish.basis.expires_on:
        said += text("restriction.will.until", day=wish.basis.expires_on)
    return said


def standing_line(one: Standing, day: str, who: Name, text: Text) -> StandingLine:
    """A restriction in force as staff see it."""
    return StandingLine(
        one.id,
        one.account,
        one.act,
        one.scope,
        one.asset,
        what_text(one.act, one.scope, one.asset, one.left, text),
        one.kind,
        text(f"restriction.basis.{one.kind}"),
        one.text,
        one.document,
        one.authority,
        one.expires_on,
        is_expired(one.expires_on, day),
        who(one.by),
        who(one.second) if one.second else "",
        one.at_ms,
    )


def table_lines(day: str, text: Text) -> tuple[FourEyesLine, ...]:
    """The table of a day in words."""
    return tuple(
        FourEyesLine(
            row.act,
            row.reach,
            _reach_text(row, text),
            row.people,
            row.effective_from,
            text(row.why),
        )
        for row in rows_on(day)
    )


def _reach_text(row: FourEyes, text: Text) -> str:
    if row.act in (RESTRICT, RELEASE):
        return text(f"restriction.what.{row.act}", scope=scope_text(row.reach, text))
    return text(f"restriction.reach.{row.act}_{row.reach}")
