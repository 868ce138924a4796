"""What may be done with a complaint when, and by when it must be. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final, Protocol

import msgspec

from yunquan.complaints.types import (
    Channel,
    Complaint,
    ComplaintCase,
    ComplaintLine,
    ComplaintState,
    ComplaintStep,
    ComplaintStepLine,
    ComplaintWish,
    Deadline,
    DeadlineLine,
    NewComplaint,
    Severity,
    Subject,
)
from yunquan.kernel.errors import Refused

Text = Callable[..., str]
Name = Callable[[str], str]

SHORTEST_TEXT: Final = 4
LONGEST_TEXT: Final = 2000
LONGEST_CONTACT: Final = 60
MOST_OPEN: Final = 10
_FOREVER: Final = "9999-12-31"
_EXCERPT: Final = 60

_S = ComplaintState
OPEN: Final = frozenset({_S.RECEIVED, _S.ACKNOWLEDGED, _S.IN_HAND, _S.REOPENED})
_ANY_OPEN: Final = tuple(sorted(OPEN))
_HOTLINE: Final = "中国证监会 12386 服务平台运行办法（期限未核实）"
_HOUSE: Final = "本公司客户投诉处理办法"
SINCE: Final = "2026-01-01"
# What the regulator's texts say of days is unverified (KL): the firm promises no later than that.
DEADLINES: Final = (
    Deadline("acknowledge", "", "", 3, SINCE, "", _HOUSE, "F"),
    Deadline("acknowledge", "hotline", "", 3, SINCE, "", _HOTLINE, "KL"),
    Deadline("acknowledge", "", "major", 1, SINCE, "", _HOUSE, "F"),
    Deadline("answer", "", "", 15, SINCE, "", _HOUSE, "F"),
    Deadline("answer", "hotline", "", 15, SINCE, "", _HOTLINE, "KL"),
    Deadline("answer", "", "major", 10, SINCE, "", _HOUSE, "F"),
    Deadline("extend", "", "", 15, SINCE, "", _HOTLINE, "KL"),
    Deadline("reopen", "", "", 20, SINCE, "", _HOUSE, "F"),
)


class Days(Protocol):
    """The trading calendar, which stands for working days."""

    def next_trading_day(self, day: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Move:
    """What an act does: from which states, to which ("" stays), who may, whether it needs a text,
    and whether the client sees it.
    """

    act: str
    from_states: tuple[ComplaintState, ...]
    to: str
    staff: bool
    client: bool
    needs_text: bool
    shown: bool


_DONE: Final = (_S.ANSWERED, _S.CLOSED)
_LIVING: Final = (*_ANY_OPEN, _S.ANSWERED)
MOVES: Final = (
    Move("acknowledge", (_S.RECEIVED,), _S.ACKNOWLEDGED, True, False, False, True),
    Move("assign", _LIVING, "", True, False, False, False),
    Move(
        "take", (_S.RECEIVED, _S.ACKNOWLEDGED, _S.REOPENED), _S.IN_HAND, True, False, False, False
    ),
    Move("note", tuple(_S), "", True, False, True, False),
    Move("grade", _LIVING, "", True, False, True, False),
    Move("link_pack", tuple(_S), "", True, False, False, False),
    Move("extend", _ANY_OPEN, "", True, False, True, True),
    Move(
        "answer", (_S.ACKNOWLEDGED, _S.IN_HAND, _S.REOPENED), _S.ANSWERED, True, False, True, True
    ),
    Move("close", (_S.ANSWERED,), _S.CLOSED, True, True, False, True),
    Move("reopen", _DONE, _S.REOPENED, True, True, True, True),
    Move("add", _LIVING, "", False, True, True, True),
    Move("withdraw", _LIVING, _S.WITHDRAWN, True, True, True, True),
)
_BY_ACT: Final = {move.act: move for move in MOVES}
VALUED: Final = frozenset({"assign", "grade", "link_pack"})


def check_new(new: NewComplaint) -> Refused | None:
    """Why this can't be registered."""
    if not SHORTEST_TEXT <= len(new.text.strip()) <= LONGEST_TEXT:
        return Refused("complaint.text", {"shortest": SHORTEST_TEXT, "longest": LONGEST_TEXT})
    known = (
        (new.subject, tuple(Subject)),
        (new.channel, tuple(Channel)),
        (new.severity, tuple(Severity)),
    )
    if any(value not in values for value, values in known):
        return Refused("complaint.malformed")
    if len(new.contact) > LONGEST_CONTACT:
        return Refused("complaint.contact", {"longest": LONGEST_CONTACT})
    if new.order and not new.account:
        return Refused("complaint.order_unlinked")
    return None


