"""Paying in and out on both databases: the plain ways, refusals, repeats, limits, old transfers."""

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
    FIRST_DAY,
    TERMS,
    Crash,
    Scene,
)
from yunquan.counter.types import Freeze
from yunquan.funding import (
    Funding,
    bind,
    list_transfers,
    load_terms,
    load_transfer,
    pay_in,
    pay_out,
    recover,
    resolve,
)
from yunquan.funding.events import EVENTS
from yunquan.funding.types import Direction, MarketMoment, Transfer, TransferState
from yunquan.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from yunquan.kernel.events import EventCodec
from yunquan.kernel.log import each_record
from yunquan.kernel.transaction import Database

POSTED, REFUSED, IN_DOUBT = TransferState.POSTED, TransferState.REFUSED, TransferState.IN_DOUBT
AMOUNT = 1_234_567


def run(scene: Scene, verb: Any, fen: int = AMOUNT, key: str = "k", **parts: Any) -> Transfer:
    funding = replace(scene.parts, **parts) if parts else scene.parts
    return asyncio.run(verb(funding, CLIENT, key, ACCOUNT, fen))


def recovered(scene: Scene, **parts: Any) -> Transfer:
    scene.clock.advance(5)
    asyncio.run(recover(replace(scene.parts, **parts) if parts else scene.parts))
    (row,) = scene.rows()
    return row


def events(scene: Scene) -> list[str]:
    codec = EventCodec(EVENTS)
    with scene.database.read() as tx:
        return [
            str(type(event).__name__)
            for record in each_record(tx.connection, "rooms")
            for event in codec.decode(record.body)
        ]


def test_paying_in_moves_money_from_the_bank_to_the_account(scene: Scene) -> None:
    transfer = run(scene, pay_in)
    assert transfer.state is POSTED
    assert scene.bank.balance_fen == BANK_FEN - AMOUNT
    assert scene.cash_fen() == CASH_FEN + AMOUNT
    assert transfer.client == CLIENT
    assert transfer.bank_serial == "K000000000001"
    assert scene.counter.submitted == [f"funding:{transfer.id}"]
    assert scene.rows() == [transfer]
    assert events(scene) == ["BankAccountBound", "TransferRequested", "TransferPosted"]


def test_paying_out_moves_money_from_the_account_to_the_bank(scene: Scene) -> None:
    transfer = run(scene, pay_out)
    assert transfer.state is POSTED
    assert scene.bank.balance_fen == BANK_FEN + AMOUNT
    assert scene.cash_fen() == CASH_FEN - AMOUNT


def test_the_bank_refuses_to_pay_in(scene: Scene) -> None:
    transfer = run(scene, pay_in, BANK_FEN + 1)
    assert (transfer.state, transfer.code) == (REFUSED, "bank.insufficient")
    assert (scene.bank.balance_fen, scene.cash_fen()) == (BANK_FEN, CASH_FEN)
    assert scene.counter.submitted == []
    assert events(scene)[-1] == "TransferRefused"


def test_the_counter_refuses_to_pay_out_and_the_bank_is_not_asked(scene: Scene) -> None:
    transfer = run(scene, pay_out, CASH_FEN + 1)
    assert (transfer.state, transfer.code) == (REFUSED, "withdrawal.insufficient_cash")
    assert transfer.facts == {"withdrawable_fen": CASH_FEN, "settling_fen": 0}
    assert scene.bank.calls == []
    assert scene.rows() == [transfer]


def test_a_court_s_freeze_keeps_money_in(scene: Scene) -> None:
    scene.driver.process([Freeze("t:freeze", ACCOUNT, "*", 0, "court order 1")])
    assert run(scene, pay_out).code == "withdrawal.judicial_freeze"


def test_what_the_bank_refuses_to_take_is_given_back(scene: Scene) -> None:
    scene.bank.refuses = True
    transfer = run(scene, pay_out)
    assert (transfer.state, transfer.code) == (REFUSED, "bank.limit")
    assert (scene.bank.balance_fen, scene.cash_fen()) == (BANK_FEN, CASH_FEN)
    command = f"funding:{transfer.id}"
    assert scene.counter.submitted == [command, f"{command}:back"]


