"""Which events tell whom what, once, and to nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.partners.brokerage import CHENSHAN, Brokerage, Visitor
from yunquan.counter import events as e
from yunquan.counter import types as c
from yunquan.counter.rules.entries import KINDS
from yunquan.funding import events as f
from yunquan.kernel.readers import Recorded
from yunquan.kernel.transaction import Database
from yunquan.ledger.types import AVAILABLE
from yunquan.messages import Messages, rules, told_between
from yunquan.messages.readers import tell

ME, OTHER = "6000000001", "6000000002"
TAX = c.Entry(ME, "CNY", AVAILABLE, -500, "tax:dividend", "act_1")
SHARES = c.Entry(OTHER, CHENSHAN, AVAILABLE, 30, f"issuer:{CHENSHAN}", "act_1")
HOUSE = c.Entry("clearing:SH", "CNY", AVAILABLE, -5, "reserve:SH")


def booked(kind: str, *entries: c.Entry, unpaid: tuple[int, ...] = ()) -> e.EntriesBooked:
    left = unpaid or tuple(0 for _ in entries)
    return e.EntriesBooked("x", 1, "2026-07-13", kind, "basis", entries, left, ())


TELLS: dict[str, tuple[Any, list[tuple[str, str, dict[str, Any]]]]] = {
    "a transfer in": (
        f.TransferPosted("tfr_1", ME, "in", 100, "simbank", "K1"),
        [(ME, "message.transfer.in", {"amount_fen": 100})],
    ),
    "refused": (
        f.TransferRefused("tfr_1", ME, "out", 100, "bank.insufficient"),
        [(ME, "message.transfer_refused", {"amount_fen": 100, "code": "bank.insufficient"})],
    ),
    "expired": (
        e.OrderCancelled("", 0, "", 0, "ord_1", ME, 200, "expired", True, ()),
        [(ME, "message.order_expired", {"qty": 200})],
    ),
    "cancelled by its client": (
        e.OrderCancelled("", 0, "", 0, "ord_1", ME, 200, "user", True, ()),
        [],
    ),
    "tax and shares": (
        booked("dividend_tax", TAX, SHARES, unpaid=(200, 0)),
        [
            (ME, "message.booked.dividend_tax", {"amount_fen": 300, "day": "2026-07-13"}),
            (ME, "message.owed", {"amount_fen": 200, "day": "2026-07-13"}),
            (OTHER, "message.shares.in", {"symbol": CHENSHAN, "qty": 30}),
        ],
    ),
    "the firm's own": (booked("settlement", HOUSE), []),
    "a deposit alone": (e.CashMoved("x", 1, ME, "deposit", 5, "icbc", ()), []),
}


@pytest.mark.parametrize("name", TELLS)
def test_who_is_told_what(name: str) -> None:
    event, wanted = TELLS[name]
    assert [(one.account, one.code, one.facts) for one in rules.told_by(event)] == wanted


def test_every_kind_of_entry_is_told_or_is_the_firms() -> None:
    assert set(KINDS) - set(rules.BOOKED) == {"settlement"}


def test_the_same_event_tells_once(database: Database) -> None:
    item = Recorded("counter-0", 7, 1_000, TELLS["tax and shares"][0])
    with database.transaction() as tx:
        tell(tx, [item])
        mine = told_between(tx, ME, 0, 2_000)
        assert [one.code for one in mine] == ["message.booked.dividend_tax", "message.owed"]
        assert told_between(tx, ME, 1_001, 2_000) == []
    with pytest.raises(Exception, match=r"(?i)unique"), database.transaction() as tx:
        tell(tx, [item])


def office(brokerage: Brokerage) -> Messages:
    return Messages(brokerage.desk.database, brokerage.desk.catalogue)


def fill_an_order(brokerage: Brokerage, owner: str, key: str) -> None:
    account, client = brokerage.accounts[owner], brokerage.clients[owner]
    day = brokerage.driver.state.day
    order = brokerage.submit(
        c.PlaceOrder(f"client:{client}:{key}", account, CHENSHAN, 1, 100_000, 100, day)
    ).order
    brokerage.report("accepted", order)
    brokerage.report("filled", order, 100_000, 100)


def test_read_by_their_owner_alone(brokerage: Brokerage, visitor: Callable[[str], Visitor]) -> None:
    fill_an_order(brokerage, "linxz", "k1")
    mine, theirs = visitor("linxz"), visitor("zhoums")
    page = mine.get("/messages").json()
    assert page["unread"] == 1
    assert "100" in page["items"][0]["text"]
    assert page["items"][0]["link"].startswith("/orders/ord_")
    assert theirs.get("/messages").json() == {"items": [], "unread": 0, "next": None}
    other = theirs.get("/messages", before=page["items"][0]["id"])
    assert other.status_code == 404, "another's message is as unknown as none"
    theirs.send("POST", "/messages/read")
    assert mine.get("/messages").json()["unread"] == 1
    assert mine.send("POST", "/messages/read").json() == {"read": 1}
    assert mine.get("/messages").json()["unread"] == 0
    assert visitor("desk").get("/messages").status_code == 403


def test_pages_go_back_without_a_gap(brokerage: Brokerage) -> None:
    for number in range(7):
        fill_an_order(brokerage, "linxz", f"k{number}")
    own = [brokerage.accounts["linxz"]]
    seen: list[str] = []
    before = ""
    while True:
        page = office(brokerage).page(own, "en", before=before, limit=3)
        seen += [line.id for line in page.items]
        if page.next is None:
            break
        before = page.next
    assert len(seen) == len(set(seen)) == 7
    assert seen == sorted(seen, reverse=True)
