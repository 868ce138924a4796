"""Terms by date, what comes next, what answers mean, what people read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from yunquan.app.locale import catalogue
from yunquan.counter.types import Answer, Deposit, Withdraw
from yunquan.funding import load_bank_terms, rules
from yunquan.funding.types import (
    BankAnswer,
    BankResult,
    BankTerms,
    Direction,
    FeeBearer,
    Initiator,
    MarketMoment,
    Step,
    Transfer,
    TransferId,
    TransferState,
)
from yunquan.kernel.errors import Refused
from yunquan.market.rules.calendar import Calendar
from yunquan.market.types import DayKind

IN, OUT, BANK = Direction.IN, Direction.OUT, Initiator.BANK
CATALOGUE = catalogue()


def transfer(direction: Direction = IN, **changes: Any) -> Transfer:
    asked = Transfer(
        id=TransferId("tfr_01"),
        account="6000000001",
        client="cli_01",
        direction=direction,
        amount_fen=123_456,
        bank="simbank",
        bank_account="6229990000000001",
        holder="林晓舟",
        day="2026-07-13",
        caller="cli_01",
        request_key="k",
        digest="d",
        state=TransferState.REQUESTED,
        requested_at_ms=1_000,
        moved_at_ms=1_000,
    )
    return replace(asked, **changes)


def terms(since: str, single: int, direction: Direction = IN, **changes: Any) -> BankTerms:
    row = BankTerms(
        "simbank",
        direction,
        since,
        ("trading",),
        "08:30",
        "16:00",
        "16:00",
        single,
        10 * single,
        0,
        FeeBearer.FIRM,
        (),
        "test",
        "F",
    )
    return replace(row, **changes)


# Monday 13 to Monday 20 July; Wednesday only banks work, Thursday and Friday nobody does.
CALENDAR = Calendar(
    ["2026-07-13", "2026-07-14", "2026-07-20"],
    {
        "2026-07-15": DayKind.BANK_ONLY,
        "2026-07-16": DayKind.CLOSED,
        "2026-07-17": DayKind.CLOSED,
    },
)


def test_the_terms_in_force_are_the_latest_begun() -> None:
    rows = (terms("2026-01-01", 1), terms("2026-07-13", 3), terms("2026-03-01", 2))
    found = [
        rules.terms_on(rows, "simbank", IN, day).single_fen
        for day in ("2026-01-01", "2026-07-12", "2026-07-13", "2030-01-01")
    ]
    assert found == [1, 2, 3, 3]
    for bank, way, day in (
        ("simbank", IN, "2025-12-31"),
        ("simbank", OUT, "2026-07-13"),
        ("yanpu", IN, "2026-07-13"),
    ):
        with pytest.raises(LookupError):
            rules.terms_on(rows, bank, way, day)


@pytest.mark.parametrize(
    ("amount", "asked", "minute", "code"),
    [
        (100, 0, "12:00", ""),
        (101, 0, "12:00", "transfer.single_limit"),
        (100, 900, "12:00", ""),
        (100, 901, "12:00", "transfer.day_limit"),
        (1, 2_000, "12:00", "transfer.day_limit"),
        (100, 0, "08:29", "transfer.outside_window"),
        (100, 0, "08:30", ""),
        (100, 0, "15:59", ""),
        (100, 0, "16:00", "transfer.outside_window"),
    ],
)
def test_requests(amount: int, asked: int, minute: str, code: str) -> None:
    moment = MarketMoment("2026-07-13", minute)
    refusal = rules.decide_request(terms("2026-01-01", 100), CALENDAR, moment, amount, asked)
    assert (refusal or Refused("")).code == code
    always = terms("2026-01-01", 100, days=(), opens="", closes="")
    refusal = rules.decide_request(always, CALENDAR, moment, amount, asked)
    assert (refusal or Refused("")).code == ("" if "window" in code else code)


@pytest.mark.parametrize(
    ("day", "minute", "days", "opens_next"),
    [
        ("2026-07-13", "08:00", ("trading",), ("2026-07-13", "08:30")),
        ("2026-07-13", "16:00", ("trading",), ("2026-07-14", "08:30")),
        # A day on which only banks work, a holiday and a weekend come between.
        ("2026-07-14", "16:00", ("trading",), ("2026-07-20", "08:30")),
        ("2026-07-14", "16:00", ("trading", "bank_only"), ("2026-07-15", "08:30")),
        ("2026-07-18", "10:00", ("trading", "bank_only"), ("2026-07-20", "08:30")),
        ("2026-07-18", "10:00", ("nothing",), ("", "")),
    ],
)
def test_a_refusal_says_when_the_window_opens(
    day: str, minute: str, days: tuple[str, ...], opens_next: tuple[str, str]
) -> None:
    row, moment = terms("2026-01-01", 100, days=days), MarketMoment(day, minute)
    refusal = rules.decide_request(row, CALENDAR, moment, 1, 0)
    assert refusal is not None
    assert (refusal.facts["day"], refusal.facts["minute"]) == opens_next


def test_the_banks_terms_are_complete() -> None:
    rows = load_bank_terms()
    pairs = {(row.bank, row.direction) for row in rows}
    assert {bank for bank, _ in pairs} == {"simbank", "yanpu", "qimei"}
    assert len(pairs) == 6
    for row in rows:
        assert row.source
        assert row.certainty in ("V", "KH", "KM", "KL", "F")
        assert row.always_open == (row.opens == "" == row.closes)
        assert 0 < row.single_fen <= row.day_fen


@pytest.mark.parametrize(
    ("known", "step"),
    [
        (transfer(IN), Step.ASK_BANK),
        (transfer(IN, bank_asked_at_ms=2), Step.WAIT),
        (transfer(IN, bank_done_at_ms=2), Step.MOVE_CASH),
        (transfer(IN, bank_done_at_ms=2, cash_moved_at_ms=3, ended_at_ms=3), Step.NOTHING),
        (transfer(OUT), Step.MOVE_CASH),
        (transfer(OUT, cash_moved_at_ms=2), Step.ASK_BANK),
        (transfer(OUT, cash_moved_at_ms=2, bank_asked_at_ms=2), Step.WAIT),
        (transfer(OUT, cash_moved_at_ms=2, code="bank.limit"), Step.GIVE_BACK),
        (transfer(IN, initiator=BANK, bank_asked_at_ms=2, bank_done_at_ms=2), Step.MOVE_CASH),
        (transfer(OUT, initiator=BANK, bank_asked_at_ms=2, bank_done_at_ms=2), Step.MOVE_CASH),
        (transfer(OUT, initiator=BANK, cash_moved_at_ms=2, reversal_asked_at_ms=3), Step.UNDO),
        (transfer(OUT, code="bank.limit", ended_at_ms=2), Step.NOTHING),
    ],
)
def test_what_comes_next(known: Transfer, step: Step) -> None:
    assert rules.next_step(known) is step
    doubted = rules.doubted_now(known, "bank.slow", 9)
    assert rules.next_step(doubted) is step, "a doubt forgets nothing"


def test_a_doubted_answer_of_the_bank_ends_nothing() -> None:
    for result in (BankResult.CONFLICT, BankResult.NOT_REVERSED):
        asked = transfer(IN, bank_asked_at_ms=2)
        for known in (asked, transfer(OUT, cash_moved_at_ms=2, bank_asked_at_ms=2)):
            after = rules.bank_answered(known, BankAnswer(result, "bank.serial_reused"), 9)
            assert (after.state, after.ended_at_ms) == (TransferState.IN_DOUBT, None)
            assert after.awaits_file
            assert rules.next_step(after) is Step.WAIT, "it is never asked again"


@pytest.mark.parametrize(
    ("known", "code"),
    [
        (transfer(IN, awaits_file=True), ""),
        (transfer(IN, bank_asked_at_ms=2), "transfer.not_in_doubt"),
        (transfer(IN, ended_at_ms=2), "transfer.not_in_doubt"),
        (transfer(IN, initiator=BANK, awaits_file=True), "transfer.not_ours_to_reverse"),
    ],
)
def test_only_a_doubt_of_ours_is_ours_to_reverse(known: Transfer, code: str) -> None:
    assert rules.decide_reversal(known) == code


def test_money_that_left_the_bank_never_ends_as_refused() -> None:
    known = transfer(IN, bank_done_at_ms=2, state=TransferState.BANK_DONE)
    after = rules.cash_answered(known, Answer("c", "account.unknown"), 9)
    assert (after.state, after.doubt, after.ended_at_ms) == (
        TransferState.IN_DOUBT,
        "account.unknown",
        None,
    )
    back = transfer(OUT, cash_moved_at_ms=2, code="bank.limit")
    after = rules.give_back_answered(back, Answer("c", "account.unknown"), 9)
    assert (after.state, after.ended_at_ms) == (TransferState.IN_DOUBT, None)


def test_commands_and_serials_never_change() -> None:
    for direction, kind in ((IN, Deposit), (OUT, Withdraw)):
        first = transfer(direction)
        later = rules.doubted_now(replace(first, version=9, command_day="2026-07-14"), "x.y", 99)
        assert rules.cash_command(first) == rules.cash_command(later)
        assert rules.cash_command(first) == kind("funding:tfr_01", "6000000001", 123_456, "simbank")
        assert rules.bank_request(first, "1") == rules.bank_request(later, "1")
        assert rules.bank_request(first, "1").serial == "tfr_01"
        assert "135724" not in repr(rules.bank_request(first, "135724"))
    assert rules.give_back_command(transfer(OUT)).id == "funding:tfr_01:back"


@pytest.mark.parametrize(
    ("number", "shown"),
    [("6229990000000001", "**** 0001"), ("12345678", "********"), ("123", "***"), ("", "")],
)
def test_bank_accounts_are_masked(number: str, shown: str) -> None:
    assert rules.masked(number) == shown


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_a_line_reads_in_both_languages(locale: str) -> None:
    def text(code: str, /, **facts: Any) -> str:
        return CATALOGUE.text(code, locale, **facts)

    facts = {"withdrawable_fen": 100, "settling_fen": 123_356}
    asked = transfer(OUT)
    line = rules.transfer_line(
        rules.refused_now(asked, "withdrawal.unsettled_cash", facts, 2_000), text
    )
    assert (line.direction, line.amount, line.bank_account) == ("out", "1234.56", "**** 0001")
    assert line.reason is not None
    assert line.reason.facts == {"withdrawable": "1.00", "settling": "1233.56"}
    assert "1233.56" in line.reason.text
    assert [(step.step, step.at_ms) for step in line.steps] == [
        ("requested", 1_000),
        ("refused", 2_000),
    ]
    shown = [line.bank, line.state_text, line.reason.text, *(step.text for step in line.steps)]
    assert not [words for words in shown if words.startswith(("transfer.", "bank.", "with"))]
    assert "6229990000000001" not in repr(line)
    assert "林晓舟" not in repr(line)


def test_steps_are_in_the_order_they_were_made() -> None:
    done = transfer(
        OUT,
        cash_moved_at_ms=1_000,
        bank_asked_at_ms=1_000,
        doubted_at_ms=2_000,
        bank_done_at_ms=3_000,
    )
    line = rules.transfer_line(rules.posted_now(done, 3_000), lambda code, **_facts: code)
    assert [step.step for step in line.steps] == [
        "requested",
        "cash_out",
        "bank_asked",
        "doubted",
        "bank_done",
    ]
    assert line.reason is None
