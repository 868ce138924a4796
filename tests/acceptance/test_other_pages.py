"""Calls, figures, the archive and the witness desk: who sees what, and what they do."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.acceptance.conftest import Client, LogIn, post, token_of
from tests.acceptance.hall import Hall
from yunquan.onboarding.service.calling import QUESTIONS
from yunquan.security import list_looks

EVERYBODY = {"ops", "second", "desk", "audit"}
PAGES = {
    "/staff/callbacks": EVERYBODY,
    "/staff/depository": EVERYBODY - {"desk"},
    "/staff/witness": EVERYBODY,
    "/staff/funnel": EVERYBODY - {"desk"},
    "/staff/archive": EVERYBODY - {"desk"},
}
YES = {f"q-{name}": "yes" for name in QUESTIONS}


@pytest.mark.parametrize("name", sorted(EVERYBODY))
@pytest.mark.parametrize("path", sorted(PAGES))
def test_who_sees_a_page(staff: LogIn, path: str, name: str) -> None:
    assert staff(name).get(path).status_code == (200 if name in PAGES[path] else 403)


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("path", [*sorted(PAGES), "/verify"])
def test_every_word_has_its_text(staff: LogIn, path: str, locale: str) -> None:
    browser = staff("ops")
    browser.cookies.set("yq_lang", locale)
    html = browser.get(path).text
    browser.cookies.set("yq_lang", "en")
    assert re.findall(r"\bui\.[a-z_.]+", html) == []


def test_a_client_is_called_back(hall: Hall, staff: LogIn) -> None:
    browser, app = staff("desk"), hall.apps["opened"]
    path = f"/staff/callbacks/{app}"
    assert path in browser.get("/staff/callbacks").text
    mobile = hall.scene.person(0).mobile
    assert mobile not in browser.get(path).text
    assert post(browser, f"{path}/number", reason="x").status_code == 400
    assert mobile in post(browser, f"{path}/number", reason="Call-back").text
    with hall.database.read() as tx:
        looks = list_looks(tx, hall.scene.load(app).client)
    assert [one.why for one in looks if one.what == "identity"] == ["Call-back"]
    half = post(
        browser, f"{path}/call", outcome="reached", **{"q-own_will": "yes"}, note="长" * 390
    )
    assert half.status_code == 400
    assert "长" * 390 in half.text, "what was typed stays"
    assert post(browser, f"{path}/call", outcome="nonsense").status_code == 400
    assert post(browser, f"{path}/call", outcome="no_answer").status_code == 303
    assert path in browser.get("/staff/callbacks").text, "still to be called"
    assert post(browser, f"{path}/call", outcome="reached", **YES).status_code == 303
    assert path not in browser.get("/staff/callbacks").text
    assert "Reached, all answered" in browser.get(path).text
    for act in ("number", "call"):
        assert post(staff("audit"), f"{path}/{act}", reason="Because").status_code == 403


def test_who_is_not_opened_is_not_called(hall: Hall, staff: LogIn) -> None:
    path = f"/staff/callbacks/{hall.apps['seconded']}"
    assert post(staff("desk"), f"{path}/call", outcome="reached", **YES).status_code == 409
    assert post(staff("desk"), "/staff/callbacks/app_0/call").status_code in (400, 404)
    assert staff("desk").get("/staff/callbacks/app_0").status_code == 404


def test_the_funnel_counts_by_step(staff: LogIn) -> None:
    browser = staff("audit")
    assert re.search(r'<progress id="bar-card" value="[1-9]', browser.get("/staff/funnel").text)
    nobody = browser.get("/staff/funnel", params={"since": "today", "channel": "nowhere"}).text
    assert "Nobody applied" in nobody
    assert browser.get("/staff/funnel?since=%00&device=" + "x" * 300).status_code == 200


def found_in(browser: Client, **asked: str) -> list[str]:
    html = browser.get("/staff/archive", params=asked).text
    return re.findall(r'href="/staff/archive/(doc_\w+)"', html)


def test_documents_are_found_and_opened_with_a_reason(hall: Hall, staff: LogIn) -> None:
    browser, app = staff("audit"), hall.apps["seconded"]
    documents = found_in(browser, client=app, kind="agreement")
    assert len(documents) >= 8
    path = f"/staff/archive/{documents[0]}"
    assert "A reason is needed" in browser.get(path).text
    assert browser.get(f"{path}/content").status_code == 400
    assert post(browser, path, reason="x").status_code == 400
    assert post(browser, path, reason="Audit 12").status_code == 303
    assert f'href="{path}/content"' in browser.get(path).text
    content = browser.get(f"{path}/content")
    assert content.content.startswith(b"%PDF")
    assert content.headers["cache-control"] == "private, no-store"
    # Somebody else gave no reason.
    assert staff("ops").get(f"{path}/content").status_code == 400
    with hall.database.read() as tx:
        looks = list_looks(tx, app)
    assert any(one.why.startswith("Audit 12") for one in looks)
    assert post(staff("desk"), path, reason="Because").status_code == 403


def test_the_archive_goes_on_page_by_page(staff: LogIn) -> None:
    browser = staff("audit")
    first = browser.get("/staff/archive").text
    following = re.search(r'href="(/staff/archive\?[^"]+after=\d+)" rel="next"', first)
    assert following
    second = browser.get(following[1].replace("&amp;", "&")).text
    links = r'href="/staff/archive/(doc_\w+)"'
    assert not set(re.findall(links, first)) & set(re.findall(links, second))


@pytest.mark.parametrize("path", ["doc_0", "x" * 300, "doc_0/content", "%27OR%201=1"])
def test_documents_nobody_knows(staff: LogIn, path: str) -> None:
    assert staff("ops").get(f"/staff/archive/{path}").status_code == 404


@pytest.mark.parametrize("query", ["?text=a", "?after=x", "?kind=x", "?client=%00", "?from_day=x"])
def test_searches_that_make_no_sense(staff: LogIn, query: str) -> None:
    assert staff("ops").get(f"/staff/archive{query}").status_code in (200, 400)


def send(browser: Client, path: str, body: Any = None) -> Any:
    csrf = token_of(browser.get("/staff/roles").text)
    headers = {"x-csrf-token": csrf, "accept": "application/json"}
    return browser.post(f"/staff/witness/{path}", json=body or {}, headers=headers)


def test_nobody_lets_themselves_witness(hall: Hall, staff: LogIn) -> None:
    ops, desk = staff("ops"), staff("desk")
    assert send(desk, "on").status_code == 403
    mine = {"staff": hall.actor("ops"), "act": "permit"}
    assert post(ops, "/staff/witness/roster", **mine).status_code == 409
    assert post(desk, "/staff/witness/roster", **mine).status_code == 403
    theirs = {"staff": hall.actor("desk"), "act": "permit"}
    assert "witness-desk" not in desk.get("/staff/witness").text.split("<main")[1]
    assert post(ops, "/staff/witness/roster", **theirs).status_code == 303
    assert "<witness-desk" in desk.get("/staff/witness").text
    assert post(ops, "/staff/witness/roster", staff="staff:x", act="permit").status_code == 404


def test_a_call_at_the_desk(hall: Hall, staff: LogIn) -> None:
    desk, app, witness = staff("desk"), hall.apps["young"], hall.scene.witnessing
    post(staff("ops"), "/staff/witness/roster", staff=hall.actor("desk"), act="permit")
    assert send(desk, "next").status_code == 409
    assert send(desk, "on").json()["on_duty"] is True
    with hall.database.transaction(f"applicant:{app}") as tx:
        witness.calls.join(tx, app, "en")
    card = send(desk, "next").json()["card"]
    assert card["owner"] == app
    for step in card["steps"]:
        told = send(desk, f"{card['call']}/answer", {"step": step["code"], "answer": "yes"})
        assert told.status_code == 200
    assert send(desk, f"{card['call']}/answer", {"step": "x"}).status_code == 400
    assert send(desk, f"{card['call']}/decide", {"verdict": "passed"}).status_code == 409
    assert send(desk, f"{card['call']}/decide", {"verdict": "x"}).status_code == 400
    assert send(desk, "wcl_0/decide", {"verdict": "passed"}).status_code == 404
    assert send(desk, f"signals?call={card['call']}", {"kind": "offer", "body": "{}"}).json() == {}
    assert send(staff("ops"), f"{card['call']}/decide", {"verdict": "failed"}).status_code == 403
    assert send(staff("audit"), "on").status_code == 403
    failed = {"verdict": "failed", "reasons": ["not_the_person"]}
    assert send(desk, f"{card['call']}/decide", failed).json()["card"] is None
    assert send(desk, "off").json()["on_duty"] is False
    assert send(desk, "dance").status_code == 404
