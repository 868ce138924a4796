"""Taking files on both databases: refused by name, decided once, compared; staff's reversal."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tests.funding.conftest import (
    ACCOUNT,
    BANK_FEN,
    CARD,
    CASH_FEN,
    CLIENT,
    FIRM,
    FIRST_DAY,
    HOLDER,
    SIMBANK,
    Scene,
)
from yunquan.app.locale import catalogue
from yunquan.counter.types import Deposit, Restrict, Withdraw
from yunquan.custody import Custody, load_day, load_differences, take_file
from yunquan.custody.types import DifferenceKind, FileOutcome, FileState
from yunquan.funding import answer_begun, pay_in, pay_out
from yunquan.funding.types import (
    BankAnswer,
    BankResult,
    BegunTransfer,
    Direction,
    Initiator,
    TransferState,
)
from yunquan.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from yunquan_world.bank_file import half, with_wrong_sum, write_file

CATALOGUE = catalogue()
POSTED, REFUSED = TransferState.POSTED, TransferState.REFUSED


def pay(scene: Scene, verb: Any, fen: int, *faults: str) -> Any:
    scene.bank.faults = list(faults)
    return asyncio.run(verb(scene.parts, CLIENT, scene.key(), ACCOUNT, fen))


def take(scene: Scene, body: bytes, day: str = FIRST_DAY) -> FileOutcome:
    return asyncio.run(take_file(scene.parts, FIRM, SIMBANK, day, body))


def body_of(scene: Scene, version: int = 1, bank: str = SIMBANK, day: str = FIRST_DAY) -> bytes:
    return write_file(bank, FIRM, day, version, scene.bank.vault.of_day(FIRM, FIRST_DAY))


def test_files_that_fail_a_check_change_nothing(scene: Scene) -> None:
    pay(scene, pay_in, 100, "lost")
    good = body_of(scene)
    for body, code in (
        (half(good), "bank_file.half"),
        (with_wrong_sum(good), "bank_file.checksum"),
        (body_of(scene, bank="yanpu"), "bank_file.other"),
        (body_of(scene, day="2026-07-14"), "bank_file.other"),
        (half(good), "bank_file.half"),
    ):
        outcome = take(scene, body)
        assert (outcome.state, outcome.code) == (FileState.REFUSED, code)
        (row,) = scene.rows()
        assert row.awaits_file
        assert scene.cash_fen() == CASH_FEN
    assert take(scene, good).resolved == 1
    assert scene.cash_fen() == CASH_FEN + 100
    files = Custody(scene.parts, CATALOGUE).board("en").files
    assert {(one.code, one.times) for one in files} == {
        ("", 1),
        ("bank_file.half", 2),
        ("bank_file.checksum", 1),
        ("bank_file.other", 1),
    }


def test_a_file_is_taken_once(scene: Scene) -> None:
    pay(scene, pay_out, 100, "lost")
    good = body_of(scene)
    assert take(scene, good).state is FileState.TAKEN
    assert take(scene, good).code == "bank_file.repeated"
    pay(scene, pay_out, 7)
    assert take(scene, body_of(scene)).code == "bank_file.changed"
    assert take(scene, body_of(scene, version=2)).matched == 2
    assert take(scene, good).code == "bank_file.older"
    with scene.database.read() as tx:
        outcome = load_day(tx, SIMBANK, FIRST_DAY)
        assert outcome is not None
        assert (outcome.version, outcome.rows, outcome.out_fen) == (2, 2, 107)
    assert scene.cash_fen() == CASH_FEN - 107


def test_a_lie_about_an_amount_decides_nothing_and_is_shown(scene: Scene) -> None:
    pay(scene, pay_in, 100, "lost")
    scene.bank.lies = True
    scene.end_bank_day()
    scene.bank.file_faults = ["", "late_file"]
    # Both versions are listed; the newest alone is fetched.
    lie = scene.bank.vault.file(FIRM, FIRST_DAY, 1)
    assert lie is not None
    assert take(scene, lie).resolved == 0
    (row,) = scene.rows()
    assert row.awaits_file
    with scene.database.read() as tx:
        (found,) = load_differences(tx)
    assert (found.kind, found.theirs_fen) == (DifferenceKind.THEIRS_ONLY, 101)
    scene.bank.file_faults = []
    assert scene.take_files() == 1
    (row,) = scene.rows()
    assert (row.state, row.proof) == (POSTED, f"file:{FIRST_DAY}:2")
    with scene.database.read() as tx:
        assert load_differences(tx) == [], "the new version set it right"


def test_money_only_one_side_knows_of_is_kept_and_nobody_s_balance_moves(scene: Scene) -> None:
    pay(scene, pay_in, 100)
    scene.bank.vault._connection.execute("DELETE FROM transfers")
    scene.end_bank_day()
    scene.take_files()
    with scene.database.read() as tx:
        (found,) = load_differences(tx)
    assert (found.kind, found.ours_fen, found.theirs_fen) == (DifferenceKind.OURS_ONLY, 100, 0)
    assert scene.cash_fen() == CASH_FEN + 100
    board = Custody(scene.parts, CATALOGUE).board("en")
    assert board.differences == (found,)


class TestReversal:
    def reverse(self, scene: Scene, transfer: str, basis: str = "client asks") -> Any:
        office = Custody(scene.parts, CATALOGUE)
        return asyncio.run(office.reverse("staff:stf_1", transfer, basis, "en"))

    @pytest.mark.parametrize("verb", [pay_in, pay_out])
    @pytest.mark.parametrize("fault", ["lost", "away", "next_day"])
    def test_gives_everything_back(self, scene: Scene, verb: Any, fault: str) -> None:
        doubted = pay(scene, verb, 100, fault)
        board = Custody(scene.parts, CATALOGUE).board("en")
        assert [one.line.id for one in board.doubts] == [doubted.id]
        assert board.doubts[0].may_reverse
        told = self.reverse(scene, doubted.id)
        assert (told.line.state, told.proof, told.reversed_by) == (
            "refused",
            "reversal",
            "staff:stf_1",
        )
        assert (scene.cash_fen(), scene.bank.balance_fen) == (CASH_FEN, BANK_FEN)
        scene.end_bank_day()
        scene.take_files()
        assert (scene.cash_fen(), scene.bank.balance_fen) == (CASH_FEN, BANK_FEN)
        with scene.database.read() as tx:
            assert load_differences(tx) == []

    def test_without_an_answer_waits_for_the_file(self, scene: Scene) -> None:
        doubted = pay(scene, pay_in, 100, "lost")
        scene.bank.faults = ["away"]
        assert self.reverse(scene, doubted.id).line.state == "in_doubt"
        scene.end_bank_day()
        scene.take_files()
        (row,) = scene.rows()
        assert row.state is POSTED, "it never reached the bank"

    def test_the_bank_refuses_one_of_a_day_that_is_over(self, scene: Scene) -> None:
        doubted = pay(scene, pay_in, 100, "lost")
        scene.end_bank_day()
        told = self.reverse(scene, doubted.id)
        assert told.line.reason.code == "bank.day_is_over"
        scene.take_files()
        assert scene.rows()[0].state is POSTED

    def test_only_ours_only_in_doubt_and_with_a_reason(self, scene: Scene) -> None:
        done = pay(scene, pay_in, 100)
        with pytest.raises(Conflict, match=r"transfer\.not_in_doubt"):
            self.reverse(scene, done.id)
        with pytest.raises(NotFound):
            self.reverse(scene, "tfr_0")
        with pytest.raises(Invalid, match=r"act\.basis_missing"):
            self.reverse(scene, done.id, "x")
        ask(scene, "to_broker", 50)
        (theirs,) = [row for row in scene.rows() if row.initiator is Initiator.BANK]
        with pytest.raises(Conflict, match=r"transfer\.not_ours_to_reverse"):
            self.reverse(scene, theirs.id)
        serial = theirs.bank_serial
        refused = scene.bank.vault.reverse(FIRM, serial, scene.bank.day)
        assert (refused.result, refused.code) == ("not_reversed", "B08_not_yours")


def ask(scene: Scene, way: str, fen: int) -> BegunTransfer:
    """A client acts in the bank's app, and we answer."""
    kept = scene.bank.vault.begin(CARD, way, fen)
    assert not isinstance(kept, str), kept
    asked = BegunTransfer(
        kept.bank_serial,
        kept.day,
        Direction.IN if way == "to_broker" else Direction.OUT,
        CARD,
        HOLDER,
        fen,
    )
    return reply(scene, asked)


