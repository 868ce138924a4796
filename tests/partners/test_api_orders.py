"""Orders over the API: placed, refused, repeated, cancelled, looked at; and what is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.partners.brokerage import CHENSHAN, DAY, HAIYUAN, Brokerage, Visitor

Visit = Callable[[str], Visitor]


def test_an_order_is_placed_filled_and_told(client: Visitor, brokerage: Brokerage) -> None:
    placed = client.send("POST", "/orders", client.order(price="99.50"))
    assert placed.status_code == 201
    line = placed.json()
    assert (line["state"], line["price"], line["qty"], line["open"]) == (
        "sending",
        "99.50",
        100,
        True,
    )
    assert brokerage.venue.orders == [line["id"]]
    brokerage.report("accepted", line["id"])
    brokerage.report("filled", line["id"], 99_500, 100)
    found = client.get(f"/orders/{line['id']}").json()
    assert (found["state"], found["filled"], found["average"]) == ("filled", 100, "99.50")
    life = client.get(f"/orders/{line['id']}/life").json()
    assert [step["event"] for step in life["steps"]] == [
        "order_placed",
        "order_accepted",
        "order_filled",
    ]
    assert all(step["text"] and step["stream"] == "counter-0" for step in life["steps"])
    (fill,) = client.get("/fills").json()["items"]
    assert (fill["order"], fill["price"], fill["amount"]) == (line["id"], "99.50", "9950.00")
    (position, _) = client.get("/positions").json()[::-1]
    assert (position["symbol"], position["qty"], position["sellable"]) == (CHENSHAN, 100, 0)


def test_a_refused_order_names_its_reason(client: Visitor) -> None:
    answer = client.send("POST", "/orders", client.order(price="110.01"))
    assert answer.status_code == 201
    line = answer.json()
    assert (line["state"], line["open"]) == ("rejected", False)
    assert line["reason"]["code"] == "order.price_above_limit"
    assert "110.00" in line["reason"]["text"]


def test_a_repeated_order_is_the_same_order(client: Visitor, brokerage: Brokerage) -> None:
    first = client.send("POST", "/orders", client.order(), key="a-1")
    again = client.send("POST", "/orders", client.order(), key="a-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = client.send("POST", "/orders", client.order(qty=200), key="a-1")
    assert (other.status_code, other.json()["code"]) == (409, "command.reused")
    assert len(brokerage.venue.orders) == 1


def test_a_refused_order_has_a_life_too(client: Visitor) -> None:
    refused = client.send("POST", "/orders", client.order(price="1.00")).json()
    life = client.get(f"/orders/{refused['id']}/life")
    assert life.status_code == 200, life.text
    (step,) = life.json()["steps"]
    assert step["event"] == "order_refused"
    assert step["detail"]["code"] == refused["reason"]["code"]
    assert client.get(f"/orders/{refused['id']}").json()["state"] == "rejected"


def test_keys_of_two_clients_never_meet(client: Visitor, visitor: Visit) -> None:
    other = visitor("zhoums")
    mine = client.send("POST", "/orders", client.order(), key="same")
    theirs = other.send("POST", "/orders", other.order(), key="same")
    assert mine.json()["id"] != theirs.json()["id"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"price": 99.5}, "price.malformed"),
        ({"price": 99}, "price.malformed"),
        ({"price": "99.5001"}, "price.malformed"),
        ({"price": "1e2"}, "price.malformed"),
        ({"price": ""}, "price.malformed"),
        ({"qty": "100"}, "request.malformed"),
        ({"qty": 100.5}, "request.malformed"),
        ({"qty": True}, "request.malformed"),
        ({"qty": -1}, "request.malformed"),
        ({"qty": 10**13}, "request.malformed"),
        ({"qty": 10**30}, "request.malformed"),
        ({"side": "short"}, "request.malformed"),
        ({"day": "13.07.2026"}, "request.malformed"),
        ({"extra": 1}, "request.malformed"),
        ({"account": None}, "request.malformed"),
    ],
)
def test_a_malformed_order_is_named(steady: Visitor, changes: dict[str, Any], code: str) -> None:
    answer = steady.send("POST", "/orders", steady.order(**changes))
    assert (answer.status_code, answer.json()["code"]) == (400, code), answer.text
    if code == "request.malformed":
        assert answer.json()["facts"]["field"] in (next(iter(changes)), "")
    assert steady.brokerage.venue.orders == []


def test_a_missing_field_is_named(steady: Visitor) -> None:
    body = steady.order()
    del body["side"]
    answer = steady.send("POST", "/orders", body)
    assert (answer.status_code, answer.json()["facts"]["field"]) == (400, "side")


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "request.malformed"),
        (b"", "application/json", 400, "request.malformed"),
        (b"null", "application/json", 400, "request.malformed"),
        (b"[]", "application/json", 400, "request.malformed"),
        (b"\xff\xfe", "application/json", 400, "request.malformed"),
        (b"{}", "text/plain", 415, "request.not_json"),
        (b'{"a":"' + b"x" * 70_000 + b'"}', "application/json", 413, "request.too_large"),
    ],
)
def test_a_body_that_is_none(
    steady: Visitor, body: bytes, content_type: str, status: int, code: str
) -> None:
    headers = steady.headers | {"Content-Type": content_type, "Idempotency-Key": "k"}
    answer = steady.client.post("/api/v1/orders", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (None, "request.key_missing"),
        ("a:b", "request.key_malformed"),
        ("x" * 65, "request.key_malformed"),
        ("a b", "request.key_malformed"),
    ],
)
def test_an_order_needs_a_key(steady: Visitor, key: str | None, code: str) -> None:
    for method, path, body in (
        ("POST", "/orders", steady.order()),
        ("DELETE", "/orders/ord_1", None),
    ):
        answer = steady.send(method, path, body, key=key)
        assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_another_days_order_is_refused(client: Visitor) -> None:
    line = client.send("POST", "/orders", client.order(day="2026-07-10")).json()
    assert line["reason"]["code"] == "order.day_mismatch"
    assert client.send("POST", "/orders", client.order(day=DAY)).json()["state"] == "sending"


def test_a_cancel_is_asked_for_once(client: Visitor, brokerage: Brokerage) -> None:
    order = client.send("POST", "/orders", client.order()).json()["id"]
    brokerage.report("accepted", order)
    first = client.send("DELETE", f"/orders/{order}", key="c-1")
    assert (first.status_code, first.json()["state"]) == (200, "cancelling")
    assert client.send("DELETE", f"/orders/{order}", key="c-1").status_code == 200
    again = client.send("DELETE", f"/orders/{order}", key="c-2")
    assert (again.status_code, again.json()["code"]) == (409, "cancel.already_asked")
    brokerage.report("cancelled", order, qty=100)
    done = client.send("DELETE", f"/orders/{order}", key="c-3")
    assert (done.status_code, done.json()["code"]) == (409, "cancel.already_done")
    assert client.get(f"/orders/{order}").json()["state"] == "cancelled"


def test_an_unknown_order(client: Visitor) -> None:
    for answer in (
        client.get("/orders/ord_nope"),
        client.get("/orders/ord_nope/life"),
        client.send("DELETE", "/orders/ord_nope"),
    ):
        assert answer.status_code == 404


def test_lists_page_from_the_newest(client: Visitor) -> None:
    placed = [
        client.send("POST", "/orders", client.order(price=f"9{n}.00")).json()["id"]
        for n in range(3)
    ]
    today = client.get("/orders", day="today").json()["items"]
    assert [line["id"] for line in today] == placed[::-1]
    first = client.get("/orders", limit=2).json()
    assert [line["id"] for line in first["items"]] == placed[:0:-1]
    rest = client.get("/orders", limit=2, before=first["next"]).json()
    assert [line["id"] for line in rest["items"]] == placed[:1]
    assert rest["next"] is None
    for params in ({"limit": 0}, {"limit": 201}, {"limit": "many"}, {"day": "never"}):
        answer = client.get("/orders", **params)
        assert (answer.status_code, answer.json()["code"]) == (400, "request.malformed")
        assert answer.json()["facts"]["field"] == next(iter(params))
    assert client.get("/fills", before="x").json()["code"] == "list.before"


def test_a_ticket_is_checked_without_placing_it(client: Visitor, brokerage: Brokerage) -> None:
    asked = {"symbol": CHENSHAN, "side": "buy", "price": "100.00", "qty": 100}
    good = client.get("/estimate", **asked).json()
    assert (good["reason"], good["amount"]) == (None, "10000.00")
    bad = client.get("/estimate", **asked | {"qty": 10_000}).json()
    assert bad["reason"]["code"] == "order.insufficient_cash"
    sale = client.get("/estimate", symbol=HAIYUAN, side="sell", price="10.00", qty=1100).json()
    assert (sale["reason"]["code"], sale["max_qty"]) == ("order.insufficient_shares", 1000)
    assert client.get("/estimate", **asked | {"price": "x"}).json()["code"] == "price.malformed"
    assert brokerage.venue.orders == []


def test_while_the_counter_is_away(client: Visitor, brokerage: Brokerage) -> None:
    brokerage.driver.journal.append = broken  # type: ignore[method-assign]
    answer = client.send("POST", "/orders", client.order(), key="k")
    assert (answer.status_code, answer.json()["code"]) == (503, "counter.commit_failed")
    assert answer.headers["retry-after"] == "1"
    del brokerage.driver.journal.append
    assert client.send("POST", "/orders", client.order(), key="k").status_code == 201


def broken(*_arguments: Any, **_named: Any) -> bytes:
    raise OSError("no space left on device")


def test_a_fault_tells_an_incident_and_nothing_else(client: Visitor, brokerage: Brokerage) -> None:
    def burst(*_arguments: Any) -> None:
        raise RuntimeError("secret detail")

    brokerage.desk.quotes.notice = burst  # type: ignore[method-assign, assignment]
    answer = client.get(f"/instruments/{CHENSHAN}")
    assert (answer.status_code, answer.json()["code"]) == (500, "server.fault")
    assert answer.json()["facts"].keys() == {"incident"}
    assert "secret" not in answer.text
