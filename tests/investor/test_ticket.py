"""The ticket and what becomes of it: kinds by the hour, ranges, units, what waits, both times."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from tests.investor.stall import Stall, make_stall, set_time
from tests.investor.test_pages import check_strict, log_in, post
from yunquan.desk.types import Estimate, KindView, TicketFields
from yunquan.market.rules import seconds_of

Client = TestClient[Litestar]
MAIN_SH, MAIN_SZ, GOLD, CONVERTIBLE = "600519.SH", "000001.SZ", "518880.SH", "113050.SH"


@pytest.fixture(scope="module")
def stall(tmp_path_factory: pytest.TempPathFactory) -> Stall:
    return make_stall(tmp_path_factory.mktemp("stall"))


@pytest.fixture
def client(stall: Stall) -> Iterator[Client]:
    set_time(stall.brokerage, stall.market, "continuous", 38_538)
    with TestClient(stall.app, base_url="http://stall.local") as visitor:
        visitor.cookies.set("yq_lang", "en")
        log_in(visitor, "linxz")
        yield visitor
    set_time(stall.brokerage, stall.market, "continuous", 38_538)


def at(stall: Stall, phase: str, time: str) -> None:
    set_time(stall.brokerage, stall.market, phase, seconds_of(time))


def kinds(stall: Stall, symbol: str) -> dict[str, KindView]:
    return {kind.kind: kind for kind in stall.brokerage.desk.instrument(symbol, "en").kinds}


@pytest.mark.parametrize(
    ("phase", "time", "symbol", "now", "waits"),
    [
        ("pre_open", "20:15:00", MAIN_SH, set(), {"limit"}),
        ("opening_call", "09:16:00", MAIN_SH, {"limit"}, set()),
        ("continuous", "10:00:00", MAIN_SH, {"limit", "best5_cancel", "counter_best"}, set()),
        ("continuous", "10:00:00", CONVERTIBLE, {"limit"}, set()),
        ("lunch", "11:45:00", MAIN_SH, set(), {"limit"}),
        ("closed", "17:00:00", MAIN_SH, set(), set()),
    ],
)
def test_what_is_taken_by_the_hour(
    stall: Stall, phase: str, time: str, symbol: str, now: set[str], waits: set[str]
) -> None:
    at(stall, phase, time)
    found = kinds(stall, symbol)
    assert now <= {name for name, kind in found.items() if kind.now}
    assert waits <= {name for name, kind in found.items() if kind.waits}
    if not now:
        assert not any(kind.now for kind in found.values())
    for kind in found.values():
        assert bool(kind.when) is kind.waits
        assert kind.about
        assert kind.max_qty > 0


def test_a_night_order_says_when_it_goes_out(client: Client, stall: Stall) -> None:
    at(stall, "pre_open", "20:15:00")
    page = client.get(f"/stocks/{GOLD}?qty=300&price=10.00").text
    check_strict(page)
    assert "Night order: goes out at 09:15" in page
    assert re.search(
        r'<option value="best5_cancel"[^>]* disabled', client.get(f"/stocks/{MAIN_SH}").text
    )
    form = {"key": "night", "day": "2026-07-13", "side": "buy", "price": "10.00", "qty": "300"}
    taken = post(client, f"/stocks/{GOLD}/orders", kind="limit", **form)
    assert 'data-result="taken"' in taken.text
    assert "goes out at 09:15" in taken.text
    assert "Buy 300 units" in taken.text
    name = re.search(r"ord_\w+", taken.text)
    assert name
    life = client.get(f"/orders/{name[0]}").text
    assert "goes out at 09:15" in life
    assert "Exchange time" in life
    assert "2026-07-13 20:15:00" in life
    assert "Our time (Beijing)" in life
    listed = client.get("/orders").text
    assert "sent when the exchange takes it" in listed


def test_a_kind_that_names_no_price(client: Client) -> None:
    page = client.get(f"/stocks/{MAIN_SZ}?kind=own_best&qty=100").text
    assert "names no price" not in page
    assert 'data-takes="yes"' in page
    form = {"key": "own", "day": "2026-07-13", "side": "buy", "qty": "100", "kind": "own_best"}
    taken = post(client, f"/stocks/{MAIN_SZ}/orders", **form)
    assert 'data-result="taken"' in taken.text
    name = re.search(r"ord_\w+", taken.text)
    assert name
    life = client.get(f"/orders/{name[0]}").text
    assert "Worst price" in life
    assert "12.65" in life
    assert "Own side&#39;s best" in client.get("/orders").text


def test_a_protection_price_is_called_so(client: Client, stall: Stall) -> None:
    ask = stall.brokerage.desk.quote("603375.SH", "en").asks[0].price
    form = {"key": "five", "day": "2026-07-13", "side": "buy", "qty": "100", "price": ask}
    taken = post(client, "/stocks/603375.SH/orders", kind="best5_cancel", **form)
    name = re.search(r"ord_\w+", taken.text)
    assert name, taken.text
    assert "Protection price" in client.get(f"/orders/{name[0]}").text
    assert "protected" in client.get("/orders").text


@pytest.mark.parametrize(
    ("symbol", "unit", "sentence"),
    [
        (MAIN_SH, "shares", "(T+1)"),
        (GOLD, "units", "(T+0)"),
        (CONVERTIBLE, "bonds", "(T+0)"),
    ],
)
def test_units_and_when_it_can_be_sold(
    client: Client, symbol: str, unit: str, sentence: str
) -> None:
    page = client.get(f"/stocks/{symbol}").text
    assert f"Quantity ({unit})" in page
    assert re.search(rf"Can buy [\d,]+ {unit}", page)
    assert sentence in page
    assert ("(T+0)" in page) is (sentence == "(T+0)")


def estimate(stall: Stall, symbol: str, **fields: Any) -> Estimate:
    base = {"side": "buy", "price": "0", "qty": 100} | fields
    account = stall.brokerage.accounts["linxz"]
    ticket = TicketFields(symbol, **base)
    return asyncio.run(stall.brokerage.desk.estimate(account, ticket, "en"))


def test_the_range_is_known_before_it_is_hit(client: Client, stall: Stall) -> None:
    buy, sell = (estimate(stall, MAIN_SZ, side=side) for side in ("buy", "sell"))
    assert (buy.price_low, sell.price_high) == ("10.35", "12.65")
    assert buy.caged
    assert sell.caged
    assert float(buy.price_high or 0) < 12.65
    assert float(sell.price_low or 0) > 10.35
    # At the bound it passes, one tick beyond it doesn't.
    above = f"{float(buy.price_high or 0) + 0.01:.2f}"
    assert estimate(stall, MAIN_SZ, price=buy.price_high).reason is None
    refused = estimate(stall, MAIN_SZ, price=above).reason
    assert refused
    assert refused.code == "order.above_cage"
    html = client.get(f"/stocks/{MAIN_SZ}?price={above}").text
    assert f"Valid up to {buy.price_high}" in html
    assert 'data-for-slot="price"' in html
    nameless = estimate(stall, MAIN_SZ, kind="own_best", price="")
    assert (nameless.price_low, nameless.price_high, nameless.caged) == (None, None, False)
    at(stall, "opening_call", "09:16:00")
    quiet = estimate(stall, MAIN_SZ)
    assert (quiet.price_low, quiet.price_high, quiet.caged) == ("10.35", "12.65", False)


def test_the_kinds_alone_for_a_page_whose_phase_changed(client: Client, stall: Stall) -> None:
    at(stall, "lunch", "11:45:00")
    html = client.get(
        f"/stocks/{MAIN_SH}?part=kinds&kind=limit", headers={"HX-Request": "true"}
    ).text
    assert 'id="kinds"' in html
    assert "<html" not in html
    assert "sent later" in html
    assert "not now" in html