def test_only_the_own_name_is_paid(scene: Scene) -> None:
    scene.open_account("6000000002", CARD, "另一人")
    transfer = asyncio.run(pay_out(scene.parts, CLIENT, "k", "6000000002", 1))
    assert transfer.code == "withdrawal.insufficient_cash"
    transfer = asyncio.run(pay_in(scene.parts, CLIENT, "l", "6000000002", 1))
    assert (transfer.state, transfer.code) == (REFUSED, "bank.holder_mismatch")


def test_a_repeated_key_is_the_same_transfer(scene: Scene) -> None:
    first = run(scene, pay_in)
    assert run(scene, pay_in) == first
    assert run(scene, pay_in, key="other").id != first.id
    assert scene.cash_fen() == CASH_FEN + 2 * AMOUNT


@pytest.mark.parametrize(("verb", "fen"), [(pay_out, AMOUNT), (pay_in, AMOUNT + 1)])
def test_a_reused_key_is_a_conflict(scene: Scene, verb: Any, fen: int) -> None:
    run(scene, pay_in)
    with pytest.raises(Conflict, match=r"command\.reused"):
        run(scene, verb, fen)


def test_a_repeat_asks_the_bank_nothing_and_the_file_decides(scene: Scene) -> None:
    scene.bank.faults = ["lost"]
    doubted = run(scene, pay_in)
    assert (doubted.state, doubted.doubt) == (IN_DOUBT, "bank.slow")
    assert run(scene, pay_in) == doubted == recovered(scene)
    assert [name for name, _ in scene.bank.calls] == ["transfer"]
    assert scene.take_files() == 0, "there is none before the cut-off"
    scene.end_bank_day()
    assert scene.take_files() == 1
    (done,) = scene.rows()
    assert (done.state, done.doubt, done.proof) == (POSTED, "", f"file:{FIRST_DAY}:1")
    assert done.bank_serial == "K000000000001"
    assert scene.cash_fen() == CASH_FEN + AMOUNT
    assert scene.take_files() == 0, "it is known"


@pytest.mark.parametrize("verb", [pay_in, pay_out])
def test_what_the_file_doesnt_have_was_never_done(scene: Scene, verb: Any) -> None:
    scene.bank.faults = ["away"]
    assert run(scene, verb).awaits_file
    scene.end_bank_day()
    scene.take_files()
    (row,) = scene.rows()
    assert (row.state, row.code) == (REFUSED, "transfer.not_at_bank")
    assert (scene.cash_fen(), scene.bank.balance_fen) == (CASH_FEN, BANK_FEN)


@pytest.mark.parametrize("verb", [pay_in, pay_out])
def test_what_never_left_needs_no_file(scene: Scene, verb: Any) -> None:
    scene.bank.faults = ["down"]
    row = run(scene, verb)
    assert (row.state, row.code) == (REFUSED, "bank.not_sent")
    assert scene.cash_fen() == CASH_FEN


def test_what_nobody_waits_for_isnt_sent_later(scene: Scene) -> None:
    scene.fate.begin(3)
    with pytest.raises(Crash):
        run(scene, pay_in)
    assert recovered(scene).ended_at_ms is None, "somebody may still be there"
    scene.clock.advance(15)
    assert recovered(scene).code == "transfer.not_sent"
    assert scene.bank.calls == []


def test_recovery_leaves_alone_what_somebody_drives(scene: Scene) -> None:
    scene.counter.faults = ["away"]
    run(scene, pay_in)
    assert asyncio.run(recover(scene.parts)) == 0
    scene.clock.advance(5)
    assert asyncio.run(recover(scene.parts)) == 1
    assert asyncio.run(recover(scene.parts)) == 0


