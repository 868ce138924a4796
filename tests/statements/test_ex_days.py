"""Over an ex day: quantity grows, cost stays; rights add what was paid; the arithmetic of the price
alone earns and loses nothing.
"""

from __future__ import annotations

import pytest

from tests.statements.test_rules import BUY, S, trade
from yunquan.ledger.types import FROZEN
from yunquan.rights.types import NewShares
from yunquan.statements.rules.clear import earned
from yunquan.statements.rules.costs import METHODS, reckon
from yunquan.statements.rules.days import figures
from yunquan.statements.types import Movement

RECORD, EX, EVE, LISTING = "2026-07-13", "2026-07-14", "2026-07-15", "2026-07-16"
BONUS, RIGHTS = f"{S}:{EX}", f"{S}:rights"


def moved(day: str, seq: int, kind: str, asset: str, amount: int, basis: str) -> Movement:
    change = (0, 0, amount, 0) if kind == "rights_payment" else (amount, 0, 0, 0)
    return Movement(day, seq, 0, 0, kind, asset, change, f"issuer:{S}", S, basis, None)


# 1,000 at 12.00; three bonus shares for ten: 12.00 becomes 9.23.
BOUGHT = trade(1, BUY, 1_000, 1_200_000)
GIVEN = moved(RECORD, 2, "bonus", S, 300, BONUS)
# Then two for ten at 8.00, paid on the ex day above; 9.23 becomes 9.03.
PAID = moved(EX, 3, "rights_payment", "CNY", -208_000, RIGHTS)
COME = moved(EVE, 4, "rights", S, 260, RIGHTS)


def new(kind: str, qty: int, paid: int, *, booked: bool, ex: bool) -> NewShares:
    return NewShares(BONUS, S, kind, qty, paid, LISTING, booked, ex)


@pytest.mark.parametrize("method", METHODS)
def test_quantity_grows_and_cost_stays(method: str) -> None:
    held = reckon([BOUGHT, GIVEN], method, "CNY")[S]
    assert (held.qty, held.cost, held.realised, held.uncosted) == (1_300, 1_200_000, 0, 0)


@pytest.mark.parametrize("method", METHODS)
def test_rights_add_what_was_paid_when_they_come(method: str) -> None:
    waiting = reckon([BOUGHT, GIVEN, PAID], method, "CNY")[S]
    assert (waiting.qty, waiting.cost, waiting.prepaid) == (1_300, 1_200_000, {RIGHTS: 208_000})
    held = reckon([BOUGHT, GIVEN, PAID, COME], method, "CNY")[S]
    assert (held.qty, held.cost, held.prepaid) == (1_560, 1_408_000, {})


@pytest.mark.parametrize("method", METHODS)
def test_what_is_given_back_was_never_a_cost(method: str) -> None:
    back = moved(EVE, 4, "rights_refund", "CNY", 208_000, RIGHTS)
    held = reckon([BOUGHT, GIVEN, PAID, back], method, "CNY")[S]
    assert (held.qty, held.cost, held.realised) == (1_300, 1_200_000, 0)
    assert sum(held.prepaid.values()) == 0


@pytest.mark.parametrize(
    ("method", "realised"),
    # 650 of 1,560 sold at 9.03: 5,869.50. By average 650/1560 of 14,080.00 leave; first in first
    # out 650/1000 of 12,000.00; diluted nothing shows before the last share is gone.
    [("moving", 586_950 - 586_666), ("fifo", 586_950 - 780_000), ("diluted", 0)],
)
def test_a_sale_takes_each_methods_share(method: str, realised: int) -> None:
    story = [BOUGHT, GIVEN, PAID, COME, trade(5, 2, 650, 586_950)]
    assert reckon(story, method, "CNY")[S].realised == realised


def test_the_record_days_statement_values_what_its_price_has_in_it() -> None:
    new_one = new("bonus", 300, 0, booked=True, ex=False)
    said = figures([BOUGHT, GIVEN], RECORD, RECORD, "CNY", {S: 12_000}, [new_one])
    (held,) = said.holdings
    assert (held.qty, held.value, held.cost) == (1_000, 1_200_000, 1_200_000)
    assert [(one.shares.qty, one.value) for one in said.coming] == [(300, 0)]


def test_shares_listed_later_are_valued_apart_once_out_of_the_price() -> None:
    late = new("bonus", 300, 0, booked=False, ex=True)
    said = figures([BOUGHT], EX, EX, "CNY", {S: 9_230}, [late])
    assert [one.value for one in said.holdings] == [923_000]
    assert [one.value for one in said.coming] == [276_900]
    paid = new("rights", 260, 208_000, booked=True, ex=True)
    said = figures([BOUGHT, GIVEN, PAID, COME], EVE, EVE, "CNY", {S: 9_030}, [paid])
    assert [(one.qty, one.cost) for one in said.holdings] == [(1_300, 1_200_000)]
    assert [one.value for one in said.coming] == [234_780]


def test_the_ex_day_alone_earns_nothing() -> None:
    before = new("bonus", 300, 0, booked=True, ex=False)
    told = earned([BOUGHT, GIVEN], EX, "CNY", {S: 12_000}, {S: 9_230}, {}, [], [before])
    # 9.23 is rounded: 1,300 x 9.2308 were 12,000.00.
    assert told.gain == 1_300 * 923 - 1_200_000 == -100
    night = earned([BOUGHT, GIVEN], EX, "CNY", {S: 12_000}, {S: 12_000}, {}, [before], [before])
    assert night.gain == 0, "until the exchange lowers the price nothing has happened"


def test_money_on_its_way_into_shares_is_neither_gain_nor_loss() -> None:
    waiting = new("rights", 260, 208_000, booked=False, ex=False)
    told = earned([BOUGHT, GIVEN, PAID], EX, "CNY", {S: 9_230}, {S: 9_230}, {}, [waiting], [])
    assert (told.gain, told.other, told.net) == (0, 0, 0)
    listed = [BOUGHT, GIVEN, PAID, COME]
    told = earned(listed, EX, "CNY", {S: 9_230}, {S: 9_030}, {}, [], [])
    assert told.gain == 1_560 * 903 - 1_300 * 923 - 208_000 == 780
    assert FROZEN == 2, "the payment leaves what was frozen"
