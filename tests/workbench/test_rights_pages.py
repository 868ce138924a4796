"""Rights issues as a client pays for them, as staff see them, and by API."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from litestar.testing import TestClient

from tests.investor.stall import DAY, RIGHTS, Stall
from tests.investor.test_pages import log_in
from tests.workbench.test_switches_page import Client, LogIn, staff, stall, token_of
from yunquan.rights import find_ended
from yunquan.security.types import Role

__all__ = ["staff", "stall"]
CASE = f"/staff/actions/{RIGHTS.id}"
SUBSCRIBE = f"/api/v1/rights/{RIGHTS.id}/subscriptions"


@pytest.fixture(scope="module")
def client(stall: Stall) -> Iterator[Client]:
    with TestClient(stall.app, base_url="http://stall.local") as browser:
        log_in(browser, "linxz")
        yield browser


def pay(browser: Client, qty: str, key: str, **changes: str) -> tuple[int, str]:
    form = {"csrf": token_of(browser.get("/actions").text), "action": RIGHTS.id, "day": DAY}
    form |= {"qty": qty, "key": key, "ticked": "confirmed", "shown": "as shown", **changes}
    answer = browser.post("/actions/subscriptions", data=form, follow_redirects=False)
    return answer.status_code, answer.headers.get("location", answer.text)


def frozen(stall: Stall) -> int:
    account = stall.brokerage.accounts["linxz"]
    held = stall.brokerage.driver.state.accounts[account].rights or {}
    return held.get(RIGHTS.id, (0, 0))[1]


def test_a_client_pays_in_parts_and_never_more(stall: Stall, client: Client) -> None:
    shown = client.get("/actions").text
    assert "080059" in shown
    assert 'value="300"' in shown, "all that is left stands in the field"
    assert pay(client, "100", "k-1") == (303, "/actions?done=100#rights")
    assert pay(client, "100", "k-1")[0] == 303, "a second tap is the same"
    assert frozen(stall) == 125_000
    status, told = pay(client, "201", "k-2")
    assert status == 409
    assert 'aria-invalid="true"' in told
    assert 'value="201"' in told, "what was typed stays"
    assert pay(client, "x1", "k-3")[0] == 400
    assert pay(client, "0", "k-4")[0] == 409
    assert pay(client, "1", "k-5", action="000000.SZ:2026-01-01")[0] == 404
    assert pay(client, "1", "k-6", day="2026-07-10")[0] == 409
    assert frozen(stall) == 125_000
    with stall.brokerage.desk.database.read() as tx:
        kept = "select count(*) from evidence_shown where kind = 'rights'"
        assert int(tx.connection.exec_driver_sql(kept).scalar() or 0) >= 2


def test_a_form_without_its_token_moves_nothing(stall: Stall, client: Client) -> None:
    before = frozen(stall)
    assert pay(client, "1", "k-9", csrf="wrong")[0] == 403
    assert frozen(stall) == before


def test_by_api(stall: Stall, client: Client) -> None:
    before = frozen(stall)
    (line,) = client.get("/api/v1/rights").json()
    assert (line["entitled"], line["state"], line["price"]) == (300, "open", "12.5")
    left = line["left"]
    csrf = token_of(client.get("/actions").text)
    head = {"Idempotency-Key": "api-1", "X-CSRF-Token": csrf}
    answers = [client.post(SUBSCRIBE, json={"qty": 50}, headers=head) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200], answers[0].text
    assert answers[0].json()["left"] == left - 50
    assert frozen(stall) == before + 62_500
    more = client.post(SUBSCRIBE, json={"qty": 300}, headers=head | {"Idempotency-Key": "api-2"})
    assert (more.status_code, more.json()["code"]) == (409, "rights.more_than_entitled")
    assert client.get("/api/v1/rights?account=6000000099").status_code == 404


def test_staff_see_the_issue_and_say_how_it_ended(stall: Stall, staff: LogIn) -> None:
    stall.brokerage.add_staff("ops3", Role.OPERATIONS)
    ops = staff("ops")
    html = ops.get(CASE).text
    assert "window not over" in html
    assert "080059" in html
    form = {"csrf": token_of(html), "key": "o-1", "source": "Notice 41", "basis": "Read twice"}
    answer = ops.post(f"{CASE}/outcome", data=form | {"taken": "110"}, follow_redirects=False)
    assert answer.status_code == 400
    assert 'value="110"' in answer.text
    answer = ops.post(f"{CASE}/outcome", data=form | {"taken": "97.35"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/staff/actions/{RIGHTS.id.replace(':', '%3A')}?done=1",
    )
    queue = staff("ops3").get("/staff/approvals").text
    assert "97.35%" in queue
    found = re.search(r"/staff/approvals/(prp_[^/\"]+)/agree", queue)
    assert found is not None
    agreed = staff("ops3").post(found[0], data={"csrf": token_of(queue)}, follow_redirects=False)
    assert agreed.status_code == 303, agreed.text[:500]
    with stall.brokerage.desk.database.read() as tx:
        outcome = find_ended(tx, RIGHTS.id)
    assert outcome is not None
    assert (outcome.taken_e4, outcome.failed) == (9_735, False)
    assert "97.35%" in ops.get(CASE).text