def test_a_doubt_is_told_once_and_dated_from_its_beginning(scene: Scene) -> None:
    scene.counter.faults = ["away"] * 3
    first = run(scene, pay_in)
    recovered(scene)
    last = recovered(scene)
    assert last.doubted_at_ms == first.doubted_at_ms
    assert events(scene).count("TransferDoubted") == 1


def test_resolving_one_transfer_asks_the_counter_only(scene: Scene) -> None:
    scene.counter.faults = ["lost"]
    transfer = run(scene, pay_in)
    assert asyncio.run(resolve(scene.parts, transfer.id)).state is POSTED
    with pytest.raises(NotFound, match=r"transfer\.unknown"):
        asyncio.run(resolve(scene.parts, "tfr_0"))


@pytest.mark.parametrize("fen", [0, -1, 10**15 + 1])
def test_amounts_that_are_none(scene: Scene, fen: int) -> None:
    with pytest.raises(Invalid, match=r"transfer\.amount"):
        run(scene, pay_in, fen)
    assert scene.rows() == []


@pytest.mark.parametrize("key", ["", "k" * 81])
def test_keys_that_are_none(scene: Scene, key: str) -> None:
    with pytest.raises(Invalid, match=r"transfer\.key"):
        run(scene, pay_in, key=key)


def test_an_account_nobody_has_and_one_without_a_bank(scene: Scene) -> None:
    with pytest.raises(NotFound, match=r"account\.unknown"):
        asyncio.run(pay_in(scene.parts, CLIENT, "k", "6000000009", 1))
    unbound = scene.driver.state.accounts[ACCOUNT]
    scene.driver.state.accounts["6000000003"] = unbound
    scene.driver.state.books.open("6000000003", "CNY")
    with pytest.raises(NotFound, match=r"transfer\.no_bank_account"):
        asyncio.run(pay_in(scene.parts, CLIENT, "k", "6000000003", 1))


def test_a_binding_is_for_good(scene: Scene) -> None:
    with scene.database.transaction() as tx:
        bind(tx, ACCOUNT, CARD, "林晓舟")
        with pytest.raises(Conflict, match=r"transfer\.already_bound"):
            bind(tx, ACCOUNT, "6229990000000002", "林晓舟")
        with pytest.raises(Invalid):
            bind(tx, "6000000004", "62 29", "林晓舟")
        with pytest.raises(Invalid):
            bind(tx, "6000000004", CARD, "")


SMALL = tuple(
    replace(
        row,
        single_fen=1_000,
        day_fen=1_500,
        days=("trading",),
        opens="08:30",
        closes="16:00",
        cut_off="16:00",
    )
    for row in TERMS
)


def test_limits_of_one_transfer_and_of_the_day(scene: Scene) -> None:
    single = run(scene, pay_in, 1_001, "a", terms=SMALL)
    assert (single.state, single.code) == (REFUSED, "transfer.single_limit")
    assert run(scene, pay_in, 1_000, "b", terms=SMALL).state is POSTED
    over = run(scene, pay_in, 501, "c", terms=SMALL)
    assert (over.code, over.facts) == (
        "transfer.day_limit",
        {"limit_fen": 1_500, "left_fen": 500},
    )
    assert run(scene, pay_in, 500, "d", terms=SMALL).state is POSTED
    assert run(scene, pay_out, 500, "e", terms=SMALL).state is POSTED, "directions count apart"
    scene.roll()
    assert run(scene, pay_in, 1_000, "f", terms=SMALL).state is POSTED, "a new day"
    assert run(scene, pay_in, 501, "c", terms=SMALL) == over, "an answer stays"


def test_two_requests_at_once_dont_both_fit_below_the_limit(scene: Scene) -> None:
    async def both() -> list[Transfer]:
        parts = replace(scene.parts, terms=SMALL)
        asked = (pay_in(parts, CLIENT, key, ACCOUNT, 900) for key in "abcd")
        return list(await asyncio.gather(*asked))

    states = sorted(transfer.state for transfer in asyncio.run(both()))
    assert states == sorted([POSTED, REFUSED, REFUSED, REFUSED])
    assert scene.cash_fen() == CASH_FEN + 900


