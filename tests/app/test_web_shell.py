"""The shell around pages: cookies, forged requests, languages, errors for people, static files."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar, Request, Router, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect, Response
from litestar.testing import RequestFactory, TestClient

from tests.partners.brokerage import PASSWORD, Brokerage
from tests.partners.conftest import brokerage
from yunquan.app.web import drain
from yunquan.app.web.doors import device_label
from yunquan.app.web.operate import is_local
from yunquan.app.web.reader import preferred
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.errors import Unauthorised, Unavailable

__all__ = ["brokerage"]
PAGE = """<!doctype html><html lang="{{ lang }}"><body>
<p id="csrf">{{ csrf }}</p>
{% block part %}<b>{{ t("session.needed") }}|{{ theme }}|{{ colours }}</b>{% endblock %}
<script src="{{ static_url('face/a.js') }}"></script></body></html>"""


@get("/login", opt={"who": "anyone"})
async def login_page(templates: NamedDependency[Any]) -> Response[str]:
    return templates.page("face/page.html")


@post("/login", opt={"who": "anyone"})
async def log_in(
    request: Request[Any, Any, Any], doors: NamedDependency[Any], templates: NamedDependency[Any]
) -> Response[Any]:
    form = await request.form()
    try:
        opened = await doors.log_in(request, "client", form["name"], form["password"])
    except Unauthorised as error:
        return templates.page("face/page.html", status=error.status)
    return doors.keep(request, Redirect("/home", status_code=303), opened)


@get("/home", opt={"who": "client"})
async def home(templates: NamedDependency[Any]) -> Response[str]:
    return templates.page("face/page.html", "part")


@post("/act", opt={"who": "client"})
async def act(request: Request[Any, Any, Any]) -> str:
    return str(dict(await request.form()).get("what", ""))


@post("/logout", opt={"who": "anyone"})
async def log_out(request: Request[Any, Any, Any], doors: NamedDependency[Any]) -> Response[Any]:
    return await doors.leave(request, Redirect("/login", status_code=303))


@get("/staff/desk", opt={"who": "staff"})
async def staff_desk() -> str:
    return "desk"


@get("/busy", opt={"who": "anyone"})
async def busy() -> None:
    raise Unavailable("counter.busy")


@get("/broken", opt={"who": "anyone"})
async def broken() -> None:
    raise RuntimeError("secret detail")


FACE = (login_page, log_in, home, act, log_out, staff_desk, busy, broken)


@pytest.fixture
def face(tmp_path: Path) -> Path:
    folder = tmp_path / "face"
    (folder / "templates").mkdir(parents=True)
    (folder / "static" / "islands").mkdir(parents=True)
    (folder / "templates" / "page.html").write_text(PAGE)
    (folder / "static" / "a.js").write_text("export const a = 1;\n" * 100)
    (folder / "static" / "islands" / "b.js").write_text("import '../a.js';")
    (folder / "static" / ".hidden").write_text("no")
    return folder


@pytest.fixture
def app(brokerage: Brokerage, face: Path) -> Litestar:
    router = Router("/", route_handlers=FACE, include_in_schema=False)
    return brokerage.app([router], rooms={"face": face})


@pytest.fixture
def browser(app: Litestar) -> Iterator[TestClient[Litestar]]:
    with TestClient(app, raise_server_exceptions=False, base_url="https://yq.example") as client:
        client.headers["accept"] = "text/html"
        yield client


def token_in(page: Any) -> str:
    return page.text.partition('<p id="csrf">')[2].partition("</p>")[0]


def enter(browser: TestClient[Litestar], name: str = "linxz") -> Any:
    token = token_in(browser.get("/login"))
    form = {"name": name, "password": PASSWORD, "csrf": token}
    return browser.post("/login", data=form, follow_redirects=False)


def test_a_browser_logs_in_acts_and_leaves(browser: TestClient[Litestar]) -> None:
    entered = enter(browser)
    assert (entered.status_code, entered.headers["location"]) == (303, "/home")
    cookie = entered.headers["set-cookie"]
    for part in ("yq_session=", "HttpOnly", "SameSite=lax", "Secure", "Path=/", "Max-Age=43200"):
        assert part in cookie
    assert "strict-transport-security" in entered.headers
    token = token_in(browser.get("/home"))
    assert browser.post("/act", data={"what": "x", "csrf": token}).text == "x"
    assert browser.post("/act", headers={"X-CSRF-Token": token}).status_code == 201
    left = browser.post("/logout", data={"csrf": token}, follow_redirects=False)
    assert left.status_code == 303
    assert browser.get("/home", follow_redirects=False).status_code == 303


@pytest.mark.parametrize("token", ["", "x", "0" * 64])
def test_a_forged_request_changes_nothing(browser: TestClient[Litestar], token: str) -> None:
    enter(browser)
    for kwargs in (
        {"data": {"what": "x", "csrf": token}},
        {"headers": {"X-CSRF-Token": token}},
        {"json": {}, "headers": {"X-CSRF-Token": token}},
        {"content": b"what=x", "headers": {"Content-Type": "text/plain"}},
    ):
        answer = browser.post("/act", **kwargs)
        assert answer.status_code == 403
        assert "session.forged_request" in answer.text


def test_the_api_under_a_cookie_needs_the_token_too(
    browser: TestClient[Litestar], brokerage: Brokerage
) -> None:
    enter(browser)
    token = token_in(browser.get("/home"))
    path = "/api/v1/me/watchlist/600519.SH"
    assert browser.put(path).json()["code"] == "session.forged_request"
    assert browser.put(path, headers={"X-CSRF-Token": token}).status_code == 200
    cross = {"X-CSRF-Token": token, "Sec-Fetch-Site": "cross-site"}
    assert browser.put(path, headers=cross).json()["code"] == "request.cross_site"
    bearer = {"Authorization": f"Bearer {browser.cookies['yq_session']}"}
    assert browser.put(path, headers=bearer).status_code == 200


def test_a_token_is_of_one_session(app: Litestar, browser: TestClient[Litestar]) -> None:
    enter(browser)
    theirs = token_in(browser.get("/home"))
    with TestClient(app, base_url="https://yq.example") as other:
        other.headers["accept"] = "text/html"
        enter(other, "zhoums")
        assert other.post("/act", headers={"X-CSRF-Token": theirs}).status_code == 403


def test_a_login_form_is_of_one_browser(app: Litestar, browser: TestClient[Litestar]) -> None:
    token = token_in(browser.get("/login"))
    with TestClient(app, base_url="https://yq.example") as other:
        form = {"name": "linxz", "password": PASSWORD, "csrf": token}
        assert other.post("/login", data=form).status_code == 403
        assert other.post("/login", data=form | {"csrf": ""}).status_code == 403


def test_logging_in_again_ends_the_session_before(browser: TestClient[Litestar]) -> None:
    enter(browser)
    before = browser.cookies["yq_session"]
    token = token_in(browser.get("/home"))
    form = {"name": "linxz", "password": PASSWORD, "csrf": token}
    assert browser.post("/login", data=form, follow_redirects=False).status_code == 303
    browser.cookies.clear()
    answer = browser.get("/api/v1/me", headers={"Authorization": f"Bearer {before}"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("path", "door"),
    [("/home", "/login?next=/home"), ("/staff/desk", "/staff/login?next=/staff/desk")],
)
def test_a_page_leads_to_its_door(browser: TestClient[Litestar], path: str, door: str) -> None:
    led = browser.get(path, follow_redirects=False)
    assert (led.status_code, led.headers["location"]) == (303, door)
    swapped = browser.get(path, headers={"HX-Request": "true"}, follow_redirects=False)
    assert (swapped.status_code, swapped.headers["hx-redirect"]) == (401, door.partition("?")[0])


def test_an_ended_session_leads_to_the_door(
    browser: TestClient[Litestar], clock: ManualClock
) -> None:
    enter(browser)
    clock.advance(31 * 60)
    assert browser.get("/home", follow_redirects=False).status_code == 303


def test_a_client_at_the_staffs_door(browser: TestClient[Litestar]) -> None:
    enter(browser)
    answer = browser.get("/staff/desk")
    assert answer.status_code == 403
    assert "text/html" in answer.headers["content-type"]


def test_errors_for_people(browser: TestClient[Litestar]) -> None:
    for path, status, said in (
        ("/nowhere", 404, "没有这个页面"),
        ("/busy", 503, "counter.busy"),
        ("/broken", 500, "故障编号"),
    ):
        answer = browser.get(path)
        assert (answer.status_code, said in answer.text) == (status, True), answer.text
        assert "secret" not in answer.text
        assert "<style" not in answer.text
        assert "style=" not in answer.text
    assert browser.delete("/home").status_code in (403, 405)
    assert "There is no such page" in browser.get("/nowhere?lang=en").text


def test_language_and_looks(browser: TestClient[Litestar]) -> None:
    assert 'lang="zh-CN"' in browser.get("/login").text
    english = browser.get("/login?lang=en")
    assert 'lang="en"' in english.text
    assert "Please log in" in english.text
    assert "yq_lang=en" in english.headers["set-cookie"]
    assert 'lang="en"' in browser.get("/login").text
    assert 'lang="en"' in browser.get("/login?lang=xx").text
    browser.cookies.set("yq_theme", "dark")
    browser.cookies.set("yq_colours", "<script>")
    assert "|dark|red-up" in browser.get("/login").text


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        ("", "zh_CN"),
        ("en-US,en;q=0.9,zh;q=0.8", "en"),
        ("fr;q=1, en;q=0.2, zh;q=0.7", "zh_CN"),
        ("de", "zh_CN"),
        ("en;q=x", "zh_CN"),
    ],
)
def test_the_browsers_language(header: str, locale: str) -> None:
    assert preferred(header) == locale


def test_a_fragment_is_a_block_of_the_page(browser: TestClient[Litestar]) -> None:
    enter(browser)
    whole = browser.get("/home")
    part = browser.get("/home", headers={"HX-Request": "true"})
    assert part.text.startswith("<b>")
    assert part.text.strip() in whole.text
    assert "HX-Request" in whole.headers["vary"]
    assert whole.headers["cache-control"] == "private, no-store"


def test_static_files_are_kept_for_ever_under_their_hash(browser: TestClient[Litestar]) -> None:
    address = browser.get("/login").text.partition('src="')[2].partition('"')[0]
    fresh = browser.get(address)
    assert fresh.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert fresh.headers["content-type"] == "text/javascript; charset=utf-8"
    assert fresh.headers["content-encoding"] == "gzip"
    plain = browser.get(address, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == fresh.text
    beside = address.replace("a.js", "islands/b.js")
    assert browser.get(beside).status_code == 200
    old = "/static/000000000000/face/a.js"
    assert browser.get(old).headers["cache-control"] == "no-cache"
    root = address.removesuffix("a.js")
    for name in ("nope.js", ".hidden", "../templates/page.html", "..%2ftemplates%2fpage.html"):
        assert browser.get(root + name).status_code == 404


def test_packing_is_worth_it(face: Path) -> None:
    body = (face / "static" / "a.js").read_bytes()
    assert len(gzip.compress(body)) < len(body)


def test_health_names_what_does_not_serve(brokerage: Brokerage, clock: ManualClock) -> None:
    said = {"bank": ""}

    async def bank() -> str:
        return said["bank"]

    async def down() -> str:
        raise Unavailable("bank.unreachable")

    with TestClient(brokerage.app(probes={"bank": bank})) as client:
        answer = client.get("/health")
        parts = {"database": "ok", "counters": "ok", "market": "ok", "bank": "ok"}
        assert (answer.status_code, answer.json()) == (200, {"status": "ok", "parts": parts})
        said["bank"] = "link down"
        assert client.get("/health").status_code == 200
        clock.advance(1)
        answer = client.get("/health")
        assert (answer.status_code, answer.json()["parts"]["bank"]) == (503, "link down")
        drain(client.app)
        assert client.get("/health").json()["status"] == "draining"
    with TestClient(brokerage.app(probes={"bank": down})) as client:
        assert client.get("/health").json()["parts"]["bank"] == "bank.unreachable"


def test_metrics_are_for_this_machine(browser: TestClient[Litestar], brokerage: Brokerage) -> None:
    browser.get("/login")
    browser.get("/home", follow_redirects=False)
    text = browser.get("/metrics").text
    assert 'yunquan_http_requests_total{method="GET",route="/login",status="200"} 1.0' in text
    assert 'yunquan_http_seconds_bucket{le="+Inf",route="/login"} 1.0' in text
    assert 'yunquan_counter_invariant_faults{counter="0"} 0.0' in text
    assert browser.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 404
    with TestClient(brokerage.app(metrics_open=True)) as client:
        assert client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 200
    for address, local in (("127.0.0.1", True), ("::1", True), ("192.0.2.1", False), ("x", False)):
        request = RequestFactory().get("/metrics")
        request.scope["client"] = (address, 5)
        assert is_local(request) is local


def test_behind_a_proxy_its_last_word_counts(brokerage: Brokerage) -> None:
    headers = {"X-Forwarded-For": "10.0.0.1, 192.0.2.7", "X-Forwarded-Proto": "https"}
    body = {"login_name": "linxz", "password": PASSWORD}
    for behind_proxy, address, https in ((True, "192.0.2.7", True), (False, "testclient", False)):
        with TestClient(brokerage.app(behind_proxy=behind_proxy)) as client:
            answer = client.post("/api/v1/sessions", json=body, headers=headers)
            assert answer.json()["session"]["address"] == address
            assert ("strict-transport-security" in answer.headers) is https


def test_a_route_must_say_who_may_use_it(brokerage: Brokerage) -> None:
    @get("/open")
    async def forgotten() -> str:
        return ""

    async def let_all_in(_request: Request[Any, Any, Any]) -> None:
        """Would hide the gate."""

    with pytest.raises(ValueError, match="who=None"):
        brokerage.app([Router("/", route_handlers=[forgotten])])
    bypass = Router("/x", route_handlers=[busy], before_request=let_all_in)
    with pytest.raises(ValueError, match="hides the gate"):
        brokerage.app([bypass])


@pytest.mark.parametrize(
    ("agent", "label"),
    [
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Chrome/126 Safari/537.36",
            "Chrome, macOS",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) Version/17 Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/126 Mobile Safari/537.36", "Chrome, Android"),
        ("curl/8.5.0", "curl"),
        ("", ""),
        ("<script>", ""),
    ],
)
def test_devices_are_named_for_people(agent: str, label: str) -> None:
    assert device_label(agent) == label