def row_of(
    step: str, channel: str, severity: str, day: str, table: Iterable[Deadline] = DEADLINES
) -> Deadline:
    """The row in force for a step: the most particular; of several, the shortest time."""
    found = [
        row
        for row in table
        if row.step == step
        and row.channel in ("", channel)
        and row.severity in ("", severity)
        and row.effective_from <= day < (row.effective_to or _FOREVER)
    ]
    # Where both a channel's and a severity's row hold, whoever complains waits the shorter time.
    particular = [row for row in found if row.channel or row.severity] or found
    return min(particular, key=lambda row: row.working_days)


def due_day(days: Days, day: str, count: int) -> str:
    """The last day of a time of so many working days after a day."""
    for _ in range(count):
        day = days.next_trading_day(day)
    return day


def days_between(days: Days, day: str, due: str) -> int:
    """Working days from a day to a later one; 0 on it and after."""
    count = 0
    while day < due and count < 99:
        day, count = days.next_trading_day(day), count + 1
    return count


def deadlines_for(new: NewComplaint, day: str, days: Days) -> tuple[str, str]:
    """By when it must be acknowledged, and answered."""
    first, second = (
        due_day(days, day, row_of(step, new.channel, new.severity, day).working_days)
        for step in ("acknowledge", "answer")
    )
    return first, second


def acts_for(one: Complaint, day: str, days: Days, *, client: bool) -> tuple[str, ...]:
    """What may be done now by its client, or by staff."""
    return tuple(
        move.act
        for move in MOVES
        if (move.client if client else move.staff)
        and one.state in move.from_states
        and not (move.act == "extend" and one.extended)
        and not (move.act == "reopen" and client and not _may_reopen(one, day, days))
    )


def _may_reopen(one: Complaint, day: str, days: Days) -> bool:
    last = row_of("reopen", one.channel, one.severity, one.day).working_days
    return day <= due_day(days, one.answered_on or one.day, last)


def check_move(
    one: Complaint, wish: ComplaintWish, day: str, days: Days, *, client: bool
) -> Refused | None:
    """Why an act can't be done now."""
    move = _BY_ACT.get(wish.act)
    if move is None or not (move.client if client else move.staff):
        return Refused("act.unknown", {"act": wish.act[:20]})
    longest = {"shortest": SHORTEST_TEXT, "longest": LONGEST_TEXT}
    if len(wish.text) > LONGEST_TEXT:
        return Refused("complaint.text", longest)
    if move.needs_text and len(wish.text.strip()) < SHORTEST_TEXT:
        return Refused("complaint.text", longest)
    if wish.act == "grade" and wish.value not in tuple(Severity):
        return Refused("complaint.malformed")
    if wish.act == "link_pack" and not wish.value.startswith("evp_"):
        return Refused("complaint.pack")
    if wish.act not in acts_for(one, day, days, client=client):
        return Refused(f"complaint.not_now.{wish.act}")
    return None


def moved(one: Complaint, wish: ComplaintWish, by: str, day: str, days: Days) -> Complaint:
    """The complaint after an act that may be done."""
    move = _BY_ACT[wish.act]
    one = replace(one, version=one.version + 1)
    if move.to:
        one = replace(one, state=ComplaintState(move.to))
    if wish.act in ("acknowledge", "take") and not one.acknowledged_on:
        one = replace(one, acknowledged_on=day)
    match wish.act:
        case "take":
            return replace(one, handler=by)
        case "assign":
            return replace(one, handler=wish.value)
        case "link_pack":
            return replace(one, pack=wish.value)
        case "grade":
            return _graded(one, wish.value, days)
        case "extend":
            more = row_of("extend", one.channel, one.severity, day).working_days
            return replace(one, extended=True, answer_by=due_day(days, one.answer_by, more))
        case "answer":
            return replace(one, answered_on=day)
        case "reopen":
            # Whoever comes back waits for an answer anew.
            again = row_of("answer", one.channel, one.severity, day).working_days
            due = due_day(days, day, again)
            return replace(one, answered_on="", answer_by=due, extended=False)
        case _:
            return one