def test_a_bank_with_hours_goes_by_the_market_s_clock(scene: Scene) -> None:
    assert run(scene, pay_in, 1, "a", terms=SMALL).state is POSTED, "it is 09:30 in Shanghai"
    late = run(
        scene, pay_in, 1, "c", terms=SMALL, market_time=lambda: MarketMoment(FIRST_DAY, "16:00")
    )
    assert (late.code, late.facts) == (
        "transfer.outside_window",
        {"opens": "08:30", "closes": "16:00", "day": "2026-07-14", "minute": "08:30"},
    )
    early = run(
        scene, pay_in, 1, "d", terms=SMALL, market_time=lambda: MarketMoment(FIRST_DAY, "08:29")
    )
    assert early.facts["day"] == FIRST_DAY


def test_terms_say_hours_fee_and_the_next_opening(scene: Scene) -> None:
    def text(code: str, **facts: Any) -> str:
        return f"{code}{facts or ''}"

    with scene.database.read() as tx:
        terms = load_terms(scene.parts, tx, ACCOUNT, Direction.OUT, text)
        assert terms.always_open
        assert terms.note.startswith("transfer.always_open")
        assert (terms.opens, terms.closes, terms.single) == ("00:00", "24:00", "5000000.00")
        assert CARD not in repr(terms)
        closed = replace(
            scene.parts, terms=SMALL, market_time=lambda: MarketMoment(FIRST_DAY, "16:00")
        )
        terms = load_terms(closed, tx, ACCOUNT, Direction.OUT, text)
    assert (terms.opens, terms.closes, terms.open_now) == ("08:30", "16:00", False)
    assert terms.next_open == "2026-07-14 08:30"


def test_lists_are_newest_first_and_own_only(scene: Scene) -> None:
    ids = []
    for number in range(5):
        scene.clock.advance(1)
        ids.append(run(scene, pay_in, 1, f"k{number}").id)
    with scene.database.read() as tx:
        page = list_transfers(tx, ACCOUNT, None, 2)
        assert [row.id for row in page] == ids[:-3:-1]
        page = list_transfers(tx, ACCOUNT, page[-1].id, 9)
        assert [row.id for row in page] == ids[2::-1]
        assert load_transfer(tx, ACCOUNT, ids[0]).id == ids[0]
        with pytest.raises(NotFound):
            load_transfer(tx, "6000000002", ids[0])


def test_no_name_and_no_bank_account_in_the_log(scene: Scene) -> None:
    run(scene, pay_in)
    with scene.database.read() as tx:
        raw = b"".join(record.body for record in each_record(tx.connection, "rooms"))
    assert CARD.encode() not in raw
    assert "林晓舟".encode() not in raw


def test_many_hands_do_it_once(scene: Scene) -> None:
    async def all_at_once() -> None:
        same = (pay_out(scene.parts, CLIENT, "k", ACCOUNT, AMOUNT) for _ in range(4))
        done = await asyncio.gather(*same)
        assert len({transfer.id for transfer in done}) == 1
        await asyncio.gather(*(resolve(scene.parts, done[0].id) for _ in range(3)))

    asyncio.run(all_at_once())
    (row,) = scene.rows()
    assert row.state is POSTED
    assert scene.cash_fen() == CASH_FEN - AMOUNT
    assert scene.bank.balance_fen == BANK_FEN + AMOUNT
    assert events(scene).count("TransferPosted") == 1


def test_money_the_account_cant_take_stays_in_doubt(scene: Scene) -> None:
    scene.counter.faults = ["away"]
    run(scene, pay_in)
    account = scene.driver.state.accounts.pop(ACCOUNT)
    row = recovered(scene)
    assert (row.state, row.doubt) == (IN_DOUBT, "account.unknown")
    scene.driver.state.accounts[ACCOUNT] = account
    assert recovered(scene).state is POSTED


