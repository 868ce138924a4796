"""Our rules and the world's, written apart from one text, come to the same: on random orders in
every phase of days around 2026-07-06, on what may be taken back, and on auctions of random books.
"""

from __future__ import annotations

import os
from random import Random

import pytest

import yunquan_world.rules
from tests.proofs.agreement import Tally, compare
from tests.proofs.differences import DIFFERENCES
from tests.proofs.readings import DAYS, LISTED, PHASES, listed
from yunquan.counter.rules.reference import session_now
from yunquan.market import load_rule_book
from yunquan.market.rules import day_phases, uncross
from yunquan_world.auction import clear
from yunquan_world.rules import TIES, Instrument, after_hours, cancels_after_hours, mode

ORDERS = int(os.environ.get("YUNQUAN_PROOF_ORDERS", "60000"))
BOOKS = 20_000
BOOK = load_rule_book()
# Where we ask for after-hours orders back and the exchange gives none.
ASKED_IN_VAIN = ("opening_call", "opening_call_locked", "opening_gap", "closing_call")


@pytest.fixture(scope="module")
def tally() -> Tally:
    return compare(ORDERS, "agreement")


def test_each_order_is_taken_by_both_or_by_neither(tally: Tally) -> None:
    assert tally.unexplained == []
    assert tally.limits_differ == []


def test_the_orders_were_worth_asking_about(tally: Tally) -> None:
    """Enough of them went through, enough waited, and each refusal of either side came up."""
    assert tally.taken > 0.15 * tally.orders
    assert tally.waited > 0.01 * tally.orders
    assert {f"order.{code}" for code in OUR_CODES} <= tally.our_codes
    assert {code for code in tally.their_codes if code} == THEIR_CODES
    assert {name for name, count in tally.explained.items() if count} == {
        one.name for one in DIFFERENCES
    }


def test_a_side_that_reads_otherwise_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yunquan_world.rules, "outside_cage", lambda *_args, **_named: False)
    assert any("order.above_cage" in line for line in compare(4_000, "mutant").unexplained)


OUR_CODES = [
    "market_closed",
    "kind_unknown",
    "kind_not_now",
    "halted",
    "exchange_halted",
    "rehearsal",
    "price_above_limit",
    "price_below_limit",
    "tick",
    "price_not_wanted",
    "above_cage",
    "below_cage",
    "lot_size",
    "quantity",
    "quantity_too_large",
    "odd_lot",
    "daily_cap",
]
THEIR_CODES = {
    "V101_price_limit",
    "V102_tick",
    "V103_lot",
    "V104_closed",
    "V107_halted",
    "V108_max_size",
    "V109_kind",
    "V111_cage",
    "V112_no_opposite",
    "V113_phase_kind",
    "V114_protection",
    "V115_exchange_halt",
    "V116_test_day",
}


def phase_of(instrument: Instrument, day: str, phase: str, second: int) -> tuple[set[str], ...]:
    """(kinds taken, kinds given back, kinds kept for later) by our reading."""
    product = "stock_st" if instrument.risk_warned else instrument.product
    phases = day_phases(BOOK, instrument.market, instrument.board, product, day)
    session = session_now(phases, phase, second)
    return set(session.takes), set(session.cancels), set(session.waits)


@pytest.mark.parametrize("day", DAYS)
def test_what_may_be_taken_back_in_each_phase(day: str) -> None:
    """Every product, every phase. The exchange lets after-hours orders go in continuous trading
    and after hours alone; we ask for them wherever they may be entered, but between 15:00 and
    15:05: section 1.2 forbids only that, and the exchange's word is final.
    """
    for row in LISTED:
        instrument = listed(Random(1), day, *row)
        for phase, second in PHASES:
            _, cancels, _ = phase_of(instrument, day, phase, second)
            assert ("limit" in cancels) == mode(instrument, phase).cancels, (row, phase)
            theirs = after_hours(instrument) is not None and cancels_after_hours(phase)
            if theirs:
                assert "after_hours" in cancels, (row, phase)
            elif "after_hours" in cancels:
                assert phase in ASKED_IN_VAIN, (row, phase)


@pytest.mark.parametrize("day", DAYS)
def test_what_waits_is_taken_later_the_same_day(day: str) -> None:
    """A kind that the counter keeps has a phase still to come that the exchange takes it in."""
    order = [phase for phase, _ in PHASES]
    for row in LISTED:
        instrument = listed(Random(1), day, *row)
        after = after_hours(instrument)
        for place, (phase, second) in enumerate(PHASES):
            _, _, waits = phase_of(instrument, day, phase, second)
            # Lunch stands behind the afternoon's samples in the list.
            later = order[place + 1 :] + (["continuous"] if phase == "lunch" else [])
            takes = {
                "limit": any(mode(instrument, one).orders for one in later),
                "after_hours": after is not None and any(one in after.takes_in for one in later),
            }
            assert all(takes[kind] for kind in waits), (row, phase, waits)


@pytest.mark.parametrize("row", LISTED)
def test_auctions_of_random_books_have_one_price(row: tuple[str, str, bool]) -> None:
    """Each exchange's tie rule, as either side's rows have it; half of the books have a tie."""
    draw = Random(f"auction:{row[0]}")
    instrument = listed(draw, "2026-07-06", *row)
    tick = instrument.rule.tick_milli
    tie = BOOK.on("2026-07-06").text(
        "auction_tie", instrument.market, instrument.board, instrument.product
    )
    ties = 0
    for _ in range(BOOKS // len(LISTED)):
        orders = random_book(draw, tick)
        reference = (1_000 + draw.randint(-25, 25)) * tick
        ours = uncross(orders, tie, reference, tick)
        bids, asks = by_price(orders, 1), by_price(orders, 2)
        found = clear(
            bids,
            asks,
            tick_milli=tick,
            tie=TIES[instrument.market],
            reference_milli=reference,
        )
        assert ours == ((found.price_milli, found.matched) if found else (0, 0)), (orders, tie)
        ties += len({uncross(orders, tie, other * tick, tick) for other in (900, 1_100)}) > 1
    assert ties or instrument.market == "SH", "no book had a tie"


def random_book(draw: Random, tick: int) -> list[tuple[int, int, int]]:
    """Orders around 1,000 ticks: balanced, one-sided, or all at one limit; sizes that often tie."""
    spread = draw.choice((0, 2, 6, 20))
    sides = draw.choice(((1, 2), (1, 2), (1, 2), (1,), (2,)))
    return [
        (
            draw.choice(sides),
            (1_000 + draw.randint(-spread, spread)) * tick,
            100 * draw.choice((1, 1, 2, 3, 10)),
        )
        for _ in range(draw.choice((0, 1, 2, 4, 8, 40)))
    ]


def by_price(orders: list[tuple[int, int, int]], side: int) -> list[tuple[int, int]]:
    """(price, shares) of a side, best first."""
    shares: dict[int, int] = {}
    for of, price, qty in orders:
        if of == side:
            shares[price] = shares.get(price, 0) + qty
    return sorted(shares.items(), reverse=side == 1)
