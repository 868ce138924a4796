"""Conditions through the API and the pages: shown, confirmed, kept, and nobody else's to see."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from tests.conditions.scene import Scene
from tests.fixtures_database import NewDatabase
from tests.investor.stall import ROOMS
from tests.partners.brokerage import DAY, HAIYUAN, PASSWORD, Visitor
from yunquan.counter.types import Restrict
from yunquan.evidence.store import list_shown
from yunquan.investor.pages import router as investor_pages
from yunquan.workbench.pages import router as workbench_pages

TERMS: dict[str, Any] = {
    "kind": "stop",
    "symbol": HAIYUAN,
    "side": "sell",
    "qty": 100,
    "expires_on": DAY,
    "price": "9.00",
    "crossing": "at_or_below",
    "threshold": "9.50",
}
FORM = {name: str(value) for name, value in TERMS.items()} | {"pricing": "named"}


@pytest.fixture
def scene(new_database: NewDatabase, tmp_path: Path) -> Iterator[Scene]:
    made = Scene(new_database("sqlite"), tmp_path)
    yield made
    made.brokerage.passwords.close()


@pytest.fixture
def web(scene: Scene) -> Iterator[TestClient[Litestar]]:
    app = scene.brokerage.app([investor_pages, workbench_pages], ROOMS)
    with TestClient(app, base_url="http://testserver.local") as client:
        yield client


@pytest.fixture
def client(scene: Scene, web: TestClient[Litestar]) -> Visitor:
    return Visitor(scene.brokerage, web, "linxz")


def confirm(client: Visitor, key: str = "", **changes: Any) -> Any:
    shown = client.send("PUT", "/conditions/preview", TERMS, None).json()
    body = {"terms": TERMS, "digest": shown["digest"], "risk_read": True} | changes
    return client.send("POST", "/conditions", body, key)


def trigger(scene: Scene) -> None:
    async def story() -> None:
        await scene.settled()
        scene.hear(9_400)
        await scene.settled()

    asyncio.run(story())


def test_a_condition_through_the_api(scene: Scene, client: Visitor) -> None:
    answer = confirm(client, "once")
    assert answer.status_code == 201, answer.text
    name = answer.json()["id"]
    assert confirm(client, "once").json()["id"] == name
    assert [one["id"] for one in client.get("/conditions", view="open").json()["items"]] == [name]
    assert client.send("PUT", f"/conditions/{name}/pause").json()["state"] == "paused"
    assert client.send("PUT", f"/conditions/{name}/resume").json()["state"] == "active"
    trigger(scene)
    detail = client.get(f"/conditions/{name}").json()
    assert detail["condition"]["state"] == "placed"
    order = detail["triggers"][0]["order"]
    assert client.get(f"/orders/{order}").json()["price"] == "9.00"
    refused = client.send("PUT", f"/conditions/{name}/cancel")
    assert (refused.status_code, refused.json()["code"]) == (409, "condition.wrong_state")
    assert client.get("/conditions", view="open").json()["items"] == []


def test_a_programs_condition_is_a_programs_order(scene: Scene, client: Visitor) -> None:
    """Suspended, neither its orders nor those it left waiting go out; a person's do."""
    held = Restrict("system:p", client.account, "program", "Article 12")
    assert scene.brokerage.submit(held).accepted
    own = asyncio.run(scene.confirm())
    by_program = confirm(client).json()["id"]
    trigger(scene)
    assert client.get(f"/conditions/{own.id}").json()["condition"]["state"] == "placed"
    (seen,) = client.get(f"/conditions/{by_program}").json()["triggers"]
    assert "program" in seen["reason"].lower()


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"risk_read": False}, 400, "condition.risk_not_ticked"),
        ({"digest": "0" * 64}, 409, "condition.changed"),
        ({"terms": TERMS | {"qty": 200}}, 409, "condition.changed"),
        ({"terms": TERMS | {"threshold": "9.505"}}, 400, "condition.price"),
        ({"terms": TERMS | {"symbol": "600000.SH"}}, 404, "market.unknown_symbol"),
    ],
)
def test_only_what_was_shown_can_be_confirmed(
    client: Visitor, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = confirm(client, **changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert client.get("/conditions").json()["items"] == []


def test_a_key_names_one_condition(client: Visitor) -> None:
    confirm(client, "once")
    other = TERMS | {"qty": 200}
    digest = client.send("PUT", "/conditions/preview", other, None).json()["digest"]
    answer = confirm(client, "once", terms=other, digest=digest)
    assert (answer.status_code, answer.json()["code"]) == (409, "command.reused")


def test_what_was_shown_is_kept_as_evidence(scene: Scene, client: Visitor) -> None:
    line = confirm(client).json()
    with scene.database.read() as tx:
        (screen,) = list_shown(tx, scene.account, 0, 2**60, 10)
    assert (screen.kind, screen.ticked) == ("condition", ("risk",))
    assert screen.body["preview"]["sentence"] == line["sentence"]
    assert screen.body["preview"]["digest"] == line["digest"]


def test_nobody_sees_or_moves_anothers(scene: Scene, client: Visitor, web: Any) -> None:
    name = confirm(client).json()["id"]
    other = Visitor(scene.brokerage, web, "zhoums")
    for answer in (
        other.get(f"/conditions/{name}"),
        other.send("PUT", f"/conditions/{name}/pause"),
        other.send("PUT", f"/conditions/{name}/resume"),
        other.send("PUT", f"/conditions/{name}/cancel"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "condition.unknown")
    assert other.get("/conditions").json()["items"] == []
    assert other.get("/conditions", account=client.account).status_code == 404
    assert other.get("/staff/conditions", account=client.account).status_code == 403
    staff = Visitor(scene.brokerage, web, "desk")
    listed = staff.get("/staff/conditions", account=client.account).json()["items"]
    assert [one["id"] for one in listed] == [name]
    detail = staff.get(f"/staff/conditions/{name}", account=client.account)
    assert detail.json()["condition"]["id"] == name
    assert staff.get(f"/staff/conditions/{name}", account=other.account).status_code == 404


class Browser:
    """Somebody's browser, without scripts."""

    def __init__(self, web: TestClient[Litestar], name: str) -> None:
        self.web = web
        web.cookies.clear()
        web.cookies.set("yq_lang", "en")
        form = {"csrf": self.csrf("/login"), "login_name": name, "password": PASSWORD}
        assert web.post("/login", data=form, follow_redirects=False).status_code == 303

    def csrf(self, path: str = "/me") -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.web.get(path).text)
        assert found
        return found[1]

    def post(self, path: str, **form: str) -> Any:
        return self.web.post(path, data={"csrf": self.csrf(), **form}, follow_redirects=False)


def test_a_condition_through_the_pages(scene: Scene, web: TestClient[Litestar]) -> None:
    browser = Browser(web, "linxz")
    page = browser.post("/conditions/new", **FORM).text
    assert "trades at 9.50 CNY or below, sell 100 shares at a limit of 9.00 CNY" in page
    digest = re.search(r'name="digest" value="(\w{64})"', page)
    assert digest
    unread = browser.post("/conditions", **FORM, key="k1", digest=digest[1])
    assert unread.status_code == 400
    assert "Read and tick the notice of risks first" in unread.text
    done = browser.post("/conditions", **FORM, key="k2", digest=digest[1], risk="read")
    assert done.status_code == 303, done.text
    address = done.headers["location"]
    again = browser.post("/conditions", **FORM, key="k2", digest=digest[1], risk="read")
    assert again.headers["location"] == address
    assert "Watching" in web.get(address).text
    assert address in web.get("/conditions").text
    for act, said in (("pause", "Paused"), ("pause", "Paused"), ("resume", "Watching")):
        assert browser.post(f"{address}/{act}").status_code == 303
        assert said in web.get(address).text
    assert browser.post(f"{address}/wish").status_code == 404
    trigger(scene)
    page = web.get(address).text
    assert "Order placed" in page
    order = re.search(r'href="/orders/(ord_\w+)"', page)
    assert order
    assert web.get(f"/orders/{order[1]}").status_code == 200
    assert address in web.get("/conditions?view=ended").text
    part = web.get(f"{address}?part=proof", headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith('<div id="proof"')
    late = browser.post(f"{address}/cancel")
    assert "be done as the condition stands now" in late.text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"threshold": "9.505"}, "multiple of 0.01 CNY"),
        ({"qty": "many"}, "positive whole number"),
        ({"price": ""}, "0 is not"),
        ({"symbol": "nothing"}, "Nothing found"),
    ],
)
def test_a_form_that_is_wrong_says_so(
    web: TestClient[Litestar], changes: dict[str, str], said: str
) -> None:
    answer = Browser(web, "linxz").post("/conditions/new", **(FORM | changes))
    assert answer.status_code in (400, 404)
    assert said in answer.text


def test_another_client_finds_no_page_of_it(scene: Scene, web: TestClient[Litestar]) -> None:
    line = asyncio.run(scene.confirm())
    browser = Browser(web, "zhoums")
    assert web.get(f"/conditions/{line.id}").status_code == 404
    for act in ("pause", "resume", "cancel"):
        assert browser.post(f"/conditions/{line.id}/{act}").status_code == 404
    assert line.id not in web.get("/conditions").text
    assert asyncio.run(scene.detail(line.id)).condition.state == "active"
