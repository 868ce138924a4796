"""The cash password: asked for, counted, locked, changed, never readable."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tests.funding.conftest import ACCOUNT, BANK_FEN, CASH_FEN, CHEAP, CLIENT, Scene
from yunquan.funding import (
    Funding,
    change_cash_password,
    has_cash_password,
    load_bank_terms,
    pay_in,
    pay_out,
    set_cash_password,
)
from yunquan.funding.types import Secrets, TransferState
from yunquan.kernel.errors import Forbidden, Invalid
from yunquan.kernel.log import each_record
from yunquan.security import Argon2Passwords

OWN = "246813"


@pytest.fixture
def asking(scene: Scene) -> Funding:
    """The terms as they ship: the cash password out, the bank's in."""
    with scene.database.transaction() as tx:
        assert not has_cash_password(tx, ACCOUNT)
        set_cash_password(tx, ACCOUNT, Argon2Passwords(CHEAP).hash_now(OWN))
        assert has_cash_password(tx, ACCOUNT)
    return replace(scene.parts, terms=load_bank_terms())


def out(parts: Funding, key: str, password: str) -> Any:
    return asyncio.run(pay_out(parts, CLIENT, key, ACCOUNT, 100, Secrets(cash=password)))


def failed(parts: Funding, key: str, password: str) -> Forbidden:
    with pytest.raises(Forbidden) as caught:
        out(parts, key, password)
    return caught.value


def test_the_right_one_pays_and_a_wrong_one_leaves_no_trace(scene: Scene, asking: Funding) -> None:
    error = failed(asking, "a", "999999")
    assert (error.code, error.facts) == ("cash_password.wrong", {"left": 4})
    assert failed(asking, "a", "").code == "cash_password.missing"
    assert scene.rows() == []
    assert out(asking, "a", OWN).state is TransferState.POSTED, "the same key, now right"
    assert failed(asking, "b", "999999").facts == {"left": 4}, "a success forgives"


def test_five_wrong_ones_lock_it_for_the_right_one_too(scene: Scene, asking: Funding) -> None:
    codes = [failed(asking, f"k{number}", "999999").code for number in range(5)]
    assert codes == ["cash_password.wrong"] * 4 + ["cash_password.locked"]
    assert failed(asking, "x", OWN).code == "cash_password.locked"
    scene.clock.advance(61)
    assert out(asking, "x", OWN).state is TransferState.POSTED


def test_many_at_once_get_no_more_guesses(scene: Scene, asking: Funding) -> None:
    async def all_at_once() -> list[Any]:
        tries = (
            pay_out(asking, CLIENT, f"k{number}", ACCOUNT, 1, Secrets(cash=f"11111{number}"))
            for number in range(9)
        )
        return list(await asyncio.gather(*tries, return_exceptions=True))

    codes = [error.code for error in asyncio.run(all_at_once())]
    assert codes.count("cash_password.wrong") == 4
    assert codes.count("cash_password.locked") == 5


def test_an_account_without_one_pays_nothing_out(scene: Scene) -> None:
    parts = replace(scene.parts, terms=load_bank_terms())
    assert failed(parts, "a", OWN).code == "cash_password.not_set"


def test_the_bank_s_password_must_be_typed_and_goes_to_the_bank(
    scene: Scene, asking: Funding
) -> None:
    with pytest.raises(Invalid, match=r"transfer\.bank_password_missing"):
        asyncio.run(pay_in(asking, CLIENT, "a", ACCOUNT, 100))
    assert scene.rows() == []
    typed = Secrets(bank="135724")
    done = asyncio.run(pay_in(asking, CLIENT, "a", ACCOUNT, 100, typed))
    assert done.state is TransferState.POSTED
    assert (scene.cash_fen(), scene.bank.balance_fen) == (CASH_FEN + 100, BANK_FEN - 100)
    assert "135724" not in repr(typed) + repr(done)


@pytest.mark.parametrize("new", ["", "12345", "1234567", "12345a", "111111", "123456", "987654"])
def test_new_ones_that_anyone_guesses(asking: Funding, new: str) -> None:
    with pytest.raises(Invalid, match=r"cash_password\.unfit"):
        asyncio.run(change_cash_password(asking, ACCOUNT, OWN, new))


def test_it_is_changed_with_the_old_one_only(scene: Scene, asking: Funding) -> None:
    with pytest.raises(Forbidden, match=r"cash_password\.wrong"):
        asyncio.run(change_cash_password(asking, ACCOUNT, "999999", "135790"))
    asyncio.run(change_cash_password(asking, ACCOUNT, OWN, "135790"))
    assert failed(asking, "a", OWN).code == "cash_password.wrong"
    assert out(asking, "a", "135790").state is TransferState.POSTED


def test_none_is_in_the_log_or_readable_in_the_tables(scene: Scene, asking: Funding) -> None:
    failed(asking, "a", "999999")
    asyncio.run(pay_in(asking, CLIENT, "b", ACCOUNT, 100, Secrets(OWN, "135724")))
    with scene.database.read() as tx:
        raw = b"".join(record.body for record in each_record(tx.connection, "rooms"))
        tables = ("funding_transfer", "funding_cash_password")
        rows = [
            str(list(tx.connection.exec_driver_sql(f"SELECT * FROM {name}"))) for name in tables
        ]
    for password in (OWN, "135724", "999999"):
        assert password.encode() not in raw
        assert not [shown for shown in rows if password in shown]
