"""Limits by date, what comes next, what answers mean, what people read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import yunquan.app.locale
from yunquan.counter.types import Answer, Deposit, Withdraw
from yunquan.funding import rules
from yunquan.funding.types import (
    BankAnswer,
    BankResult,
    Direction,
    Step,
    Transfer,
    TransferId,
    TransferLimit,
    TransferState,
)
from yunquan.kernel.errors import Refused
from yunquan.kernel.i18n import Catalogue

IN, OUT = Direction.IN, Direction.OUT
CATALOGUE = Catalogue.load(Path(yunquan.app.locale.__path__[0]))


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


def limit(since: str, single: int, direction: Direction = IN) -> TransferLimit:
    return TransferLimit(since, direction, single, 10 * single, "08:30", "16:00", "test")


def test_the_limit_in_force_is_the_latest_begun() -> None:
    rows = (limit("2026-01-01", 1), limit("2026-07-13", 3), limit("2026-03-01", 2))
    found = [
        rules.limit_on(rows, IN, day).single_fen
        for day in ("2026-01-01", "2026-07-12", "2026-07-13", "2030-01-01")
    ]
    assert found == [1, 2, 3, 3]
    with pytest.raises(LookupError):
        rules.limit_on(rows, IN, "2025-12-31")
    with pytest.raises(LookupError):
        rules.limit_on(rows, OUT, "2026-07-13")


@pytest.mark.parametrize(
    ("amount", "asked", "minute", "code"),
    [
        (100, 0, "", ""),
        (101, 0, "", "transfer.single_limit"),
        (100, 900, "", ""),
        (100, 901, "", "transfer.day_limit"),
        (1, 2_000, "", "transfer.day_limit"),
        (100, 0, "08:29", "transfer.outside_window"),
        (100, 0, "08:30", ""),
        (100, 0, "15:59", ""),
        (100, 0, "16:00", "transfer.outside_window"),
    ],
)
def test_requests(amount: int, asked: int, minute: str, code: str) -> None:
    refusal = rules.decide_request(limit("2026-01-01", 100), amount, asked, minute)
    assert (refusal or Refused("")).code == code


@pytest.mark.parametrize(
    ("known", "step"),
    [
        (transfer(IN), Step.ASK_BANK),
        (transfer(IN, bank_asked_at_ms=2), Step.ASK_BANK),
        (transfer(IN, bank_done_at_ms=2), Step.MOVE_CASH),
        (transfer(IN, bank_done_at_ms=2, cash_moved_at_ms=3, ended_at_ms=3), Step.NOTHING),
        (transfer(OUT), Step.MOVE_CASH),
        (transfer(OUT, cash_moved_at_ms=2), Step.ASK_BANK),
        (transfer(OUT, cash_moved_at_ms=2, code="bank.limit"), Step.GIVE_BACK),
        (transfer(OUT, code="bank.limit", ended_at_ms=2), Step.NOTHING),
    ],
)
def test_what_comes_next(known: Transfer, step: Step) -> None:
    assert rules.next_step(known) is step
    doubted = rules.doubted_now(known, "bank.slow", 9)
    assert rules.next_step(doubted) is step, "a doubt forgets nothing"


def test_a_doubted_answer_of_the_bank_ends_nothing() -> None:
    for result in (BankResult.CONFLICT, BankResult.UNKNOWN):
        for known in (transfer(IN), transfer(OUT, cash_moved_at_ms=2)):
            after = rules.bank_answered(known, BankAnswer(result, "bank.serial_reused"), 9)
            assert (after.state, after.ended_at_ms) == (TransferState.IN_DOUBT, None)
            assert rules.next_step(after) is Step.ASK_BANK


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
        assert rules.bank_request(first) == rules.bank_request(later)
        assert rules.bank_request(first).serial == "tfr_01"
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
