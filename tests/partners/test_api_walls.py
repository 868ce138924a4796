"""The walls: no session, the other's door, another's account."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from tests.partners.brokerage import CHENSHAN, DAY, Brokerage, Visitor
from yunquan.app.schema import openapi_text
from yunquan.app.web.front import POLICY

Visit = Callable[[str], Visitor]
Route = tuple[str, str, dict[str, Any]]
TERMS = {
    "kind": "stop",
    "symbol": CHENSHAN,
    "side": "buy",
    "qty": 100,
    "expires_on": DAY,
    "crossing": "at_or_above",
    "threshold": "101.00",
}
COURT = {"basis": "Court 118", "basis_kind": "judicial", "document": "118", "authority": "Court"}
BODIES: dict[str, dict[str, Any]] = {
    "place_order": {"symbol": CHENSHAN, "side": "buy", "price": "100.00", "qty": 100},
    "pay": {"direction": "in", "amount": "1.00"},
    "move_cash": {"target": "880000000002", "amount": "1.00"},
    "restrict": {"scope": "buy", "basis": "Review 118", "basis_kind": "risk"},
    "release": {"scope": "buy", "basis": "Review 118", "basis_kind": "risk"},
    "freeze": {"asset": "CNY", "amount": "1.00"} | COURT,
    "unfreeze": {"asset": "CNY", "amount": "1.00"} | COURT,
    "reveal_client": {"reason": "Client called"},
    "reverse": {"basis": "Client asks"},
    "subscribe_rights": {"qty": 1},
    "change_cash_password": {"old": "246813", "new": "135790"},
    "choose": {"locale": "en"},
    "replace_watchlist": {"symbols": [CHENSHAN]},
    "preview_condition": TERMS,
    "confirm_condition": {"terms": TERMS, "digest": "0", "risk_read": True},
    "file_complaint": {"text": "The fee is wrong", "subject": "fee"},
    "register_complaint": {"text": "The fee is wrong", "subject": "fee", "channel": "phone"},
    "act_on_own_complaint": {"text": "The fee is wrong"},
    "act_on_complaint": {"text": "The fee is wrong"},
    "log_in": {"login_name": "nobody", "password": "x"},
}
PATH_VALUES = {
    "symbol": CHENSHAN,
    "order": "ord_1",
    "transfer": "tfr_1",
    "client": "cli_1",
    "session_id": "ses_1",
    "direction": "in",
    "account": "880000000001",
    "act": "pause",
}
NAME_AN_ACCOUNT = ("move_cash", "place_order", "pay", "change_cash_password", "subscribe_rights")
QUERY = {"symbol": CHENSHAN, "side": "buy", "price": "100.00", "qty": "100"}


def routes(app: Litestar) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Method, path template, handler name and opt of every route of ours."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            for method in sorted(handler.http_methods - {"OPTIONS"}):
                yield str(method), route.path_format, handler.handler_name, handler.opt


def filled(path: str, **values: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda name: (PATH_VALUES | values).get(name[1], "x"), path)


def ask(visitor: Visitor, method: str, path: str, name: str, **account: str) -> Any:
    headers = visitor.headers | {"Idempotency-Key": f"w-{next(visitor.brokerage.keys)}"}
    body = BODIES.get(name)
    if body is not None and name in NAME_AN_ACCOUNT:
        body = {"account": "880000000001"} | body | account
    params = QUERY if name == "estimate" else {}
    return visitor.client.request(
        method,
        filled(path),
        headers=headers,
        params=params | account,
        **({} if body is None else {"json": body}),
    )


def test_nobody_enters_without_a_session(brokerage: Brokerage, web: TestClient[Litestar]) -> None:
    stranger = Visitor(brokerage, web)
    closed = 0
    for method, path, name, opt in routes(web.app):
        if opt["who"] in ("member", "client", "staff"):
            answer = ask(stranger, method, path, name)
            assert (answer.status_code, answer.json()["code"]) == (401, "session.needed"), path
            closed += 1
    assert closed > 35


def test_a_made_up_token_opens_nothing(brokerage: Brokerage, web: TestClient[Litestar]) -> None:
    stranger = Visitor(brokerage, web)
    for token in ("Bearer x", "Bearer ", "Basic eA==", "nonsense"):
        stranger.headers["Authorization"] = token
        assert stranger.get("/me").status_code == 401


def test_clients_and_staff_have_each_their_door(client: Visitor, staff: Visitor) -> None:
    for method, path, name, opt in routes(client.client.app):
        wrong = {"client": staff, "staff": client}.get(opt["who"])
        if wrong is not None:
            answer = ask(wrong, method, path, name)
            assert (answer.status_code, answer.json()["code"]) == (403, "session.wrong_door"), path


# These name no account.
ABOUT_ALL_OF_THEIRS = ("accounts", "bank_accounts", "bind_bank")


def test_another_clients_account_is_unknown(client: Visitor, visitor: Visit) -> None:
    theirs = visitor("zhoums").account
    met = set()
    for method, path, name, opt in routes(client.client.app):
        if opt["who"] != "client" or name in ABOUT_ALL_OF_THEIRS:
            continue
        answer = ask(client, method, path, name, account=theirs)
        assert (answer.status_code, answer.json()["code"]) == (404, "account.not_yours"), path
        met.add(name)
    assert {"place_order", "cancel_order", "assets", "pay", "estimate", "fills"} - {"fills"} <= met


def test_another_clients_order_is_unknown(client: Visitor, visitor: Visit) -> None:
    other = visitor("zhoums")
    order = other.send("POST", "/orders", other.order()).json()["id"]
    body = {"account": other.account, "direction": "in", "amount": "1.00", "bank_password": "1"}
    transfer = other.send("POST", "/transfers", body).json()["id"]
    for answer in (
        client.get(f"/orders/{order}"),
        client.get(f"/orders/{order}/life"),
        client.send("DELETE", f"/orders/{order}"),
        client.get(f"/transfers/{transfer}"),
    ):
        assert answer.status_code == 404
    assert other.get(f"/orders/{order}").json()["open"]


def test_every_answer_carries_the_policy(client: Visitor, brokerage: Brokerage) -> None:
    answers = [
        ask(client, method, path, name) for method, path, name, _ in routes(client.client.app)
    ]
    for path in ("/nowhere", "/api/v1/nowhere", "/static/x/y.js", "/api/v1/framework/openapi.json"):
        answers.append(client.client.get(path))
        assert answers[-1].status_code == 404, path
    answers += [client.client.patch("/api/v1/orders"), client.client.options("/api/v1/orders")]
    assert answers[-2].status_code == 405
    for answer in answers:
        assert answer.status_code < 500, answer.text
        assert answer.headers["content-security-policy"] == POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "cache-control" in answer.headers
        assert answer.headers["x-request-id"]
        assert "unsafe" not in answer.headers["content-security-policy"]


def test_a_role_opens_only_what_it_should(visitor: Visit) -> None:
    auditor, desk = visitor("audit"), visitor("desk")
    for member in (auditor, desk):
        for method, path, name, opt in routes(member.client.app):
            if opt.get("roles") == ("risk", "operations"):
                answer = ask(member, method, path, name)
                assert answer.json()["code"] == "staff.role_missing", path


def test_the_description_is_the_committed_one(client: Visitor) -> None:
    served = client.client.get("/api/v1/openapi.json").json()
    committed = openapi_text()
    assert '"openapi": "3.1.0"' in committed
    for path, operations in served["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], (method, path)
            assert "503" in operation["responses"]
            if method == "post" and path not in ("/api/v1/sessions",) and "reveal" not in path:
                keys = [one["name"] for one in operation["parameters"]]
                assert "Idempotency-Key" in keys, path


@pytest.mark.parametrize(
    ("accepts", "said"), [("zh-CN", "没有"), ("en-GB,en;q=0.9", "No security")]
)
def test_errors_speak_the_readers_language(client: Visitor, accepts: str, said: str) -> None:
    client.headers["Accept-Language"] = accepts
    assert said in client.get("/instruments/000000.SH").json()["message"]


def test_an_order_by_the_short_way_is_as_by_the_long(client: Visitor, visitor: Visit) -> None:
    """With a parameter in its content type an order goes through the framework."""
    other = visitor("zhoums")
    orders = [
        client.order(),
        client.order(price="999.00"),
        client.order(price=1.5),
        client.order(qty="1"),
        client.order(extra=1),
        client.order(account=other.account),
        client.order(day="2026-07-10"),
        [],
    ]
    seen = set()
    for number, order in enumerate(orders):
        for headers in ({}, {"Idempotency-Key": f"p-{number}"}, {"Authorization": "Bearer x"}):
            answers = []
            for content_type in ("application/json", "application/json; charset=utf-8"):
                sent = client.headers | {"Content-Type": content_type} | headers
                answers.append(
                    client.client.post("/api/v1/orders", content=json.dumps(order), headers=sent)
                )
            short, long = answers
            assert short.status_code == long.status_code
            assert said(short) == said(long)
            assert set(short.headers) == set(long.headers)
            assert short.headers["content-type"] == long.headers["content-type"]
            seen.add(short.status_code)
    assert seen == {201, 400, 401, 404}


def said(answer: Any) -> dict[str, Any]:
    return {name: value for name, value in answer.json().items() if name != "request_id"}