def _graded(one: Complaint, severity: str, days: Days) -> Complaint:
    """Graver is sooner; lighter never later than was promised."""
    first, second = (
        due_day(days, one.day, row_of(step, one.channel, severity, one.day).working_days)
        for step in ("acknowledge", "answer")
    )
    return replace(
        one,
        severity=severity,
        acknowledge_by=min(one.acknowledge_by, first),
        answer_by=one.answer_by if one.extended else min(one.answer_by, second),
    )


def due_of(one: Complaint) -> tuple[str, str]:
    """The next step that is due and its day; ("", "") when none is."""
    if one.state not in OPEN:
        return "", ""
    if one.state is ComplaintState.RECEIVED and not one.acknowledged_on:
        return "acknowledge", one.acknowledge_by
    return "answer", one.answer_by


# --- words


def mask_contact(contact: str) -> str:
    """The first two and the last two characters."""
    if len(contact) < 6:
        return "*" * len(contact)
    return contact[:2] + "*" * (len(contact) - 4) + contact[-2:]


def line_of(one: Complaint, day: str, days: Days, who: Name, text: Text) -> ComplaintLine:
    """A complaint in a list."""
    step, due = due_of(one)
    said = " ".join(one.text.split())
    return ComplaintLine(
        id=str(one.id),
        state=one.state.value,
        state_text=text(f"complaint.state.{one.state.value}"),
        subject=one.subject,
        subject_text=text(f"complaint.subject.{one.subject}"),
        channel_text=text(f"complaint.channel.{one.channel}"),
        severity=one.severity,
        severity_text=text(f"complaint.severity.{one.severity}"),
        client=one.client,
        account=one.account,
        order=one.order,
        excerpt=said if len(said) <= _EXCERPT else said[:_EXCERPT] + "…",
        handler=who(one.handler) if one.handler else "",
        day=one.day,
        due=due,
        due_text=text(f"complaint.step.{step}") if step else "",
        overdue=bool(due) and due < day,
        days_left=days_between(days, day, due) if due else 0,
        extended=one.extended,
    )


def deadline_lines(one: Complaint, day: str, text: Text) -> tuple[DeadlineLine, ...]:
    """Its deadlines with the rows they come from."""
    lines: list[DeadlineLine] = []
    facts = (
        ("acknowledge", one.acknowledge_by, one.acknowledged_on),
        ("answer", one.answer_by, one.answered_on),
    )
    for step, due, met_on in facts:
        row = row_of(step, one.channel, one.severity, one.day)
        dropped = one.state not in OPEN and not met_on
        lines.append(
            DeadlineLine(
                step,
                text(f"complaint.step.{step}"),
                due,
                met_on,
                (met_on or day) > due and not dropped,
                row.working_days,
                row.source,
                row.certainty,
                text(f"market.certainty.{row.certainty}"),
            )
        )
    return tuple(lines)


def step_line(step: ComplaintStep, who: Name, text: Text) -> ComplaintStepLine:
    """A step in words."""
    return ComplaintStepLine(
        step.at_ms,
        who(step.by),
        step.act,
        text(f"complaint.act.{step.act}"),
        step.text,
        step.shown,
        text(f"complaint.state.{step.state}"),
    )


def case_of(
    one: Complaint,
    steps: Iterable[ComplaintStep],
    day: str,
    days: Days,
    who: Name,
    text: Text,
    *,
    client: bool,
) -> ComplaintCase:
    """A complaint with its life; a client sees neither internal notes nor who of the firm."""
    line = line_of(one, day, days, who, text)
    if client:
        line = _for_client(line)
    return ComplaintCase(
        line,
        one.text,
        "" if client else one.contact_masked,
        "" if client else one.pack,
        one.filed_at_ms,
        deadline_lines(one, day, text),
        tuple(step_line(step, who, text) for step in steps if step.shown or not client),
        acts_for(one, day, days, client=client),
    )


def _for_client(line: ComplaintLine) -> ComplaintLine:
    return msgspec.structs.replace(line, handler="", severity="", severity_text="")


def own_lines(lines: Iterable[ComplaintLine]) -> tuple[ComplaintLine, ...]:
    """Lines as their client sees them."""
    return tuple(_for_client(line) for line in lines)