def reply(scene: Scene, asked: BegunTransfer) -> BegunTransfer:
    answer = answered(scene, asked)
    scene.bank.vault.answered(FIRM, asked.bank_serial, answer.result.value, answer.code)
    return asked


def answered(scene: Scene, asked: BegunTransfer) -> BankAnswer:
    return asyncio.run(answer_begun(scene.parts, SIMBANK, asked))


def undoing(asked: BegunTransfer) -> BegunTransfer:
    return replace(asked, undoes=True)


class TestBegunAtTheBank:
    @pytest.mark.parametrize(("way", "sign"), [("to_broker", 1), ("to_bank", -1)])
    def test_is_done_once_and_answered_the_same(self, scene: Scene, way: str, sign: int) -> None:
        asked = ask(scene, way, 100)
        assert answered(scene, asked) == BankAnswer(BankResult.DONE)
        assert scene.cash_fen() == CASH_FEN + sign * 100
        assert scene.bank.balance_fen == BANK_FEN - sign * 100
        (row,) = scene.rows()
        assert (row.initiator, row.state, row.bank_day) == (Initiator.BANK, POSTED, FIRST_DAY)
        scene.end_bank_day()
        scene.take_files()
        with scene.database.read() as tx:
            assert load_differences(tx) == []

    def test_more_than_can_be_taken_out_is_refused(self, scene: Scene) -> None:
        ask(scene, "to_bank", CASH_FEN + 1)
        (row,) = scene.rows()
        assert (row.state, row.code) == (REFUSED, "withdrawal.insufficient_cash")
        assert scene.bank.balance_fen == BANK_FEN

    def test_a_restriction_holds_for_the_bank_s_app_too(self, scene: Scene) -> None:
        scene.driver.process([Restrict("t:r", ACCOUNT, "withdraw", "rule 1")])
        ask(scene, "to_bank", 1)
        assert scene.rows()[0].state is REFUSED
        assert scene.cash_fen() == CASH_FEN

    def test_another_name_another_card_another_content(self, scene: Scene) -> None:
        base = BegunTransfer("K000000000077", FIRST_DAY, Direction.IN, CARD, "另一人", 5)
        assert answered(scene, base).code == "bank.holder_mismatch"
        unbound = BegunTransfer("K78", FIRST_DAY, Direction.IN, "6200", HOLDER, 5)
        assert answered(scene, unbound).code == "bank.not_bound"
        asked = ask(scene, "to_broker", 100)
        other = BegunTransfer(asked.bank_serial, FIRST_DAY, Direction.IN, CARD, HOLDER, 99)
        assert answered(scene, other).code == "bank.serial_reused"
        assert scene.cash_fen() == CASH_FEN + 100

    def test_the_bank_takes_back_what_it_began(self, scene: Scene) -> None:
        for way in ("to_broker", "to_bank"):
            kept = scene.bank.vault.begin(CARD, way, 100)
            assert not isinstance(kept, str)
            way_in = Direction.IN if way == "to_broker" else Direction.OUT
            asked = BegunTransfer(kept.bank_serial, kept.day, way_in, CARD, HOLDER, 100)
            assert answered(scene, asked).result is BankResult.DONE, "and the answer is lost"
            reply(scene, undoing(asked))
            assert scene.cash_fen() == CASH_FEN
            assert scene.bank.balance_fen == BANK_FEN
            assert answered(scene, undoing(asked)).result is BankResult.REVERSED, "once"
            assert scene.cash_fen() == CASH_FEN

    def test_taken_back_before_it_came_never_comes(self, scene: Scene) -> None:
        kept = scene.bank.vault.begin(CARD, "to_broker", 100)
        assert not isinstance(kept, str)
        asked = BegunTransfer(kept.bank_serial, kept.day, Direction.IN, CARD, HOLDER, 100)
        reply(scene, undoing(asked))
        assert answered(scene, asked).result is BankResult.REFUSED
        assert (scene.cash_fen(), scene.bank.balance_fen) == (CASH_FEN, BANK_FEN)

    def test_what_was_spent_meanwhile_stays(self, scene: Scene) -> None:
        kept = scene.bank.vault.begin(CARD, "to_broker", 100)
        assert not isinstance(kept, str)
        asked = BegunTransfer(kept.bank_serial, kept.day, Direction.IN, CARD, HOLDER, 100)
        assert answered(scene, asked).result is BankResult.DONE, "and the answer is lost"
        scene.driver.process([Withdraw("t:spent", ACCOUNT, CASH_FEN + 100, "elsewhere")])
        reply(scene, undoing(asked))
        assert scene.rows()[0].state is POSTED
        assert scene.bank.balance_fen == BANK_FEN - 100, "it can't be taken back, and isn't"
        scene.driver.process([Deposit("t:back", ACCOUNT, CASH_FEN, "elsewhere")])
        assert answered(scene, undoing(asked)).result is BankResult.DONE, "answered the same"

    def test_a_counter_that_is_away_answers_later(self, scene: Scene) -> None:
        kept = scene.bank.vault.begin(CARD, "to_bank", 100)
        assert not isinstance(kept, str)
        asked = BegunTransfer(kept.bank_serial, kept.day, Direction.OUT, CARD, HOLDER, 100)
        scene.counter.faults = ["lost"]
        with pytest.raises(Unavailable, match=r"bank\.not_answered_yet"):
            answered(scene, asked)
        scene.end_bank_day()
        scene.take_files()
        reply(scene, asked)
        assert scene.cash_fen() == CASH_FEN - 100
        assert scene.bank.balance_fen == BANK_FEN + 100
        scene.end_bank_day()
        scene.take_files()
        with scene.database.read() as tx:
            assert load_differences(tx) == [], "it ended on the next day, whose file names it"


def test_cash_is_explained_to_its_owner(scene: Scene) -> None:
    pay(scene, pay_in, 100, "lost")
    lines = asyncio.run(Custody(scene.parts, CATALOGUE).cash(ACCOUNT, "en"))
    assert [(line.kind, line.amount) for line in lines] == [
        ("usable", "40000.00"),
        ("withdrawable", "40000.00"),
        ("coming_in", "1.00"),
    ]
    assert FIRST_DAY in lines[-1].text
    with pytest.raises(NotFound):
        asyncio.run(Custody(scene.parts, CATALOGUE).cash("6000000099", "en"))
