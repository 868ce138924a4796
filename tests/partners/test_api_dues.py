"""What a client owes from day ends: their own, only while owed."""

from __future__ import annotations

from tests.partners.brokerage import DAY, Brokerage, Visitor
from yunquan.clearing import store
from yunquan.clearing.types import Due


def owe(brokerage: Brokerage, name: str, due: str, left: int) -> None:
    account = brokerage.accounts[name]
    owed = Due(due, account, DAY, "dividend_tax", "tax:dividend", "act_1", 12_345, left)
    with brokerage.desk.database.transaction() as tx:
        store.insert_dues(tx, "0", [owed])


def test_a_client_sees_what_they_still_owe(brokerage: Brokerage, client: Visitor) -> None:
    assert client.get("/dues").json() == []
    owe(brokerage, "linxz", "due:open", 2_345)
    owe(brokerage, "linxz", "due:paid", 0)
    assert client.get("/dues").json() == [
        {
            "id": "due:open",
            "day": DAY,
            "kind": "dividend_tax",
            "why": "Tax on dividends",
            "ref": "act_1",
            "amount": "123.45",
            "left": "23.45",
        }
    ]


def test_nobody_sees_anothers(brokerage: Brokerage, client: Visitor, staff: Visitor) -> None:
    owe(brokerage, "zhoums", "due:theirs", 100)
    assert client.get("/dues").json() == []
    asked = client.get("/dues", account=brokerage.accounts["zhoums"])
    assert (asked.status_code, asked.json()["code"]) == (404, "account.not_yours")
    assert staff.get("/dues").status_code == 403
