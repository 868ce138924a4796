"""Which case an alert belongs to, how urgent it is, what the table does, what a measure must rest
on. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from yunquan.cases.types import (
    Basis,
    Case,
    CaseState,
    Ground,
    Handling,
    MeasureKind,
    Outcome,
    TimeLimit,
)
from yunquan.kernel.errors import Refused
from yunquan.kernel.scopes import is_scope
from yunquan.restrictions.rules import JUDICIAL_SCOPE
from yunquan.surveillance.events import AlertRaised

SINCE: Final = "2026-01-01"
_HOUSE: Final = "设定：报告要求 45 分钟内处置；分级由本公司确定"
# A change is a new row from a day on.
TIME_LIMITS: Final = (
    TimeLimit(4, 300, 2_700, SINCE, _HOUSE),
    TimeLimit(3, 1_800, 14_400, SINCE, _HOUSE),
    TimeLimit(2, 0, 0, SINCE, _HOUSE),
    TimeLimit(1, 0, 0, SINCE, _HOUSE),
)
_TABLE_BASIS: Final = "《证券交易委托代理协议》异常交易条款：提示客户"
_SAFETY_BASIS: Final = "《证券交易委托代理协议》账户安全条款：提示客户，验证身份后继续"
HANDLING: Final = (
    # A person who hurries places fewer than 60 a minute.
    Handling("order_rate", 2, (MeasureKind.WARN, MeasureKind.THROTTLE), _TABLE_BASIS, "60"),
    Handling("spoofing", 2, (MeasureKind.WARN,), _TABLE_BASIS),
    Handling(
        "takeover",
        2,
        (MeasureKind.WARN, MeasureKind.CONFIRM),
        _SAFETY_BASIS,
    ),
    # Whoever has taken an account over knows its password: a person is on it, the face comes first.
    Handling("takeover", 4, (MeasureKind.CONFIRM_FACE,), _SAFETY_BASIS),
)
# Alerts of these may be of laundering: nobody tells the client, not even by a warning (AML law
# article 35 keeps reports confidential).
CONFIDENTIAL: Final = frozenset({"cash", "linked"})
LOGGED_ONLY: Final = 1
PERSON_FROM: Final = 3
FOLD_MS: Final = 24 * 3_600_000
LONGEST_TEXT: Final = 400
SHORTEST_LESSON: Final = 4
ESCALATIONS: Final = 3
# As the room of restrictions calls them: act and scope.
COUNTER_ACTS: Final = {
    MeasureKind.REFUSE_BUYS: ("restrict", "buy"),
    MeasureKind.REFUSE_SELLS: ("restrict", "sell"),
    MeasureKind.REFUSE_ORDERS: ("restrict", "all"),
    MeasureKind.STOP_WITHDRAWALS: ("restrict", "withdraw"),
    MeasureKind.FREEZE: ("freeze", ""),
    MeasureKind.THROTTLE: ("restrict", "rate"),
    MeasureKind.LIMIT_SECURITY: ("restrict", "symbol"),
    MeasureKind.SUSPEND_PROGRAM: ("restrict", "program"),
    MeasureKind.CONFIRM: ("restrict", "confirm"),
    MeasureKind.CONFIRM_FACE: ("restrict", "face"),
}
# Those that a client lifts by showing who they are.
PROVED: Final = (MeasureKind.CONFIRM, MeasureKind.CONFIRM_FACE)
TELLING: Final = (MeasureKind.WARN, *PROVED)
# Those that are narrowed to something.
DETAILED: Final = frozenset({MeasureKind.THROTTLE, MeasureKind.LIMIT_SECURITY})
GROUND_KINDS: Final = {
    Ground.CONTRACT: "risk",
    Ground.EXCHANGE: "regulator",
    Ground.COURT: "judicial",
    Ground.AML: "regulator",
}


def about(alert: AlertRaised) -> str:
    """What alerts must share to be of one case: the kind, and whom it is about."""
    if alert.account and alert.other:
        return f"{alert.kind} {' '.join(sorted((alert.account, alert.other)))}"
    whom = alert.account or alert.device or alert.symbol
    return f"{alert.kind} {whom}"


def time_limit_of(grade: int, day: str) -> TimeLimit:
    """The row in force."""
    found = [one for one in TIME_LIMITS if one.grade == grade and one.effective_from <= day]
    return max(found, key=lambda one: one.effective_from)


def handling_of(kind: str, grade: int) -> Handling | None:
    """What the table does by itself, None for nothing."""
    return next((one for one in HANDLING if (one.kind, one.grade) == (kind, grade)), None)


def score_of(grade: int, alerts: int) -> int:
    """0 to 100: mostly the grade, then how often."""
    return min(100, 22 * grade + 3 * min(alerts - 1, 4))


def begin(case: str, alert: AlertRaised, now_ms: int, day: str) -> Case:
    """A case of its first alert."""
    clock = time_limit_of(alert.grade, day)
    person = alert.grade >= PERSON_FROM
    return Case(
        case,
        about(alert),
        alert.kind,
        alert.account,
        alert.symbol,
        alert.other,
        alert.device,
        alert.grade,
        score_of(alert.grade, 1),
        CaseState.OPEN if person else CaseState.AUTOMATIC,
        now_ms,
        now_ms,
        1,
        now_ms + clock.take_s * 1_000 if person else 0,
        now_ms + clock.decide_s * 1_000 if person else 0,
    )


def grow(case: Case, alert: AlertRaised, now_ms: int, day: str) -> Case:
    """With one more alert; a higher grade makes it more urgent, never less."""
    alerts = case.alerts + 1
    grown = msgspec.structs.replace(
        case,
        alerts=alerts,
        score=score_of(max(case.grade, alert.grade), alerts),
        last_at_ms=now_ms,
        symbol=case.symbol if case.symbol == alert.symbol else "",
    )
    return regrade(grown, alert.grade, now_ms, day) if alert.grade > case.grade else grown


def regrade(case: Case, grade: int, now_ms: int, day: str) -> Case:
    """Of a higher grade from now on: its clocks can only come sooner."""
    limit, person = time_limit_of(grade, day), grade >= PERSON_FROM
    state = CaseState.OPEN if person and case.state is CaseState.AUTOMATIC else case.state
    return msgspec.structs.replace(
        case,
        grade=grade,
        state=state,
        take_by_ms=_sooner(case.take_by_ms, now_ms + limit.take_s * 1_000 if person else 0),
        decide_by_ms=_sooner(case.decide_by_ms, now_ms + limit.decide_s * 1_000 if person else 0),
    )


def untouched(case: Case, **changes: Any) -> Case:
    """As if nobody had taken, escalated or closed it, with these changes."""
    return msgspec.structs.replace(
        case,
        escalated=0,
        taken_by="",
        taken_at_ms=0,
        outcome="",
        lesson="",
        closed_by="",
        closed_at_ms=0,
        **changes,
    )


def call_for_person(case: Case, now_ms: int, day: str) -> Case:
    """Its client can't show who they are by themselves: somebody must look, and its clock runs. One
    that is in hand stays so; one that was closed is open again.
    """
    if case.state is CaseState.IN_HAND:
        return case
    if case.state is CaseState.CLOSED:
        case = untouched(case, take_by_ms=0, decide_by_ms=0)
    opened = msgspec.structs.replace(case, state=CaseState.OPEN)
    return regrade(opened, max(case.grade, PERSON_FROM), now_ms, day)


def is_over(case: Case, now_ms: int) -> bool:
    """Whether it was handled by the table so long ago that what comes now is another."""
    return case.state is CaseState.AUTOMATIC and now_ms - case.last_at_ms > FOLD_MS


def _sooner(one: int, other: int) -> int:
    """The earlier of two moments, 0 being none."""
    return min(filter(None, (one, other)), default=0)


def check_take(case: Case, actor: str) -> Refused | None:
    """Why somebody can't take it."""
    if case.state is CaseState.CLOSED:
        return Refused("cases.closed")
    if case.state is CaseState.IN_HAND and case.taken_by != actor:
        return Refused("cases.taken", {"by": case.taken_by})
    return None