class TestOlderThanTheCountersMemory:
    """The counter forgets a command's answer after the next trading day; its log doesn't."""

    @pytest.mark.parametrize("days", [1, 2, 3])
    @pytest.mark.parametrize("verb", [pay_in, pay_out])
    def test_what_had_arrived_isnt_done_again(self, scene: Scene, verb: Any, days: int) -> None:
        scene.counter.faults = ["lost"]
        assert run(scene, verb).doubt == "counter.slow"
        scene.roll(days)
        if verb is pay_out:
            recovered(scene)
            scene.clock.advance(20)
            assert recovered(scene).code == "transfer.not_sent"
            assert len(scene.counter.submitted) == 2, "the log was enough, then it went back"
            assert (scene.cash_fen(), scene.bank.balance_fen) == (CASH_FEN, BANK_FEN)
            return
        assert recovered(scene).state is POSTED
        assert len(scene.counter.submitted) == 1, "the log was enough"
        moved = AMOUNT if verb is pay_in else -AMOUNT
        assert scene.cash_fen() == CASH_FEN + moved
        assert scene.bank.balance_fen == BANK_FEN - moved

    @pytest.mark.parametrize("verb", [pay_in, pay_out])
    def test_what_had_not_arrived_is_done(self, scene: Scene, verb: Any) -> None:
        scene.counter.faults = ["away", "lost"]
        assert run(scene, verb).doubt == "counter.unreachable"
        scene.roll(3)
        assert recovered(scene).doubt == "counter.slow"
        scene.roll(3)
        row = recovered(scene)
        if verb is pay_in:
            assert row.state is POSTED
            assert len(scene.counter.submitted) == 1
        else:
            # Nobody waits for it any more: what the bank was never asked is given back.
            scene.clock.advance(20)
            assert recovered(scene).code == "transfer.not_sent"
            assert scene.bank.calls == []
            assert scene.cash_fen() == CASH_FEN

    def test_a_refusal_is_found_too(self, scene: Scene) -> None:
        scene.counter.faults = ["lost"]
        run(scene, pay_out, CASH_FEN + 1)
        scene.roll(3)
        row = recovered(scene)
        assert (row.state, row.code) == (REFUSED, "withdrawal.insufficient_cash")
        assert row.facts == {"withdrawable_fen": CASH_FEN, "settling_fen": 0}

    def test_cash_is_given_back_once(self, scene: Scene) -> None:
        scene.bank.refuses = True
        scene.counter.faults = ["", "lost"]
        assert run(scene, pay_out).state is IN_DOUBT
        scene.roll(3)
        row = recovered(scene)
        assert (row.state, row.code) == (REFUSED, "bank.limit")
        assert scene.cash_fen() == CASH_FEN

    def test_a_log_that_isnt_there_is_no_proof(
        self, scene: Scene, kind: str, new_database: Any
    ) -> None:
        elsewhere: Database = new_database(kind)
        scene.counter.faults = ["lost"]
        run(scene, pay_in)
        scene.roll(3)
        row = recovered(scene, counter_logs=(elsewhere,))
        assert (row.state, row.doubt) == (IN_DOUBT, "transfer.log_unreadable")
        assert scene.cash_fen() == CASH_FEN + AMOUNT
        assert recovered(scene, counter_logs=(scene.database,)).state is POSTED
        assert scene.cash_fen() == CASH_FEN + AMOUNT


def test_a_storage_that_fails_is_no_answer(scene: Scene) -> None:
    class Failing:
        def __init__(self, inner: Database) -> None:
            self.read = inner.read

        def transaction(self, actor: str = "") -> Any:
            raise Unavailable("storage.failed")

    parts: Funding = replace(scene.parts, database=Failing(scene.database))  # type: ignore[arg-type]
    with pytest.raises(Unavailable, match=r"storage\.failed"):
        asyncio.run(pay_in(parts, CLIENT, "k", ACCOUNT, 1))
    assert scene.rows() == []


def test_a_crash_while_asking_leaves_nothing_half_written(scene: Scene) -> None:
    scene.fate.begin(1)
    with pytest.raises(Crash):
        run(scene, pay_in)
    assert scene.rows() == []
