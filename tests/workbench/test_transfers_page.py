"""The page of transfers: doubts with their reversal, who may, files and banks."""

from __future__ import annotations

import asyncio

import pytest

from tests.investor.stall import Stall
from tests.workbench.test_switches_page import Client, LogIn, staff, stall, token_of
from yunquan.funding import pay_in
from yunquan.funding.types import Secrets, Transfer

__all__ = ["staff", "stall"]
PAGE = "/staff/transfers"


def doubt(stall: Stall, key: str) -> Transfer:
    """A transfer whose answer never came."""
    brokerage = stall.brokerage
    brokerage.bank.silent = True
    account, secrets = brokerage.accounts["linxz"], Secrets(bank="1")
    paid = pay_in(brokerage.desk.funding, "client:x", key, account, 12_300, secrets)
    found = asyncio.run(paid)
    brokerage.bank.silent = False
    assert found.awaits_file
    return found


def reverse(browser: Client, transfer: str, basis: str) -> tuple[int, str]:
    form = {"csrf": token_of(browser.get(PAGE).text), "basis": basis}
    answer = browser.post(f"{PAGE}/{transfer}/reversal", data=form, follow_redirects=False)
    return answer.status_code, answer.headers.get("location", answer.text)


def test_operations_see_a_doubt_and_take_it_back(stall: Stall, staff: LogIn) -> None:
    browser, found = staff("ops"), doubt(stall, "d-1")
    shown = browser.get(PAGE).text
    assert found.id in shown
    assert "123.00" in shown
    assert found.bank_account not in shown, "masked for staff too"
    assert "Chengjiang Simulated Bank" in shown
    status, told = reverse(browser, found.id, "x")
    assert status == 400
    assert 'role="alert"' in told
    assert found.id in told
    status, where = reverse(browser, found.id, "Client asks; bank confirms")
    assert (status, where) == (303, f"{PAGE}?done=refused")
    after = browser.get(where).text
    assert found.id not in after
    assert "Reversed" in after


def test_others_see_and_may_not(stall: Stall, staff: LogIn) -> None:
    browser, found = staff("desk"), doubt(stall, "d-2")
    shown = browser.get(PAGE).text
    assert found.id in shown
    assert f"{found.id}/reversal" not in shown
    status, _ = reverse(browser, found.id, "Client asks")
    assert status == 403


@pytest.mark.parametrize("name", ["tfr_0", "x" * 60])
def test_a_transfer_that_nobody_knows(staff: LogIn, name: str) -> None:
    status, told = reverse(staff("ops"), name, "Client asks")
    assert status == 404
    assert 'role="alert"' in told


def test_the_board_alone(staff: LogIn) -> None:
    part = staff("ops").get(f"{PAGE}?part=board", headers={"hx-request": "true"}).text
    assert part.lstrip().startswith('<div id="custody-board"')
    assert "<html" not in part
