"""The ledger: every asset sums to zero, no client bucket is ever negative, a refused posting
changes nothing.
"""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from yunquan.ledger.rules import Balance, Books, Overdrawn, negative, unbalanced
from yunquan.ledger.types import AVAILABLE, FROZEN, HELD, HOUSE, SETTLING, Posting

CLIENTS = ("6000000001", "6000000002", "6000000003")
HOUSES = ("bank:icbc", "clearing:SH", "firm:commission")
ASSETS = ("CNY", "600519.SH", "000001.SZ")
BUCKETS = (AVAILABLE, SETTLING, FROZEN, HELD)

clients = st.sampled_from(CLIENTS)
houses = st.sampled_from(HOUSES)
assets = st.sampled_from(ASSETS)
buckets = st.sampled_from(BUCKETS)
amounts = st.one_of(st.integers(1, 1000), st.integers(1, 10**15))


def opened() -> Books:
    books = Books()
    for account in CLIENTS:
        books.open(account, "CNY")
    return books


def balances(books: Books) -> dict[tuple[str, str, int], int]:
    """Every amount there is that isn't zero, by place."""
    found: dict[tuple[str, str, int], int] = {}
    for account, book in books.clients.items():
        for asset, balance in [(book.currency, book.cash), *book.positions.items()]:
            four = (balance.available, balance.settling, balance.frozen, balance.held)
            found.update(
                {
                    (account, asset, bucket): amount
                    for bucket, amount in zip(BUCKETS, four, strict=True)
                }
            )
    for account, amounts_of in books.house.items():
        found.update({(account, asset, HOUSE): amount for asset, amount in amounts_of.items()})
    return {place: amount for place, amount in found.items() if amount}


class LedgerMachine(RuleBasedStateMachine):
    """Postings of every kind, against a model that is one dictionary."""

    @initialize()
    def begin(self) -> None:
        self.books = opened()
        self.model: dict[tuple[str, str, int], int] = {}

    def post(self, posting: Posting) -> None:
        source = (posting.source, posting.asset, posting.source_bucket)
        target = (posting.target, posting.asset, posting.target_bucket)
        enough = posting.source_bucket == HOUSE or self.model.get(source, 0) >= posting.amount
        if enough:
            self.books.post(posting)
            self.model[source] = self.model.get(source, 0) - posting.amount
            self.model[target] = self.model.get(target, 0) + posting.amount
            return
        positions = {account: list(book.positions) for account, book in self.books.clients.items()}
        with pytest.raises(Overdrawn):
            self.books.post(posting)
        assert {
            account: list(book.positions) for account, book in self.books.clients.items()
        } == positions

    @rule(house=houses, client=clients, bucket=buckets, asset=assets, amount=amounts)
    def bring_in(self, house: str, client: str, bucket: int, asset: str, amount: int) -> None:
        self.post(Posting(house, HOUSE, client, bucket, asset, amount))

    @rule(house=houses, client=clients, bucket=buckets, asset=assets, amount=amounts)
    def take_out(self, house: str, client: str, bucket: int, asset: str, amount: int) -> None:
        self.post(Posting(client, bucket, house, HOUSE, asset, amount))

    @rule(one=clients, other=clients, of=buckets, to=buckets, asset=assets, amount=amounts)
    def move(self, one: str, other: str, of: int, to: int, asset: str, amount: int) -> None:
        self.post(Posting(one, of, other, to, asset, amount))

    @rule(one=houses, other=houses, asset=assets, amount=amounts)
    def between_houses(self, one: str, other: str, asset: str, amount: int) -> None:
        self.post(Posting(one, HOUSE, other, HOUSE, asset, amount))

    @precondition(
        lambda self: any(place[2] != HOUSE and amount for place, amount in self.model.items())
    )
    @rule(data=st.data(), to=buckets)
    def move_all_there_is(self, data: st.DataObject, to: int) -> None:
        held = sorted(place for place, amount in self.model.items() if place[2] != HOUSE and amount)
        account, asset, bucket = data.draw(st.sampled_from(held))
        self.post(Posting(account, bucket, account, to, asset, self.model[account, asset, bucket]))

    @invariant()
    def every_fen_and_share_is_somewhere(self) -> None:
        assert balances(self.books) == {
            place: amount for place, amount in self.model.items() if amount
        }

    @invariant()
    def every_asset_sums_to_zero_and_nothing_is_negative(self) -> None:
        assert unbalanced(self.books) == {}
        assert negative(self.books) == []


