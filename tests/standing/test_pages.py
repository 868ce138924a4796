"""From no class to a ChiNext order: the pages over a whole brokerage, and what they refuse."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from tests.investor.stall import Stall, make_stall
from tests.partners.brokerage import DAY
from tests.standing.riches import enrich, office
from tests.suitability.answering import CALM, CAREFUL
from yunquan.clients.types import ClientId
from yunquan.counter.types import PlaceOrder
from yunquan.suitability import Permissions
from yunquan.suitability.types import Known

CHINEXT_SHARE = "300059.SZ"
Client = TestClient[Litestar]


@pytest.fixture
def stall(tmp_path: Path) -> Stall:
    return make_stall(tmp_path)


@pytest.fixture
def client(stall: Stall) -> Iterator[Client]:
    with TestClient(stall.app, base_url="http://stall.local", raise_server_exceptions=True) as one:
        one.cookies.set("yq_lang", "en")
        page = one.get("/login")
        form = {"csrf": token_of(page.text), "login_name": "zhoums", "password": "correct-Horse-7"}
        assert one.post("/login", data=form, follow_redirects=False).status_code == 303
        yield one


def token_of(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    return found[1]


def get(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def fields(page: str, *names: str) -> dict[str, str]:
    found = {name: re.search(rf'name="{name}" value="([^"]*)"', page) for name in names}
    return {name: one[1] for name, one in found.items() if one}


def answer(client: Client, answers: Any, **more: Any) -> Any:
    page = get(client, "/suitability/questions")
    body: dict[str, Any] = fields(page, "csrf", "key", "shown")
    body |= {question: list(ticks) for question, ticks in answers.items()} | more
    return client.post("/suitability/questions", data=body, follow_redirects=False)


def order(stall: Stall, key: str) -> str:
    """Why an order for a ChiNext share is refused, "" if it isn't."""
    account = stall.brokerage.accounts["zhoums"]
    command = PlaceOrder(f"client:x:{key}", account, CHINEXT_SHARE, 1, 21_980, 100, DAY)
    return stall.brokerage.submit(command).code


def test_from_no_class_to_a_chinext_order(stall: Stall, client: Client) -> None:
    assert "Not assessed" in get(client, "/suitability")
    assert order(stall, "before") == "order.permission_missing"
    enrich(stall, "zhoums")
    trace = '{"spent_ms":{"loss":99999},"seen":["loss"],"changes":[["loss","10_30",true,9]]}'
    sent = answer(client, CALM, trace=trace)
    assert (sent.status_code, sent.headers["location"]) == (303, "/suitability")
    shown = get(client, "/suitability")
    assert all(text in shown for text in ("C4", "Growth", "2028-07-12", "10 minutes"))
    # Not again at once: the page leads back.
    away = client.get("/suitability/questions", follow_redirects=False)
    assert away.headers["location"] == "/suitability"

    board = get(client, "/permissions")
    assert board.count("Can apply") == 2
    page = get(client, "/permissions/chinext")
    assert "CNY 200,000.00" in page
    body = fields(page, "csrf", "key", "sign-chinext")
    for _ in range(2):
        granted = client.post("/permissions/chinext", data=body, follow_redirects=False)
        assert granted.headers["location"] == "/permissions?granted=chinext"
    assert "ChiNext: granted" in get(client, "/permissions?granted=chinext")
    assert order(stall, "after") == ""
    assert "You have this permission" in get(client, "/permissions/chinext")


def test_what_isnt_answered_is_asked_where_it_is(client: Client) -> None:
    sent = answer(client, {**CALM, "loss": ()})
    assert sent.status_code == 400
    assert "Question 13 isn't answered yet" in html.unescape(sent.text)
    assert 'id="q-loss"' in sent.text
    assert sent.text.count(" wanting") == 1
    # What was ticked is ticked still.
    assert sent.text.count(" checked") == sum(map(len, CALM.values())) - 1


