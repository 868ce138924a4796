"""The client's own things: lists, settings, devices, orders by the table, and nobody else's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar.testing import TestClient

from tests.investor.stall import Stall, make_stall
from tests.investor.test_pages import Client, log_in, post, token_of
from tools.icons import FOLDER, SIZES, png
from yunquan.desk.rules.lists import check_period, csv_text, safe_cell, wanted_of
from yunquan.desk.types import OrderFilter
from yunquan.kernel.errors import Refused

LIST_ID = re.compile(r"wl_[0-9A-Za-z]+")


@pytest.fixture(scope="module")
def stall(tmp_path_factory: pytest.TempPathFactory) -> Stall:
    return make_stall(tmp_path_factory.mktemp("face"))


@pytest.fixture
def client(stall: Stall) -> Iterator[Client]:
    with TestClient(stall.app, base_url="http://stall.local") as client:
        log_in(client, "linxz")
        yield client


@pytest.fixture
def other(stall: Stall) -> Iterator[Client]:
    with TestClient(stall.app, base_url="http://stall.local") as client:
        log_in(client, "zhoums")
        yield client


def make_list(client: Client, name: str) -> str:
    made = post(client, "/watchlists", htmx=False, name=name)
    assert made.status_code == 303, made.text
    found = LIST_ID.search(made.headers["location"])
    assert found
    return found[0]


def symbols_of(client: Client, which: str) -> list[str]:
    html = client.get(f"/watchlists?at={which}").text
    return list(dict.fromkeys(re.findall(r'name="symbol" value="([^"]+)"', html)))


def test_a_list_is_filled_put_in_order_renamed_and_dropped(client: Client) -> None:
    which = make_list(client, "看好")
    for symbol in ("600519.SH", "000001.SZ", "600519.sh"):
        post(client, f"/watchlists/{which}", htmx=False, do="add", symbol=symbol)
    assert symbols_of(client, which) == ["600519.SH", "000001.SZ"]
    post(client, f"/watchlists/{which}", htmx=False, do="down", symbol="600519.SH")
    assert symbols_of(client, which) == ["000001.SZ", "600519.SH"]
    post(client, f"/watchlists/{which}", htmx=False, do="remove", symbol="000001.SZ")
    assert symbols_of(client, which) == ["600519.SH"]
    assert "600519.SH" in client.get(f"/?list={which}").text
    taken = post(client, "/watchlists", htmx=False, name="看好")
    assert taken.status_code == 400
    post(client, f"/watchlists/{which}", htmx=False, do="rename", name="长期")
    assert "长期" in client.get("/watchlists").text
    post(client, f"/watchlists/{which}", htmx=False, do="drop")
    assert which not in client.get("/watchlists").text


@pytest.mark.parametrize("wish", ["add", "remove", "up", "rename", "drop"])
def test_anothers_list_cant_be_seen_or_touched(client: Client, other: Client, wish: str) -> None:
    which = make_list(client, f"mine {wish}")
    post(client, f"/watchlists/{which}", htmx=False, do="add", symbol="600519.SH")
    form = {"do": wish, "symbol": "600519.SH", "name": "theirs"}
    assert post(other, f"/watchlists/{which}", htmx=False, **form).status_code == 404
    assert f"mine {wish}" not in other.get(f"/watchlists?at={which}").text
    assert other.get(f"/?list={which}").status_code == 404
    assert symbols_of(client, which) == ["600519.SH"]


def test_anothers_session_cant_be_ended(client: Client, other: Client, stall: Stall) -> None:
    with TestClient(stall.app, base_url="http://stall.local") as phone:
        log_in(phone, "linxz")
        (mine,) = set(re.findall(r"/devices/(ses_\w+)/end", client.get("/devices").text)) - set(
            re.findall(r"/devices/(ses_\w+)/end", phone.get("/devices").text)
        )
        assert post(other, f"/devices/{mine}/end", htmx=False).status_code == 404
        assert phone.get("/me", follow_redirects=False).status_code == 200
        assert post(client, "/devices/others/end", htmx=False).status_code == 303
        assert phone.get("/me", follow_redirects=False).status_code in (302, 303)


def test_settings_are_kept_with_the_client(client: Client, stall: Stall) -> None:
    post(client, "/settings", htmx=False, elder="on")
    post(client, "/settings", htmx=False, default_qty="300")
    post(client, "/settings", htmx=False, confirms="off")
    assert post(client, "/settings", htmx=False, default_qty="-1").status_code == 400
    assert post(client, "/settings", htmx=False, theme="pink").status_code == 400
    with TestClient(stall.app, base_url="http://stall.local") as fresh:
        csrf = token_of(fresh.get("/login").text)
        form = {"csrf": csrf, "login_name": "linxz", "password": "correct-Horse-7"}
        opened = fresh.post("/login", data=form, follow_redirects=False)
        assert opened.headers["location"] == "/simple"
        page = fresh.get("/stocks/600519.SH").text
    assert 'data-confirms="no"' in page
    assert " data-elder" in page
    assert 'name="qty" value="300"' in page
    post(client, "/settings", htmx=False, elder="off", confirms="on", default_qty="")


def test_orders_are_cancelled_together_and_exported(client: Client) -> None:
    for number in range(2):
        placed = post(
            client,
            "/stocks/000001.SZ/orders",
            key=f"together-{number}",
            side="buy",
            price="11.50",
            qty="100",
        )
        assert 'data-result="taken"' in placed.text
    page = client.get("/orders?symbol=000001.SZ&state=open").text
    assert len(re.findall(r'id="row-', page)) >= 2
    assert 'id="row-' not in client.get("/orders?symbol=688981.SH").text
    asked = post(client, "/orders/cancel", htmx=False, key="all-1", symbol="000001.SZ")
    assert asked.status_code == 303
    assert re.search(r"cancels=[2-9]\.0", asked.headers["location"])
    day = "2026-07-13"
    table = client.get(f"/orders/export?what=orders&from_day={day}&to_day={day}")
    assert table.headers["content-type"].startswith("text/csv")
    assert table.content.startswith(b"\xef\xbb\xbf")
    assert table.text.count("000001.SZ") >= 2
    odd = client.get("/orders/export?from_day=x&to_day=y", follow_redirects=False)
    assert odd.status_code == 303


def test_another_sees_none_of_it(client: Client, other: Client) -> None:
    post(client, "/stocks/000001.SZ/orders", key="own", side="buy", price="11.50", qty="100")
    table = other.get("/orders/export?from_day=2026-07-13&to_day=2026-07-13").text
    assert "000001.SZ" not in table
    post(other, "/orders/cancel", htmx=False, key="all-2", symbol="")
    assert 'data-state="cancelled"' not in client.get("/orders?state=open").text


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("@x", "'@x"),
        ("-cmd", "'-cmd"),
        ("\tx", "'\tx"),
        ("-12.50", "-12.50"),
        ("海棠", "海棠"),
        (None, ""),
    ],
)
def test_no_cell_is_a_formula(cell: str | None, safe: str) -> None:
    assert safe_cell(cell) == safe


def test_a_table_keeps_commas_and_quotes() -> None:
    assert csv_text(["a", "b"], [['x,"y"', 1]]) == '\ufeffa,b\r\n"x,""y""",1\r\n'


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        (OrderFilter(), False),
        (OrderFilter(symbol="600519.SH", side="sell", state="open"), False),
        (OrderFilter(side="both"), True),
        (OrderFilter(state="lost"), True),
        (OrderFilter(from_day="2026-02-30"), True),
        (OrderFilter(from_day="2026-03-02", to_day="2026-03-01"), True),
        (OrderFilter(symbol="'; drop"), True),
    ],
)
def test_a_filter_means_something(asked: OrderFilter, refused: bool) -> None:
    assert isinstance(wanted_of(asked), Refused) is refused


def test_a_period_has_two_ends_and_at_most_a_year() -> None:
    assert check_period("2026-01-01", "2026-12-31") is None
    assert check_period("", "2026-12-31")
    too_long = check_period("2025-01-01", "2026-12-31")
    assert too_long
    assert too_long.code == "orders.period_too_long"


@pytest.mark.parametrize("size", SIZES)
def test_the_icons_are_those_drawn(size: int) -> None:
    assert Path(FOLDER / f"icon-{size}.png").read_bytes() == png(size)


def test_what_the_browser_keeps_is_nobodys(client: Client) -> None:
    worker = client.get("/sw.js").text
    shell = re.search(r"SHELL = (\[.*?\]);", worker)
    assert shell
    assert all(path.startswith("/static/") for path in re.findall(r'"([^"]+)"', shell[1]))
    offline = client.get("/offline").text
    assert "linxz" not in offline
    icons = client.get("/manifest.webmanifest").json()["icons"]
    assert [client.get(icon["src"]).status_code for icon in icons] == [200, 200]
