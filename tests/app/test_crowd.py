"""The demonstration's crowd: its acts over a counter, a bank and a market of their own."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures_database import NewDatabase
from tests.partners.brokerage import (
    BANK_PASSWORD,
    CASH_PASSWORD,
    CHENSHAN,
    DAY,
    Brokerage,
    make_brokerage,
)
from yunquan.app.crowd.hand import LOT, Hand
from yunquan.app.crowd.people import (
    FLICKERS,
    FOUL,
    PARTS,
    RAMP_STEPS,
    STACKED_FEN,
    STACKED_ORDERS,
    Act,
    flicker,
    invest,
    pass_through,
    ramp,
    split,
    stack,
)
from yunquan.app.processes.supervisor import roles_of
from yunquan.app.settings import Settings
from yunquan.clients import seed_others
from yunquan.counter.types import AskAccount, Deposit, OrderView, Side
from yunquan.funding.types import Direction, Secrets
from yunquan.kernel.errors import Forbidden
from yunquan.kernel.transaction import Database
from yunquan.market.types import MarketStatus

PLENTY_FEN = 1_000_000_000


@pytest.fixture
def brokerage(new_database: NewDatabase, tmp_path: Path) -> Iterator[Brokerage]:
    made = make_brokerage(new_database("sqlite"), tmp_path)
    made.submit(Deposit("test:plenty", made.accounts["linxz"], PLENTY_FEN, "simbank"))
    yield made
    made.passwords.close()


@pytest.fixture
def hand(brokerage: Brokerage) -> Hand:
    desk = brokerage.desk
    passwords = Secrets(CASH_PASSWORD, BANK_PASSWORD)
    account = brokerage.accounts["linxz"]
    chance = secrets.SystemRandom()
    return Hand(account, passwords, desk.quotes, desk.counters, desk.funding, chance)


def play(act: Act, hand: Hand) -> None:
    """An act without its pauses."""

    async def pause(_seconds: float) -> None:
        await asyncio.sleep(0)

    asyncio.run(act(hand, pause))


def orders_of(hand: Hand) -> tuple[OrderView, ...]:
    async def ask() -> tuple[OrderView, ...]:
        found = await hand.counters.of(hand.account).ask(AskAccount(hand.account, 100))
        return found.orders

    return asyncio.run(ask())


def test_an_investor_orders_in_whole_lots_near_the_market(hand: Hand) -> None:
    for _ in range(12):
        play(invest, hand)
    found = orders_of(hand)
    assert found
    for order in found:
        quote = hand.quote(order.symbol)
        assert quote is not None
        assert order.qty % LOT == 0
        assert order.price in (quote.bids[0][0], quote.asks[0][0])


def test_stacked_orders_stand_below_the_best_and_are_taken_back(
    hand: Hand, brokerage: Brokerage
) -> None:
    play(stack, hand)
    found = orders_of(hand)
    assert len(found) == STACKED_ORDERS
    assert {order.side for order in found} == {Side.BUY}
    quote = hand.quote(found[0].symbol)
    assert quote is not None
    assert all(order.price < quote.bids[0][0] for order in found)
    assert all(order.price * order.qty // 10 > STACKED_FEN * 9 // 10 for order in found)
    assert sorted(brokerage.venue.cancels) == sorted(order.id for order in found)


def test_flickers_are_cancelled_one_by_one(hand: Hand, brokerage: Brokerage) -> None:
    play(flicker, hand)
    assert len(brokerage.venue.orders) == FLICKERS
    assert brokerage.venue.cancels == brokerage.venue.orders


def test_a_ramp_takes_what_is_offered(hand: Hand) -> None:
    play(ramp, hand)
    found = orders_of(hand)
    assert len(found) == RAMP_STEPS
    assert {order.side for order in found} == {Side.BUY}
    quote = hand.quote(found[0].symbol)
    assert quote is not None
    assert {order.price for order in found} == {quote.asks[-1][0]}


def test_money_passes_through(hand: Hand, brokerage: Brokerage) -> None:
    play(pass_through, hand)
    moves = [(one.direction, one.amount_fen) for one in brokerage.bank.done.values()]
    assert [direction for direction, _ in moves] == [Direction.IN, Direction.OUT]
    assert moves[1][1] == moves[0][1] * 9 // 10


def test_a_sum_in_parts_stays_below_fifty_thousand_each(hand: Hand, brokerage: Brokerage) -> None:
    play(split, hand)
    parts = [one.amount_fen for one in brokerage.bank.done.values()]
    assert len(parts) == PARTS
    assert max(parts) < 5_000_000 < sum(parts)


@pytest.mark.parametrize("act", [*FOUL, invest])
def test_nobody_breaks_over_an_empty_market(act: Act, hand: Hand, brokerage: Brokerage) -> None:
    """No quotes, a silent bank, refused orders: the act comes to nothing."""
    hand.quotes.book.quotes.clear()
    brokerage.bank.silent = True
    play(act, hand)
    assert not orders_of(hand)


def test_it_rests_while_nothing_trades(hand: Hand) -> None:
    assert hand.trades
    hand.quotes.on_market(MarketStatus(DAY, "12:00:00", "lunch", 10.0))
    assert not hand.trades
    assert hand.quote(CHENSHAN) is not None


def test_the_others_are_the_same_each_time(database: Database, brokerage: Brokerage) -> None:
    with database.transaction() as tx:
        first = seed_others(tx, 30, "no hash of a password", brokerage.sealing, demo=True)
    with database.transaction() as tx:
        assert seed_others(tx, 30, "another", brokerage.sealing, demo=True) == first
    for facts in (
        {one.holder for one in first},
        {one.bank_account for one in first},
        {str(one.opening.account) for one in first},
        {str(one.client) for one in first},
    ):
        assert len(facts) == 30


def test_none_outside_a_demonstration(database: Database, brokerage: Brokerage) -> None:
    with database.transaction() as tx, pytest.raises(Forbidden) as caught:
        seed_others(tx, 1, "", brokerage.sealing, demo=False)
    assert caught.value.code == "demo.off"
    for settings in (
        Settings(Path("x"), demo=False),
        Settings(Path("x"), world=False),
        Settings(Path("x"), demo_crowd=0),
    ):
        assert "crowd" not in {role.name for role in roles_of(settings)}
    assert "crowd" in {role.name for role in roles_of(Settings(Path("x")))}
