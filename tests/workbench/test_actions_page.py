"""Corporate actions as staff enter and agree to them, as clients see them, and by API."""

from __future__ import annotations

import pytest
from litestar.testing import TestClient

from tests.investor.stall import DAY, SYMBOLS, Stall
from tests.investor.test_pages import log_in
from tests.partners.brokerage import RULES
from tests.workbench.test_switches_page import Client, LogIn, staff, stall, token_of
from yunquan.actions import Action, DayActions, load_tax_rates, store
from yunquan.actions.types import ActionState, Standing
from yunquan.counter.types import TransferIn
from yunquan.market import record_instruments
from yunquan.security.types import Role

__all__ = ["staff", "stall"]
PAGE = "/staff/actions"
SYMBOL = "600519.SH"
FORM = {
    "form": "one",
    "symbol": SYMBOL,
    "record_day": "2026-07-14",
    "ex_day": "2026-07-15",
    "pay_day": "2026-07-15",
    "listing_day": "2026-07-15",
    "cash": "4.00",
    "bonus": "2",
    "from_premium": "yes",
    "source": "Notice <2026>-031",
    "basis": "Read and compared",
}


@pytest.fixture(scope="module", autouse=True)
def known(stall: Stall) -> None:
    """What the market has announced is in the database, as a venue's day leaves it."""
    board = stall.brokerage.desk.quotes.book
    notices = [board.instruments[symbol] for symbol, *_ in SYMBOLS]
    with stall.brokerage.desk.database.transaction() as tx:
        record_instruments(tx, notices, RULES)


@pytest.fixture(scope="module")
def second(stall: Stall, staff: LogIn) -> Client:
    """Another member of operations."""
    stall.brokerage.add_staff("ops2", Role.OPERATIONS)
    return staff("ops2")


def enter(browser: Client, **changes: str) -> tuple[int, str]:
    form = {"csrf": token_of(browser.get(PAGE).text), **FORM, **changes}
    answer = browser.post(PAGE, data=form, follow_redirects=False)
    return answer.status_code, answer.headers.get("location", answer.text)


def decide(browser: Client, entry: str, verdict: str) -> tuple[int, str]:
    form = {"csrf": token_of(browser.get(PAGE).text)}
    answer = browser.post(f"{PAGE}/entries/{entry}/{verdict}", data=form, follow_redirects=False)
    return answer.status_code, answer.headers.get("location", answer.text)


def newest(stall: Stall) -> str:
    with stall.brokerage.desk.database.read() as tx:
        return str(tx.connection.exec_driver_sql(NEWEST).scalar())


NEWEST = "select max(id) from approvals_proposal"


def test_one_enters_and_another_agrees(stall: Stall, staff: LogIn, second: Client) -> None:
    ops = staff("ops")
    assert enter(ops, key="one-1") == (303, f"{PAGE}?done=open")
    entry = newest(stall)
    shown = ops.get(PAGE).text
    assert "Notice &lt;2026&gt;-031" in shown
    assert f"{entry}/agree" not in shown, "not one's own"
    assert decide(ops, entry, "agree")[0] == 409
    assert decide(staff("desk"), entry, "agree")[0] == 403
    assert decide(second, entry, "nonsense")[0] == 404
    assert decide(second, entry, "agree") == (303, f"{PAGE}?done=agreed")
    case = second.get(f"{PAGE}/{SYMBOL}:2026-07-15").text
    assert "CNY 4 before tax · 2 bonus shares" in case
    assert second.get(f"{PAGE}/nothing").status_code == 404


def test_a_refusal_stands_at_its_form_with_what_was_typed(staff: LogIn) -> None:
    status, told = enter(staff("ops"), cash="four")
    assert status == 400
    assert 'role="alert"' in told
    assert 'value="four"' in told
    assert enter(staff("ops"), ex_day="2026-07-14")[0] == 400


def test_a_file_is_entered_with_its_quarantine(stall: Stall, staff: LogIn) -> None:
    ops = staff("ops")
    rows = (
        "symbol,record_day,ex_day,pay_day,listing_day,cash,bonus,capital,from_premium,rights,"
        "rights_price\n000001.SZ,2026-07-14,2026-07-15,2026-07-15,,1.25,,,,,\n1,2,3\n"
    )
    form = {"csrf": token_of(ops.get(PAGE).text), "form": "file", "key": "f-1"}
    form |= {"source": "File of 13 July", "basis": "Read and compared"}
    files = {"file": ("actions.csv", rows.encode(), "text/csv")}
    answer = ops.post(PAGE, data=form, files=files, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?done=open")
    assert "1 rows put aside" in ops.get(PAGE).text
    assert decide(ops, newest(stall), "decline") == (303, f"{PAGE}?done=declined")


def test_a_client_sees_what_comes_and_what_came(stall: Stall) -> None:
    brokerage = stall.brokerage
    account = brokerage.accounts["linxz"]
    brokerage.submit(TransferIn("t-1", account, SYMBOL, 100, "elsewhere"))
    past = Action(
        "000001.SZ:2026-07-14", "000001.SZ", DAY, "2026-07-14", "2026-07-14", "", 1_000_000
    )
    coming = Action(
        f"{SYMBOL}:2026-08-04", SYMBOL, "2026-08-03", "2026-08-04", "2026-08-04", "", 10**7
    )
    with brokerage.desk.database.transaction() as tx:
        for one in (past, coming):
            store.save_action(tx, Standing(one, 1, ActionState.ANNOUNCED, "notice"))
    acting = DayActions(load_tax_rates())
    acting.act(brokerage.desk.database, DAY, "0", [(account, "000001.SZ", 1_000)], {})
    with TestClient(stall.app, base_url="http://stall.local") as browser:
        assert browser.get("/actions", follow_redirects=False).status_code == 303
        log_in(browser, "linxz")
        shown = browser.get("/actions").text
        assert "<b>100.00</b>" in shown
        own = browser.get("/api/v1/corporate-actions").json()
        paid = [one for one in own["past"] if one["cash"] != "0.00"]
        assert [(one["cash"], one["cash_on"]) for one in paid] == [("100.00", DAY)]
        assert f"{SYMBOL}:2026-08-04" in [one["action"]["id"] for one in own["upcoming"]]
        other = browser.get("/api/v1/corporate-actions?account=6000000099")
        assert other.status_code == 404
        assert browser.get("/api/v1/staff/corporate-actions").status_code == 403