def check_close(case: Case, actor: str, outcome: str, lesson: str) -> Refused | None:
    """Why it can't be closed so."""
    if case.state is CaseState.CLOSED:
        return Refused("cases.closed")
    if case.taken_by != actor:
        return Refused("cases.not_yours")
    if outcome not in tuple(Outcome):
        return Refused("cases.outcome")
    if not SHORTEST_LESSON <= len(lesson.strip()) <= LONGEST_TEXT:
        return Refused("cases.lesson", {"least": SHORTEST_LESSON, "most": LONGEST_TEXT})
    return None


def counter_scope(kind: MeasureKind, detail: str) -> str:
    """The scope a counter knows a measure by."""
    scope = COUNTER_ACTS[kind][1]
    return f"{scope}:{detail}" if kind in DETAILED else scope


def lifting_scope(kind: MeasureKind, detail: str) -> str:
    """The scope it is lifted by: the freeze of a whole account is lifted by its own name."""
    return JUDICIAL_SCOPE if kind is MeasureKind.FREEZE else counter_scope(kind, detail)


def is_quiet(case: Case, basis: Basis) -> bool:
    """Whether the client isn't told of what is done."""
    return case.kind in CONFIDENTIAL or basis.ground == Ground.AML


def check_measure(
    case: Case, kind: str, account: str, basis: Basis, detail: str = ""
) -> Refused | None:
    """Why it can't be done: every measure names what it rests on."""
    if kind not in tuple(MeasureKind):
        return Refused("cases.measure_unknown", {"kind": kind[:20]})
    if not account:
        return Refused("cases.measure_account")
    if basis.ground not in tuple(Ground) or not basis.text.strip():
        return Refused("cases.measure_basis")
    if len(basis.text) > LONGEST_TEXT:
        return Refused("cases.measure_basis")
    if basis.ground != Ground.CONTRACT and not (basis.document and basis.authority):
        return Refused("cases.measure_paper")
    if kind == MeasureKind.FREEZE and basis.ground != Ground.COURT:
        return Refused("cases.freeze_needs_court")
    # To be asked for a password or a face is to be told.
    if kind in TELLING and is_quiet(case, basis):
        return Refused("cases.tipping_off")
    if kind in DETAILED and not is_scope(counter_scope(MeasureKind(kind), detail)):
        return Refused("cases.measure_detail")
    return None


def due(cases: Sequence[Case], now_ms: int) -> list[Case]:
    """Those whose clock has run out, each once a length of it."""
    found = list[Case]()
    for case in cases:
        limit = case.take_by_ms if case.state is CaseState.OPEN else case.decide_by_ms
        open_now = case.state in (CaseState.OPEN, CaseState.IN_HAND)
        if open_now and limit and now_ms >= limit and case.escalated < ESCALATIONS:
            found.append(case)
    return found


def escalate(case: Case, now_ms: int, day: str) -> Case:
    """To whoever is higher; the clock begins anew, half as long each time."""
    clock = time_limit_of(case.grade, day)
    halves = 2 ** (case.escalated + 1)
    take_by_ms, decide_by_ms = case.take_by_ms, case.decide_by_ms
    if case.state is CaseState.OPEN:
        take_by_ms = now_ms + clock.take_s * 1_000 // halves
    else:
        decide_by_ms = now_ms + clock.decide_s * 1_000 // halves
    return msgspec.structs.replace(
        case, escalated=case.escalated + 1, take_by_ms=take_by_ms, decide_by_ms=decide_by_ms
    )
