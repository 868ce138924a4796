"""The client's pages without a browser: who gets in, what is said, and that nothing is inline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from tests.investor.stall import Stall, make_stall
from tests.partners.brokerage import BANK_PASSWORD, CASH_PASSWORD, DAY, PASSWORD
from yunquan.clearing import store as dues_store
from yunquan.clearing.types import Due
from yunquan.counter.types import ResumeTrading, StopTrading
from yunquan.desk.readers import NoticeWatch
from yunquan.evidence.store import list_shown
from yunquan.investor.pages.figures import clock, moment, spark_points

PAGES = (
    "/",
    "/?q=ljyh",
    "/?q=nothing-like-it",
    "/stocks/600519.SH",
    "/stocks/688981.SH?side=sell&price=99.70&qty=300",
    "/stocks/000001.SZ?price=abc&qty=-5",
    "/orders",
    "/orders?view=history",
    "/orders?view=fills",
    "/assets",
    "/conditions",
    "/conditions?view=ended",
    "/conditions/new",
    "/conditions/new?symbol=ljyh",
    "/conditions/new?symbol=000001.SZ",
    "/conditions/new?symbol=000001.SZ&kind=timed",
    "/conditions/new?symbol=000001.SZ&kind=grid&base=abc",
    "/transfer",
    "/banks",
    "/transfer?direction=out",
    "/cash",
    "/cash?kind=fee&way=out&from_day=2026-07-13&to_day=2026-07-13",
    "/cash?kind=none",
    "/cash?before=nowhere",
    "/me",
    "/settings",
    "/devices",
    "/permissions",
    "/permissions/star",
    "/suitability",
    "/suitability/questions",
    "/help",
    "/simple",
    "/search",
    "/search?q=600",
    "/search?q=nothing-like-it",
    "/watchlists",
    "/watchlists?at=wl_nobody",
    "/orders?symbol=600519.SH&side=buy&state=open",
    "/orders?view=history&from_day=2026-07-01&to_day=2026-07-31",
    "/orders?view=fills&from_day=not-a-day",
    "/market",
    "/market?sort=change-desc&group=chinext&start=0",
    "/market?sort=price-asc",
    "/market?sort=nothing&group=none&start=-1&industry=none",
)
FRAGMENTS = {
    "/?part=list&q=6005": 'id="instruments"',
    "/stocks/000001.SZ?part=estimate&side=buy&price=11.50&qty=200": 'id="estimate"',
    "/stocks/000001.SZ?part=orders": 'id="own-orders"',
    "/market?part=glance": 'id="glance"',
    "/market?part=listed&sort=turnover": 'id="listed"',
    "/orders?part=listed": 'id="orders"',
    "/orders?part=listed&view=fills": 'id="orders"',
    "/assets?part=owned": 'id="owned"',
    "/conditions?part=listed": 'id="conditions"',
    "/cash?part=now": 'id="cash-now"',
    "/cash?part=listed&kind=trade": 'id="flow"',
    "/transfer?part=listed": 'id="transfer-list"',
    "/transfer?part=explained": 'id="cash-lines"',
}

HTMX = {"HX-Request": "true"}

Client = TestClient[Litestar]


@pytest.fixture(scope="module")
def stall(tmp_path_factory: pytest.TempPathFactory) -> Stall:
    return make_stall(tmp_path_factory.mktemp("stall"))


@pytest.fixture
def visitor(stall: Stall) -> Iterator[Client]:
    with TestClient(
        stall.app, base_url="http://stall.local", raise_server_exceptions=True
    ) as client:
        yield client


@pytest.fixture
def client(visitor: Client) -> Client:
    log_in(visitor, "linxz")
    return visitor


def token_of(html: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', html)
    assert found
    return found[1]


def log_in(visitor: Client, name: str) -> None:
    csrf = token_of(visitor.get("/login").text)
    form = {"csrf": csrf, "login_name": name, "password": PASSWORD}
    answer = visitor.post("/login", data=form, follow_redirects=False)
    assert answer.status_code == 303, answer.text


def post(client: Client, path: str, htmx: bool = True, **form: str) -> Any:
    csrf = token_of(client.get("/me").text)
    headers = {"HX-Request": "true"} if htmx else {}
    return client.post(path, data={"csrf": csrf, **form}, headers=headers, follow_redirects=False)


def first_order(client: Client) -> str:
    found = re.search(r"/orders/(ord_\w+)", client.get("/orders").text)
    assert found
    return found[1]


@pytest.mark.parametrize("path", [*PAGES, *FRAGMENTS])
def test_nobody_gets_in_without_login(visitor: Client, path: str) -> None:
    answer = visitor.get(path, follow_redirects=False)
    assert answer.status_code in (302, 303)
    assert answer.headers["location"].startswith("/login")


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_pages_are_whole_and_strict(client: Client, path: str, locale: str) -> None:
    client.cookies.set("yq_lang", locale)
    answer = client.get(path)
    assert answer.status_code == 200
    html = answer.text
    check_strict(html)
    assert f'<html lang="{locale.replace("_", "-")}"' in html
    assert ("模拟市场" if locale == "zh_CN" else "Simulated market") in html
    # A code without its sentence shows as the code.
    assert not re.search(r"\bui\.(investor|web)\.", html)
    assert not re.search(r">\s*(market|state|order|transfer|step|bank)\.[a-z_.]+\s*<", html)


def check_strict(html: str) -> None:
    assert not re.search(r"\sstyle=", html)
    assert not re.search(r"\son[a-z]+=", html)
    assert "<style" not in html
    assert not re.search(r"<script(?![^>]*\ssrc=)", html)


@pytest.mark.parametrize(("path", "root"), FRAGMENTS.items())
def test_a_fragment_is_also_a_page(client: Client, path: str, root: str) -> None:
    fragment = client.get(path, headers={"HX-Request": "true"}).text
    assert root in fragment
    assert "<html" not in fragment
    page = client.get(path).text
    assert root in page
    assert "<html" in page


def test_a_wrong_password_is_refused_beside_the_fields(visitor: Client) -> None:
    csrf = token_of(visitor.get("/login").text)
    form = {"csrf": csrf, "login_name": "linxz", "password": "wrong-Password-1"}
    answer = visitor.post("/login", data=form)
    assert answer.status_code == 401
    assert 'role="alert"' in answer.text
    assert 'value="linxz"' in answer.text


def test_demo_logins_show_in_demo_mode_only(visitor: Client, stall: Stall) -> None:
    assert PASSWORD in visitor.get("/login").text
    stall.app.state.demo_logins, kept = (), stall.app.state.demo_logins
    try:
        assert PASSWORD not in visitor.get("/login").text
    finally:
        stall.app.state.demo_logins = kept


def test_a_form_without_its_token_changes_nothing(client: Client) -> None:
    answer = client.post(
        "/stocks/000001.SZ/orders", data={"side": "buy", "price": "11", "qty": "100"}
    )
    assert answer.status_code == 403


def test_an_order_is_answered_inline_and_once(client: Client) -> None:
    form = {"key": "k-once", "day": "2026-07-13", "side": "buy", "price": "11.10", "qty": "100"}
    first = post(client, "/stocks/000001.SZ/orders", **form)
    assert 'data-result="taken"' in first.text
    name = re.search(r"ord_\w+", first.text)
    again = post(client, "/stocks/000001.SZ/orders", **form)
    assert name
    assert name[0] in again.text
    plain = post(client, "/stocks/000001.SZ/orders", htmx=False, **form)
    assert plain.headers["location"] == f"/orders/{name[0]}"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"price": "99.00"}, "12.65"),
        ({"price": "11.105"}, "0.01"),
        ({"qty": "50"}, "100"),
        ({"price": "elf"}, "data-result"),
        ({"qty": "ein"}, "data-result"),
        ({"day": "2026-07-10"}, "2026-07-13"),
    ],
)
def test_a_refusal_names_the_rule_and_the_number(
    client: Client, changes: dict[str, str], says: str
) -> None:
    form = {
        "key": f"k-{changes}",
        "day": "2026-07-13",
        "side": "buy",
        "price": "11.10",
        "qty": "100",
    }
    form["key"] = re.sub(r"\W", "", form["key"])
    answer = post(client, "/stocks/000001.SZ/orders", **(form | changes))
    assert answer.status_code == 200
    assert 'class="result bad"' in answer.text
    assert says in answer.text


def test_an_order_tells_its_life_and_can_be_cancelled(client: Client) -> None:
    answer = post(
        client,
        "/stocks/000001.SZ/orders",
        key="k-life",
        day="2026-07-13",
        side="buy",
        price="11.20",
        qty="100",
    )
    name = re.search(r"ord_\w+", answer.text)
    assert name
    life = client.get(f"/orders/{name[0]}").text
    check_strict(life)
    assert 'class="life"' in life
    cancelled = post(client, f"/orders/{name[0]}/cancel", key="c-life")
    assert "pill" in cancelled.text
    assert "<html" not in cancelled.text


def test_anothers_order_does_not_exist(visitor: Client, stall: Stall) -> None:
    log_in(visitor, "linxz")
    theirs = first_order(visitor)
    visitor.cookies.clear()
    log_in(visitor, "zhoums")
    assert visitor.get(f"/orders/{theirs}").status_code == 404
    assert post(visitor, f"/orders/{theirs}/cancel", key="x").status_code == 404


def test_what_is_not_there_is_told_in_the_readers_language(client: Client) -> None:
    client.cookies.set("yq_lang", "en")
    for path in ("/stocks/999999.SH", "/orders/ord_nothing", "/nowhere"):
        answer = client.get(path)
        assert answer.status_code in (400, 404)
        check_strict(answer.text)
        assert "<h1" in answer.text


def test_the_watchlist_keeps_what_was_chosen(client: Client) -> None:
    assert "301499.SZ" in client.get("/?part=list", headers={"HX-Request": "true"}).text
    off = post(client, "/stocks/301499.SZ/watch", watch="off")
    assert 'aria-pressed="false"' in off.text
    listed = client.get("/?part=list", headers={"HX-Request": "true"}).text
    assert "301499.SZ" not in listed
    assert "600519.SH" in listed
    post(client, "/stocks/301499.SZ/watch", watch="on")
    assert "301499.SZ" in client.get("/?part=list", headers={"HX-Request": "true"}).text


def test_looks_are_cookies_and_lead_nowhere_else(client: Client) -> None:
    csrf = token_of(client.get("/me").text)
    for back in ("//evil.example/", "/\\evil.example", "https://evil.example"):
        answer = client.post(
            "/looks", data={"csrf": csrf, "lang": "en", "back": back}, follow_redirects=False
        )
        assert answer.headers["location"] == "/login"
    answer = client.post("/settings", data={"csrf": csrf, "theme": "dark"}, follow_redirects=False)
    assert "yq_theme=dark" in str(answer.headers)
    assert 'data-theme="dark"' in client.get("/me").text


def test_money_in_out_and_refused(client: Client) -> None:
    done = post(client, "/transfer", key="t1", direction="in", amount="2,500.00", bank_password="1")
    assert 'data-result="posted"' in done.text
    assert "2,500.00" in done.text
    asked = {"direction": "out", "amount": "4000000"}
    wrong = post(client, "/transfer", key="t2", cash_password="000001", **asked)
    assert 'data-result="failed"' in wrong.text
    too_much = post(client, "/transfer", key="t2", cash_password=CASH_PASSWORD, **asked)
    assert 'data-result="refused"' in too_much.text
    odd = post(client, "/transfer", key="t3", direction="in", amount="elf")
    assert 'data-result="failed"' in odd.text
    listed = client.get("/transfer").text
    assert "+2,500.00" in listed
    assert 'id="cash-lines"' in listed
    changed = post(client, "/transfer/password", old=CASH_PASSWORD, new="135790")
    assert changed.status_code == 200
    assert 'class="refusal"' not in changed.text
    again = post(client, "/transfer/password", old=CASH_PASSWORD, new="135790")
    assert 'class="refusal"' in again.text


def test_money_at_a_second_bank(client: Client) -> None:
    bind = {"act": "bind", "bank": "yanpu", "bank_account": "6229 9900 0000 0091"}
    wrong = post(client, "/banks", htmx=False, bank_password="0", **bind)
    assert wrong.status_code == 409
    assert 'id="bind-failed"' in wrong.text
    assert 'value="6229 9900 0000 0091"' in wrong.text, "what was typed stays"
    bound = post(client, "/banks", htmx=False, bank_password=BANK_PASSWORD, **bind)
    assert bound.headers["location"] == "/banks?done=bound"
    page = client.get("/banks?done=bound").text
    accounts = re.findall(r'<option value="(8800\d+(?:-\d)?)"', page)
    main, second = accounts[0], accounts[1]
    assert second == f"{main}-1"
    ends = {"act": "move", "account": main, "target": second}
    moved = post(client, "/banks", htmx=False, key="m1", amount="1,000.00", **ends)
    assert moved.headers["location"] == "/banks?done=moved"
    assert "1,000.00" in client.get("/banks").text
    too_much = post(client, "/banks", htmx=False, key="m2", amount="99999999999", **ends)
    assert (too_much.status_code, 'id="move-failed"' in too_much.text) == (409, True)
    foreign = post(client, "/banks", htmx=False, key="m3", amount="1", **ends | {"target": "88"})
    assert foreign.status_code == 404
    out = client.get(f"/transfer?direction=out&account={second}").text
    assert f'name="account" value="{second}"' in out
    paid = post(client, "/transfer", key="t9", account=second, direction="in", amount="400")
    assert 'data-result="posted"' in paid.text
    assert "+400.00" in client.get(f"/transfer?part=listed&account={second}").text
    assert client.get("/transfer?account=880000000099").status_code == 404


def test_a_session_elsewhere_can_be_ended(visitor: Client, stall: Stall) -> None:
    log_in(visitor, "zhoums")
    with TestClient(stall.app, base_url="http://stall.local") as other:
        log_in(other, "zhoums")
        csrf = token_of(other.get("/me").text)
        ends = re.findall(r'action="(/devices/ses_[^"]+)"', other.get("/devices").text)
        assert ends
        for end in ends:
            assert other.post(end, data={"csrf": csrf}, follow_redirects=False).status_code == 303
    assert visitor.get("/assets", follow_redirects=False).status_code in (302, 303)


def test_logging_out_ends_it(client: Client) -> None:
    csrf = token_of(client.get("/me").text)
    assert (
        client.post("/logout", data={"csrf": csrf}, follow_redirects=False).headers["location"]
        == "/login"
    )
    assert client.get("/me", follow_redirects=False).status_code in (302, 303)


def test_times_are_beijings() -> None:
    at_ms = 1_783_996_938_123
    assert moment(at_ms).endswith(clock(at_ms))
    assert clock(0) == "08:00:00"


@pytest.mark.parametrize(
    ("closes", "points"),
    [
        ([], ""),
        (["1.00"], ""),
        (["1.00", "2.00"], "0.0,20.0 56.0,2.0"),
        (["5.00", "5.00"], "0.0,11.0 56.0,11.0"),
    ],
)
def test_a_spark_spans_its_box(closes: list[str], points: str) -> None:
    assert spark_points(closes) == points


def test_islands_stay_small() -> None:
    for room in ("investor", "workbench"):
        for path in Path(f"src/yunquan/{room}/static/islands").glob("*.js"):
            assert len(path.read_text().splitlines()) < 300, path


STRIPPED = ("/", "/stocks/600519.SH", "/orders", "/assets", "/transfer", "/me")


@pytest.mark.parametrize(
    ("scope", "on"),
    [
        ("all", STRIPPED),
        ("SH", STRIPPED),
        ("600519.SH", ("/stocks/600519.SH",)),
        ("SZ", tuple(path for path in STRIPPED if path != "/stocks/600519.SH")),
    ],
)
def test_a_stop_is_told_on_every_page_it_concerns(
    client: Client, stall: Stall, scope: str, on: tuple[str, ...]
) -> None:
    submit, desk = stall.brokerage.submit, stall.brokerage.desk
    client.cookies.set("yq_lang", "en")
    submit(StopTrading(f"staff:stop-{scope}", scope, "Basis 7", "停一会儿", "Back at two"))
    try:
        desk.watch = NoticeWatch(desk.counters, desk.clock)
        for path in STRIPPED:
            html = client.get(path).text
            check_strict(html)
            assert ("Back at two" in html.split("<main")[0]) is (path in on), path
        if "600519" in scope or scope in ("all", "SH"):
            html = client.get("/stocks/600519.SH?part=estimate", headers=HTMX).text
            assert "No new orders for now: Back at two" in html
    finally:
        submit(ResumeTrading(f"staff:resume-{scope}", scope, "Basis 8"))
        desk.watch = NoticeWatch(desk.counters, desk.clock)
    assert "Back at two" not in client.get("/stocks/600519.SH").text


def test_what_stood_before_the_client_is_kept_with_the_order(client: Client, stall: Stall) -> None:
    words = "确认委托 买入 临江银行 11.10 100 股"
    form = {"key": "seen-1", "day": "2026-07-13", "side": "buy", "price": "11.10", "qty": "100"}
    post(client, "/stocks/000001.SZ/orders", **form, shown=words, ticked="confirmed")
    brokerage = stall.brokerage
    account = next(iter(brokerage.accounts.values()))
    with brokerage.desk.database.read() as tx:
        found = [one for one in list_shown(tx, account, 0, 2**53, 100) if "seen-1" in one.ref]
    (kept,) = found
    assert kept.body["shown"] == words
    assert (kept.body["price"], kept.ticked) == ("11.10", ("confirmed",))


def test_what_is_owed_is_told_until_it_is_paid(client: Client, stall: Stall) -> None:
    assert 'id="dues"' not in client.get("/assets").text
    brokerage = stall.brokerage
    due = Due("due:1", brokerage.accounts["linxz"], DAY, "fee", "firm:commission", "o1", 500, 321)
    with brokerage.desk.database.transaction() as tx:
        dues_store.insert_dues(tx, "0", [due])
    html = client.get("/assets").text
    check_strict(html)
    shown = html.partition('id="dues"')[2].partition("</section>")[0]
    assert "3.21" in shown
    assert DAY in shown
    with brokerage.desk.database.transaction() as tx:
        dues_store.save_due_left(tx, "due:1", 0)
    assert 'id="dues"' not in client.get("/assets").text


@pytest.mark.parametrize(
    ("order", "way"),
    [
        ("side=buy&price=11.10&qty=900000", "/transfer"),
        ("side=buy&price=11.10&qty=100", ""),
        ("side=sell&price=11.10&qty=900000", ""),
    ],
)
def test_a_refusal_for_want_of_money_leads_to_the_bank(
    client: Client, order: str, way: str
) -> None:
    html = client.get(f"/stocks/000001.SZ?part=estimate&{order}", headers=HTMX).text
    assert ('href="/transfer"' in html) is bool(way), html
