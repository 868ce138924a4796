"""Money at several banks: bound once whatever breaks, paid in and out there, moved between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.clients.test_service import NEW, OTHER
from tests.funding.conftest import (
    FIRST_DAY,
    HOLDER,
    Crash,
    FaultyBank,
    Scene,
)
from yunquan import clients
from yunquan.app.locale import catalogue
from yunquan.clients import Sealing
from yunquan.clients.types import CashKind, NewAccounts
from yunquan.counter.types import AskAccount, Deposit, OpenAccount, Restrict
from yunquan.custody import Custody
from yunquan.funding import bind, load_binding, pay_in, pay_out, set_cash_password
from yunquan.funding.types import Direction, Secrets, TransferState
from yunquan.kernel.errors import Conflict, Forbidden, Invalid, Unavailable
from yunquan.security import Sm4Vault
from yunquan_world.bank_habits import Habits

CATALOGUE = catalogue()
MAIN_CARD, CARD, PASSWORD = "6229990000000071", "6229990000000072", "135724"
YANPU = Habits("yanpu", "", "", single_fen=10**9, password_in=True)
CASH_FEN = 1_000_000


@dataclass
class Two:
    """A client with a main account at simbank and a card at yanpu."""

    scene: Scene
    client: str
    main: str
    yanpu: FaultyBank
    custody: Custody

    def bind(self, bank: str = "yanpu", card: str = CARD, password: str = PASSWORD) -> str:
        return asyncio.run(self.custody.bind_auxiliary(self.client, bank, card, password))

    def move(self, key: str, source: str, target: str, amount: str) -> None:
        asyncio.run(self.custody.move_cash(self.client, key, source, target, amount))

    def cash(self, account: str) -> int:
        return self.scene.cash_fen(account)


@pytest.fixture
def two(scene: Scene, tmp_path: Path) -> Two:
    sealing = Sealing(Sm4Vault(b"k" * 16), b"d" * 32)
    with scene.database.transaction() as tx:
        client = clients.register_client(tx, replace(NEW, name=HOLDER), "hash", sealing)
        securities = clients.issue_simulated_securities(tx, CashKind.ORDINARY)
        main = clients.open_accounts(
            tx, client.id, NewAccounts(CashKind.ORDINARY, securities)
        ).account
        bind(tx, main, MAIN_CARD, HOLDER)
    opening = OpenAccount("t:o", main, str(client.id), "ordinary", "CNY", (), (), "2030-01-01")
    assert all(
        answer.accepted
        for answer in scene.driver.process([opening, Deposit("t:d", main, CASH_FEN, "simbank")])
    )
    yanpu = FaultyBank(scene.fate, tmp_path, YANPU)
    yanpu.open(CARD, HOLDER, 500_000, PASSWORD)
    banks: Any = {scene.bank.code: scene.bank, "yanpu": yanpu}
    scene.parts = replace(scene.parts, banks=banks)
    return Two(scene, str(client.id), main, yanpu, Custody(scene.parts, CATALOGUE))


def test_another_bank_has_an_account_of_its_own(two: Two) -> None:
    assert two.custody.other_banks(two.client) == ["yanpu"]
    account = two.bind()
    assert account == f"{two.main}-1"
    lines = asyncio.run(two.custody.bank_accounts(two.client, "en"))
    assert [(one.account, one.bank, one.available, one.main) for one in lines] == [
        (two.main, "simbank", "10000.00", True),
        (account, "yanpu", "0.00", False),
    ]
    assert CARD not in repr(lines)
    assert two.custody.other_banks(two.client) == []


def test_money_goes_in_out_and_between(two: Two) -> None:
    account = two.bind()
    parts = two.custody.funding
    paid = asyncio.run(pay_in(parts, two.client, "k1", account, 300_000, Secrets(bank=PASSWORD)))
    assert (paid.state, paid.bank) == (TransferState.POSTED, "yanpu")
    two.move("k2", account, two.main, "2,500.00".replace(",", ""))
    assert (two.cash(account), two.cash(two.main)) == (50_000, CASH_FEN + 250_000)
    two.move("k3", two.main, account, "100.00")
    out = asyncio.run(pay_out(parts, two.client, "k4", account, 60_000))
    assert out.state is TransferState.POSTED
    assert two.yanpu.vault.balance_fen(CARD) == 500_000 - 300_000 + 60_000
    assert (two.cash(account), two.cash(two.main)) == (0, CASH_FEN + 240_000)


def test_a_repeated_move_moves_once(two: Two) -> None:
    account = two.bind()
    two.move("k", two.main, account, "100.00")
    two.move("k", two.main, account, "100.00")
    assert two.cash(account) == 10_000
    with pytest.raises(Conflict, match=r"command\.reused"):
        two.move("k", two.main, account, "200.00")


def test_the_same_bank_again_is_the_same_account(two: Two) -> None:
    account = two.bind()
    assert two.bind() == account
    with pytest.raises(Conflict, match=r"custody\.bank_taken"):
        two.bind(card="6229990000000099")
    with pytest.raises(Conflict, match=r"custody\.bank_taken"):
        two.bind(bank="simbank", card=CARD)


@pytest.mark.parametrize(
    ("asked", "error", "code"),
    [
        ({"password": "000000"}, Conflict, "bank.wrong_password"),
        ({"card": "6229990000000055"}, Conflict, "bank.unknown_account"),
        ({"bank": "nowhere"}, Invalid, "custody.bank_unknown"),
    ],
)
def test_what_the_bank_does_not_know_is_not_bound(
    two: Two, asked: dict[str, str], error: type[Exception], code: str
) -> None:
    with pytest.raises(error, match=code.replace(".", r"\.")):
        two.bind(**asked)
    assert two.custody.other_banks(two.client) == ["yanpu"]
    assert len(asyncio.run(two.custody.bank_accounts(two.client, "en"))) == 1


def test_another_persons_account_is_refused(two: Two) -> None:
    two.yanpu.open("6229990000000088", "顾念安", 500_000, PASSWORD)
    with pytest.raises(Conflict, match=r"bank\.holder_mismatch"):
        two.bind(card="6229990000000088")


@pytest.mark.parametrize("fault", ["down", "lost"])
def test_a_silent_bank_binds_nothing_and_may_be_asked_again(two: Two, fault: str) -> None:
    two.yanpu.faults = [fault]
    with pytest.raises(Unavailable):
        two.bind()
    assert two.bind() == f"{two.main}-1"


def test_a_crash_anywhere_leaves_one_account(two: Two) -> None:
    died = 0
    for place in range(12):
        two.scene.fate.begin(place)
        try:
            two.bind()
        except Crash:
            died += 1
    assert died > 3, "the bank, the counter and the writing down"
    two.scene.fate.begin()
    assert two.bind() == f"{two.main}-1"
    with two.scene.database.read() as tx:
        assert load_binding(tx, f"{two.main}-1").bank == "yanpu"
    assert two.custody.other_banks(two.client) == []
    counter = two.custody.funding.counters.of(two.main)
    assert asyncio.run(counter.ask(AskAccount(f"{two.main}-2", 0))) is None


def test_a_client_without_a_main_account_has_none_beside_it(two: Two) -> None:
    sealing = Sealing(Sm4Vault(b"k" * 16), b"d" * 32)
    with two.scene.database.transaction() as tx:
        other = clients.register_client(tx, OTHER, "hash", sealing)
    with pytest.raises(Invalid, match=r"client\.no_main_account"):
        asyncio.run(two.custody.bind_auxiliary(str(other.id), "yanpu", CARD, PASSWORD))


def test_what_restricts_the_main_account_keeps_its_money_there(two: Two) -> None:
    account = two.bind()
    restrict = Restrict("s:1", two.main, "withdraw", "rule 9")
    assert two.scene.driver.process([restrict])[0].accepted
    with pytest.raises(Conflict, match=r"withdrawal\.restricted"):
        two.move("k", two.main, account, "1.00")


def test_one_cash_password_for_all_of_it(two: Two) -> None:
    account = two.bind()
    hashed = asyncio.run(two.scene.parts.passwords.hash("246813"))
    with two.scene.database.transaction() as tx:
        set_cash_password(tx, two.main, hashed)
    asks = tuple(
        replace(row, passwords=("cash",)) if row.direction is Direction.OUT else row
        for row in two.scene.parts.terms
    )
    parts = replace(two.scene.parts, terms=asks)
    two.move("k", two.main, account, "100.00")
    wrong: Callable[[], Any] = lambda: asyncio.run(  # noqa: E731
        pay_out(parts, two.client, "k1", account, 5_000, Secrets(cash="111222"))
    )
    with pytest.raises(Forbidden, match=r"cash_password\.wrong"):
        wrong()
    out = asyncio.run(pay_out(parts, two.client, "k2", account, 5_000, Secrets(cash="246813")))
    assert out.state is TransferState.POSTED


def test_the_banks_file_names_the_auxiliary_transfer(two: Two) -> None:
    account = two.bind()
    two.yanpu.faults = ["lost"]
    parts = two.custody.funding
    paid = asyncio.run(pay_in(parts, two.client, "k1", account, 300_000, Secrets(bank=PASSWORD)))
    assert paid.awaits_file
    assert two.cash(account) == 0
    two.yanpu.end_day("2026-07-14")
    assert two.scene.take_files() == 1
    assert two.cash(account) == 300_000
    assert two.yanpu.day > FIRST_DAY
