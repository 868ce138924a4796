"""Deadlines by day, what may be done when, and what a client sees."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunquan.complaints import rules
from yunquan.complaints.types import (
    Complaint,
    ComplaintId,
    ComplaintState,
    ComplaintStep,
    ComplaintWish,
    Deadline,
    NewComplaint,
)
from yunquan.market.rules.calendar import Calendar

DAY = "2026-07-13"
DAYS = Calendar([])
S = ComplaintState
TAKES = {"grade": "major", "link_pack": "evp_1", "assign": "staff:b"}


def complaint(state: ComplaintState = S.RECEIVED, **more: Any) -> Complaint:
    base = Complaint(
        *(ComplaintId("cpl_1"), "cli_1", "880000000001", "", "online", "fee", "normal", "Fee"),
        *("", state, "", "client:cli_1", 1, DAY, "2026-07-16", "2026-08-03", "", "", False, "", 0),
    )
    return replace(base, **more)


@pytest.mark.parametrize(
    ("channel", "severity", "days"),
    [
        ("online", "normal", ("2026-07-16", "2026-08-03")),
        ("hotline", "normal", ("2026-07-16", "2026-08-03")),
        ("online", "major", ("2026-07-14", "2026-07-27")),
        ("hotline", "major", ("2026-07-14", "2026-07-27")),
    ],
)
def test_deadlines_are_working_days(channel: str, severity: str, days: tuple[str, str]) -> None:
    new = NewComplaint("Fee", "fee", channel, severity)
    assert rules.deadlines_for(new, DAY, DAYS) == days


def test_a_holiday_puts_a_deadline_off() -> None:
    # Known trading days around a closed one: the 15th doesn't count.
    days = Calendar(["2026-07-13", "2026-07-14", "2026-07-16", "2026-07-17", "2026-07-20"])
    assert rules.due_day(days, DAY, 3) == "2026-07-17"
    assert rules.days_between(days, DAY, "2026-07-17") == 3
    assert rules.days_between(days, "2026-07-17", DAY) == 0


def test_rows_are_read_by_day() -> None:
    table = (
        Deadline("answer", "", "", 15, "2026-01-01", "2026-08-01", "s", "F"),
        Deadline("answer", "", "", 10, "2026-08-01", "", "s", "F"),
    )
    rows = [rules.row_of("answer", "online", "normal", day, table) for day in (DAY, "2026-08-01")]
    assert [row.working_days for row in rows] == [15, 10]


def test_every_row_says_how_sure_it_is() -> None:
    for row in rules.DEADLINES:
        assert row.certainty in {"V", "KH", "KM", "KL", "F"}
        assert row.source
        assert row.working_days > 0


STAFF = {
    S.RECEIVED: "acknowledge assign take note grade link_pack extend withdraw",
    S.ACKNOWLEDGED: "assign take note grade link_pack extend answer withdraw",
    S.IN_HAND: "assign note grade link_pack extend answer withdraw",
    S.ANSWERED: "assign note grade link_pack close reopen withdraw",
    S.CLOSED: "note link_pack reopen",
    S.REOPENED: "assign take note grade link_pack extend answer withdraw",
    S.WITHDRAWN: "note link_pack",
}
CLIENT = {
    S.RECEIVED: "add withdraw",
    S.ACKNOWLEDGED: "add withdraw",
    S.IN_HAND: "add withdraw",
    S.ANSWERED: "close reopen add withdraw",
    S.CLOSED: "reopen",
    S.REOPENED: "add withdraw",
    S.WITHDRAWN: "",
}


@pytest.mark.parametrize("state", list(S))
def test_what_may_be_done_when(state: ComplaintState) -> None:
    one = complaint(state, answered_on=DAY if state in (S.ANSWERED, S.CLOSED) else "")
    assert " ".join(rules.acts_for(one, DAY, DAYS, client=False)) == STAFF[state]
    assert " ".join(rules.acts_for(one, DAY, DAYS, client=True)) == CLIENT[state]


def test_a_client_comes_back_for_some_time_only() -> None:
    one = complaint(S.CLOSED, answered_on=DAY)
    assert "reopen" in rules.acts_for(one, "2026-08-10", DAYS, client=True)
    assert "reopen" not in rules.acts_for(one, "2026-08-11", DAYS, client=True)
    assert "reopen" in rules.acts_for(one, "2026-08-11", DAYS, client=False)


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (ComplaintWish("burn"), "act.unknown"),
        (ComplaintWish("add", "more"), "act.unknown"),
        (ComplaintWish("note", "x"), "complaint.text"),
        (ComplaintWish("acknowledge", "x" * 2001), "complaint.text"),
        (ComplaintWish("grade", "because", "huge"), "complaint.malformed"),
        (ComplaintWish("link_pack", "", "pack"), "complaint.pack"),
        (ComplaintWish("answer", "Booked at ten"), "complaint.not_now.answer"),
        (ComplaintWish("acknowledge"), None),
    ],
)
def test_what_is_refused(wish: ComplaintWish, code: str | None) -> None:
    refused = rules.check_move(complaint(), wish, DAY, DAYS, client=False)
    assert (refused.code if refused else None) == code


def test_extending_counts_from_the_day_promised_and_works_once() -> None:
    one = rules.moved(complaint(), ComplaintWish("extend", "why"), "staff:a", DAY, DAYS)
    assert (one.answer_by, one.extended) == ("2026-08-24", True)
    assert "extend" not in rules.acts_for(one, DAY, DAYS, client=False)


def test_graver_is_sooner_and_lighter_never_later() -> None:
    grave = rules.moved(complaint(), ComplaintWish("grade", "why", "major"), "staff:a", DAY, DAYS)
    assert (grave.acknowledge_by, grave.answer_by) == ("2026-07-14", "2026-07-27")
    light = rules.moved(grave, ComplaintWish("grade", "why", "normal"), "staff:a", DAY, DAYS)
    assert (light.acknowledge_by, light.answer_by) == ("2026-07-14", "2026-07-27")


@given(st.lists(st.tuples(st.sampled_from([move.act for move in rules.MOVES]), st.booleans())))
def test_a_life_never_leaves_the_table(wishes: list[tuple[str, bool]]) -> None:
    one = complaint()
    for act, client in wishes:
        wish = ComplaintWish(act, "because", TAKES.get(act, ""))
        if rules.check_move(one, wish, DAY, DAYS, client=client):
            continue
        before, one = one, rules.moved(one, wish, "staff:a", DAY, DAYS)
        assert one.version == before.version + 1
        assert before.state is not S.WITHDRAWN or one.state is S.WITHDRAWN
        assert bool(rules.due_of(one)[1]) is (one.state in rules.OPEN)


def test_a_client_sees_no_note_and_nobody_s_name() -> None:
    steps = [
        ComplaintStep("cpl_1", 1, 1, "staff:a", "note", "hidden words", False, "received"),
        ComplaintStep("cpl_1", 2, 2, "staff:a", "answer", "Booked at ten", True, "answered"),
    ]
    one = complaint(S.ANSWERED, handler="staff:a", contact_masked="13*******00", pack="evp_1")
    shown = rules.case_of(one, steps, DAY, DAYS, lambda _: "Firm", lambda c, **_: c, client=True)
    assert [step.text for step in shown.steps] == ["Booked at ten"]
    assert (shown.line.handler, shown.contact_masked, shown.pack) == ("", "", "")
    assert shown.line.severity == ""
    whole = rules.case_of(one, steps, DAY, DAYS, lambda _: "Firm", lambda c, **_: c, client=False)
    assert len(whole.steps) == 2


@pytest.mark.parametrize(
    ("contact", "masked"), [("", ""), ("12345", "*****"), ("13800001234", "13*******34")]
)
def test_a_contact_is_masked(contact: str, masked: str) -> None:
    assert rules.mask_contact(contact) == masked