def test_contradictions_are_asked_again_and_may_be_kept(client: Client) -> None:
    rich = CALM | {"income_source": ("unsteady",), "income": ("over_1m",), "traded": ("none",)}
    sent = answer(client, rich)
    said = html.unescape(sent.text)
    assert sent.status_code == 200
    assert "invested in nothing" in said
    assert 'name="stands" value="source_income"' in said
    assert 'value="traded_experience"' not in said
    sent = answer(client, rich | {"traded": ("equity",)}, stands="source_income")
    assert sent.status_code == 303


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"shown": "0" * 64}, 409, "has changed"),
        ({"trace": '{"spent_ms":{"loss":-5}}'}, 400, "can't be read"),
        ({"loss": ["10_30", "30_50"]}, 400, "takes one answer"),
        ({"loss": ["<script>"]}, 400, "isn't known"),
    ],
)
def test_hostile_answers(client: Client, change: Any, status: int, said: str) -> None:
    sent = answer(client, CALM, **change)
    assert sent.status_code == status
    assert said in html.unescape(sent.text)
    assert "<script>" not in re.sub(r"<script [^>]*></script>", "", sent.text)


def test_a_trace_that_is_no_json_is_none(stall: Stall, client: Client) -> None:
    assert answer(client, CALM, trace="{{{").status_code == 303
    with stall.brokerage.desk.database.read() as tx:
        one = office(stall).current(tx, stall.brokerage.clients["zhoums"])
    assert one is not None
    assert one.warnings == ("untimed",)


def test_insisting_takes_both_ticks(stall: Stall, client: Client) -> None:
    enrich(stall, "zhoums")
    assert answer(client, CAREFUL).status_code == 303
    page = get(client, "/permissions/chinext")
    assert "Special risk warning" in page
    body = fields(page, "csrf", "key", "sign-chinext", "insist", "warning")
    half = client.post("/permissions/chinext", data=body)
    assert half.status_code == 409
    assert "of your own accord" in html.unescape(half.text)
    assert order(stall, "half") == "order.permission_missing"
    page = get(client, "/permissions/chinext")
    body = fields(page, "csrf", "key", "sign-chinext", "insist", "warning") | {"own": "yes"}
    whole = client.post("/permissions/chinext", data=body, follow_redirects=False)
    assert whole.status_code == 303
    assert order(stall, "whole") == ""
    assert "What you insisted on" in get(client, "/suitability")


def test_applying_past_the_page_finds_the_gates_shut(stall: Stall, client: Client) -> None:
    """Somebody sends the form that the page doesn't show."""
    page = get(client, "/permissions/chinext")
    assert 'class="apply"' not in page
    csrf = token_of(get(client, "/suitability"))
    permissions: Permissions = stall.brokerage.suitability()["permissions"]
    signed = permissions.disclosure("chinext", "en").digest
    body = {"csrf": csrf, "key": "k", "sign-chinext": signed, "insist": "yes", "own": "yes"}
    assert client.post("/permissions/chinext", data=body).status_code == 409
    sent = client.post("/permissions/chinext", data=body | {"insist": ""})
    assert sent.status_code == 409
    assert "a condition isn't met" in html.unescape(sent.text)
    assert order(stall, "past") == "order.permission_missing"
    assert "unmet:" in get(client, "/permissions")
    assert client.post("/permissions/margin", data=body).status_code == 409
    assert client.get("/permissions/options").status_code == 404


def test_nobody_answers_for_another(stall: Stall, client: Client) -> None:
    other = stall.brokerage.clients["linxz"]
    database = stall.brokerage.desk.database
    with database.transaction(actor=f"client:{other}") as tx:
        suitability = office(stall)
        digest = suitability.questionnaire("en").digest
        suitability.assess(tx, other, CALM, digest, "k", known=Known())
    assert "Not assessed" in get(client, "/suitability")
    with database.read() as tx:
        assert suitability.current(tx, ClientId(other))
