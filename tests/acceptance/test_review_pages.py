"""The queue and one application: who sees what, two people, reasons before looks."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.acceptance.conftest import LogIn, post
from tests.acceptance.hall import Hall
from yunquan.onboarding.types import State
from yunquan.security import list_looks

QUEUE = "/staff/openings"


def version_in(html: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', html)
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("name", "status"), [("ops", 200), ("second", 200), ("audit", 200), ("desk", 403)]
)
def test_who_sees_the_queue(hall: Hall, staff: LogIn, name: str, status: int) -> None:
    browser = staff(name)
    assert browser.get(QUEUE).status_code == status
    assert browser.get(f"{QUEUE}/{hall.apps['fresh']}").status_code == status


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_the_queue_says_whose_turn_it_is(hall: Hall, staff: LogIn, locale: str) -> None:
    browser = staff("ops")
    browser.cookies.set("yq_lang", locale)
    html = browser.get(QUEUE).text
    browser.cookies.set("yq_lang", "en")
    assert hall.apps["seconded"] in html
    assert ("Second look" if locale == "en" else "待复审") in html
    assert hall.scene.person(9).name not in html
    assert "ui.acceptance." not in html
    assert 'class="opening"' not in browser.get(f"{QUEUE}?state=lapsed").text
    assert hall.apps["young"] in browser.get(f"{QUEUE}?state=filling").text


def test_who_it_is_stays_masked_until_a_reason(hall: Hall, staff: LogIn) -> None:
    browser, app = staff("audit"), hall.apps["fresh"]
    person, path = hall.scene.person(3), f"{QUEUE}/{hall.apps['fresh']}"
    secrets = (person.name, person.number, person.mobile, person.address, "芷兰路 12 号")
    html = browser.get(path).text
    assert [secret for secret in secrets if secret in html] == []
    assert post(browser, f"{path}/identity", reason="ab").status_code == 400
    shown = post(browser, f"{path}/identity", reason="Audit 7")
    assert [secret for secret in secrets if secret not in shown.text] == []
    with hall.database.read() as tx:
        looks = list_looks(tx, app)
    assert [one.why for one in looks if one.what == "identity"] == ["Audit 7"]
    assert person.number not in browser.get(path).text


def test_pictures_stay_blank_until_a_reason(hall: Hall, staff: LogIn) -> None:
    browser, path = staff("audit"), f"{QUEUE}/{hall.apps['passed']}"
    assert "/documents/" not in browser.get(path).text
    assert post(browser, f"{path}/pictures", reason="  x ").status_code == 400
    assert "/documents/" not in browser.get(path).text
    assert post(browser, f"{path}/pictures", reason="Sample 3").status_code == 303
    html = browser.get(path).text
    pictures = re.findall(r'<img src="([^"]+)"', html)
    assert len(pictures) == 4
    for url in pictures:
        answer = browser.get(url)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["content-type"].startswith("image/")
        # Somebody else gave no reason.
        assert staff("ops").get(url).status_code == 400
        # Nor is it another's document.
        assert browser.get(url.replace(hall.apps["passed"], hall.apps["fresh"])).status_code == 404
    with hall.database.read() as tx:
        looks = list_looks(tx, hall.apps["passed"])
    assert sum(one.why.startswith("Sample 3") for one in looks) == 4


def test_a_film_comes_in_parts(hall: Hall, staff: LogIn) -> None:
    browser, path = staff("ops"), f"{QUEUE}/{hall.apps['passed']}"
    shut = browser.get(path).text
    assert "<video" not in shut
    # What the machine saw stands there before, and leads to its second once the film is open.
    assert "For a while no face is in the picture." in shut
    assert "1:12" in shut
    assert "data-film-at" not in shut
    assert post(browser, f"{path}/pictures", what="film", reason="Review").status_code == 303
    page = browser.get(path).text
    assert 'data-film-at="72"' in page
    found = re.search(r'<video[^>]+src="([^"]+)"', page)
    assert found
    whole = browser.get(found[1])
    size = len(whole.content)
    part = browser.get(found[1], headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{size}"
    last = browser.get(found[1], headers={"range": "bytes=-7"})
    assert last.content == whole.content[-7:]
    beyond = browser.get(found[1], headers={"range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    assert browser.get(found[1], headers={"range": "bytes=x"}).content == whole.content


def test_audit_decides_nothing(hall: Hall, staff: LogIn) -> None:
    browser, path = staff("audit"), f"{QUEUE}/{hall.apps['seconded']}"
    assert "/opinion" not in browser.get(path).text
    for act in ("take", "opinion", "witness"):
        assert post(browser, f"{path}/{act}", verdict="approve").status_code == 403


def test_a_recording_is_judged_before_the_application(hall: Hall, staff: LogIn) -> None:
    browser, app = staff("ops"), hall.apps["fresh"]
    path = f"{QUEUE}/{app}"
    assert post(browser, f"{path}/take").status_code == 303
    html = browser.get(path).text
    assert "witness has to pass" in html
    early = post(browser, f"{path}/opinion", verdict="approve", version=version_in(html))
    assert early.status_code == 409
    assert post(browser, f"{path}/witness", verdict="failed").status_code == 400
    # A film that nobody has open can't be passed, whatever is sent.
    assert post(browser, f"{path}/witness", verdict="passed").status_code == 400
    assert post(browser, f"{path}/pictures", what="film", reason="Review").status_code == 303
    assert post(browser, f"{path}/witness", verdict="passed").status_code == 303
    assert "witness has to pass" not in browser.get(path).text
    assert post(browser, f"{path}/witness", verdict="passed").status_code == 303
    second = staff("second")
    assert post(second, f"{path}/pictures", what="film", reason="Review").status_code == 303
    assert post(second, f"{path}/witness", verdict="passed").status_code == 409


def test_two_people_who_agree(hall: Hall, staff: LogIn) -> None:
    ops, second = staff("ops"), staff("second")
    path = f"{QUEUE}/{hall.apps['passed']}"
    assert post(ops, f"{path}/take").status_code == 303
    assert "is on it" in second.get(path).text
    assert post(second, f"{path}/take").status_code == 409
    html = ops.get(path).text
    said: dict[str, Any] = {"verdict": "approve", "version": version_in(html), "note": "fine"}
    assert post(ops, f"{path}/opinion", **said).status_code == 303
    again = post(ops, f"{path}/opinion", **said)
    assert again.status_code == 409
    assert "somebody else" in ops.get(path).text
    stale = post(second, f"{path}/opinion", **said)
    assert stale.status_code == 409, "it has changed since that page"
    shown = second.get(path).text
    assert "First look by Ops" in shown, shown[shown.find("act-title") :][:3000]
    fresh = said | {"version": version_in(stale.text)}
    assert post(second, f"{path}/opinion", **fresh).status_code == 303
    assert hall.scene.load(hall.apps["passed"]).state is State.OPENING
    assert "nothing to review" in ops.get(path).text


def test_a_return_needs_its_reasons(hall: Hall, staff: LogIn) -> None:
    browser, path = staff("ops"), f"{QUEUE}/{hall.apps['other']}"
    version = version_in(post(browser, f"{path}/take") and browser.get(path).text)
    none = post(browser, f"{path}/opinion", verdict="return", version=version, note="笔" * 400)
    assert none.status_code == 400
    assert "笔" * 400 in none.text, "what was typed stays"
    wrong = post(browser, f"{path}/opinion", verdict="return", version=version, code=["nonsense"])
    assert wrong.status_code == 400
    codes = ["card_unclear", "details_incomplete"]
    done = post(browser, f"{path}/opinion", verdict="return", version=version, code=codes)
    assert done.status_code == 303
    one = hall.scene.load(hall.apps["other"])
    assert (one.state, one.round) == (State.FILLING, 2)


@pytest.mark.parametrize(
    "path",
    [
        "/staff/openings/app_0",
        "/staff/openings/" + "x" * 300,
        "/staff/openings/%27%20OR%201=1",
        "/staff/openings/app_0/documents/doc_0",
        "/staff/openings/..%2F..%2Fetc",
    ],
)
def test_ids_nobody_knows(staff: LogIn, path: str) -> None:
    assert staff("ops").get(path).status_code == 404


@pytest.mark.parametrize("query", ["?after=x", "?after=9.%27", "?state=%00", "?after=" + "9" * 300])
def test_places_that_make_no_sense(staff: LogIn, query: str) -> None:
    assert staff("ops").get(f"{QUEUE}{query}").status_code == 200


@pytest.mark.parametrize("act", ["take", "opinion", "identity", "pictures", "witness"])
def test_acts_on_what_nobody_knows(staff: LogIn, act: str) -> None:
    form = {"verdict": "approve", "version": "1", "reason": "because"}
    assert post(staff("ops"), f"{QUEUE}/app_0/{act}", **form).status_code == 404


def test_hits_of_others_are_left_alone(hall: Hall, staff: LogIn) -> None:
    path = f"{QUEUE}/{hall.apps['seconded']}/hits"
    for hit, act in (("hit_0", "clear"), ("hit_0", "shout")):
        answer = post(staff("ops"), f"{path}/{hit}/{act}", why="somebody else")
        assert answer.status_code == 404