TestLedgerMachine = LedgerMachine.TestCase
TestLedgerMachine.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


@pytest.mark.parametrize("bucket", BUCKETS)
def test_each_bucket_is_its_own(bucket: int) -> None:
    balance = Balance(1, 2, 3, 4)
    before = [balance.available, balance.settling, balance.frozen, balance.held]
    balance.move(bucket, 10)
    with pytest.raises(Overdrawn):
        balance.move(bucket, -1000)
    after = [balance.available, balance.settling, balance.frozen, balance.held]
    assert [b - a for a, b in zip(before, after, strict=True)] == [
        10 if n == bucket else 0 for n in range(4)
    ]
    assert balance.owned() == 20
    assert not balance.is_empty()


def test_what_can_buy_is_settled_and_settling_cash() -> None:
    assert Balance(1, 2, 3, 4).usable() == 3
    assert Balance().is_empty()


@pytest.mark.parametrize("amount", [0, -1])
def test_a_posting_moves_more_than_zero(amount: int) -> None:
    books = opened()
    with pytest.raises(ValueError, match="more than zero"):
        books.post(Posting("bank:icbc", HOUSE, CLIENTS[0], AVAILABLE, "CNY", amount))
    assert balances(books) == {}


@pytest.mark.parametrize(
    "wrong",
    [
        Posting(CLIENTS[0], AVAILABLE, "nobody", AVAILABLE, "CNY", 5),
        Posting(CLIENTS[0], AVAILABLE, CLIENTS[1], 9, "CNY", 5),
        Posting("bank:icbc", HOUSE, "nobody", AVAILABLE, "CNY", 5),
        Posting("nobody", AVAILABLE, CLIENTS[0], AVAILABLE, "CNY", 5),
        Posting(CLIENTS[0], 9, CLIENTS[1], AVAILABLE, "CNY", 5),
    ],
    ids=[
        "unknown target",
        "no such bucket",
        "unknown target of a house",
        "unknown source",
        "no source bucket",
    ],
)
def test_a_posting_that_goes_nowhere_takes_from_nowhere(wrong: Posting) -> None:
    books = opened()
    books.post(Posting("bank:icbc", HOUSE, CLIENTS[0], AVAILABLE, "CNY", 100))
    before = balances(books)
    with pytest.raises((KeyError, ValueError)):
        books.post(wrong)
    assert balances(books) == before
    assert unbalanced(books) == {}


def test_a_position_sold_out_is_forgotten() -> None:
    books = opened()
    books.post(Posting("clearing:SH", HOUSE, CLIENTS[0], SETTLING, "600519.SH", 100))
    books.post(Posting(CLIENTS[0], SETTLING, CLIENTS[0], FROZEN, "600519.SH", 100))
    assert books.clients[CLIENTS[0]].positions["600519.SH"].frozen == 100
    books.post(Posting(CLIENTS[0], FROZEN, "clearing:SH", HOUSE, "600519.SH", 100))
    assert books.clients[CLIENTS[0]].positions == {}


def test_the_checks_see_what_is_wrong() -> None:
    books = opened()
    books.clients[CLIENTS[0]].cash.available = -5
    books.clients[CLIENTS[1]].position("600519.SH").held = -7
    assert unbalanced(books) == {"CNY": -5, "600519.SH": -7}
    assert negative(books) == [f"{CLIENTS[0]} CNY", f"{CLIENTS[1]} 600519.SH"]
