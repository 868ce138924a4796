"""Sessions, money, preferences, staff: what each may see and do, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.partners.brokerage import (
    BANK_PASSWORD,
    CASH_PASSWORD,
    CHENSHAN,
    HAIYUAN,
    PASSWORD,
    Brokerage,
    Visitor,
)
from yunquan.bars import record_day_bar, record_ex_right, record_minutes
from yunquan.bars.types import DayBar, ExRight, MinuteBar, MinutesOfDay
from yunquan.kernel.clock import ManualClock
from yunquan.quotes import grant_level

Visit = Callable[[str], Visitor]


def test_a_session_is_listed_and_ended(client: Visitor, visitor: Visit) -> None:
    phone = visitor("linxz")
    items = client.get("/sessions").json()["items"]
    assert [item["current"] for item in items].count(True) == 1
    (other,) = [item["id"] for item in items if not item["current"]]
    assert client.send("DELETE", f"/sessions/{other}", key=None).status_code == 204
    assert phone.get("/me").json()["code"] == "session.unknown"
    assert client.send("DELETE", "/sessions/current", key=None).status_code == 204
    assert client.get("/me").status_code == 401


def test_nobody_ends_anothers_session(client: Visitor, visitor: Visit) -> None:
    other = visitor("zhoums")
    (theirs,) = [item["id"] for item in other.get("/sessions").json()["items"]]
    assert client.send("DELETE", f"/sessions/{theirs}", key=None).status_code == 404
    assert other.get("/me").status_code == 200


def test_wrong_passwords_lock_the_name(client: Visitor, clock: ManualClock) -> None:
    wrong = {"login_name": "zhoums", "password": "wrong-Horse-7"}
    right = wrong | {"password": PASSWORD}
    for left in (4, 3, 2, 1):
        answer = client.client.post("/api/v1/sessions", json=wrong)
        assert (answer.status_code, answer.json()["facts"]["left"]) == (401, left)
    for body in (wrong, right):
        locked = client.client.post("/api/v1/sessions", json=body)
        assert (locked.status_code, locked.json()["code"]) == (403, "login.locked")
        assert int(locked.headers["retry-after"]) > 0
    clock.advance(61)
    assert client.client.post("/api/v1/sessions", json=right).status_code == 201


def test_the_doors_are_apart(client: Visitor, brokerage: Brokerage) -> None:
    as_staff = {"login_name": "linxz", "password": PASSWORD, "kind": "staff"}
    assert client.client.post("/api/v1/sessions", json=as_staff).status_code == 401
    no_code = {"login_name": "ops", "password": PASSWORD, "kind": "staff"}
    assert client.client.post("/api/v1/sessions", json=no_code).status_code == 401
    used = no_code | {"totp_code": brokerage.code("ops")}
    assert client.client.post("/api/v1/sessions", json=used).status_code == 201
    again = client.client.post("/api/v1/sessions", json=used)
    assert (again.status_code, again.json()["code"]) == (401, "login.code_already_used")


def test_a_session_ends_of_idleness_and_of_age(client: Visitor, clock: ManualClock) -> None:
    clock.advance(29 * 60)
    assert client.get("/me").status_code == 200
    clock.advance(30 * 60)
    assert client.get("/me").json()["code"] == "session.idle"
    client.log_in("linxz")
    for _ in range(12 * 60 // 29):
        clock.advance(29 * 60)
        assert client.get("/me").status_code == 200
    clock.advance(29 * 60)
    assert client.get("/me").json()["code"] == "session.expired"


def test_who_one_is(client: Visitor, staff: Visitor) -> None:
    me = client.get("/me").json()
    assert (me["kind"], me["accounts"], me["roles"]) == ("client", [client.account], [])
    them = staff.get("/me").json()
    assert (them["kind"], them["accounts"]) == ("staff", [])
    assert them["roles"] == ["operations", "risk"]


def test_money_comes_and_goes(client: Visitor, brokerage: Brokerage, clock: ManualClock) -> None:
    asked = {"cash_password": CASH_PASSWORD, "bank_password": BANK_PASSWORD}
    body = {"account": client.account, "direction": "in", "amount": "500.50", **asked}
    paid = client.send("POST", "/transfers", body, key="p-1")
    assert (paid.status_code, paid.json()["state"]) == (201, "posted"), paid.text
    assert client.send("POST", "/transfers", body, key="p-1").json()["id"] == paid.json()["id"]
    reused = client.send("POST", "/transfers", body | {"amount": "1.00"}, key="p-1")
    assert (reused.status_code, reused.json()["code"]) == (409, "command.reused")
    assert client.get("/assets").json()["withdrawable"] == "100500.50"
    clock.advance(1)
    out = client.send("POST", "/transfers", body | {"direction": "out", "amount": "200000.00"})
    assert out.json()["state"] == "refused"
    assert out.json()["reason"]["code"].startswith("withdrawal.")
    listed = client.get("/transfers").json()["items"]
    assert [line["id"] for line in listed] == [out.json()["id"], paid.json()["id"]]
    assert client.get(f"/transfers/{paid.json()['id']}").json()["amount"] == "500.50"
    assert client.get("/transfer-terms/in").json()["direction"] == "in"
    assert client.get("/transfer-terms/up").status_code == 400
    brokerage.bank.silent = True
    doubt = client.send("POST", "/transfers", body)
    assert (doubt.status_code, doubt.json()["state"]) == (201, "in_doubt")
    assert "2026-07-13" in doubt.json()["note"], "it says whose file decides"
    coming = client.get("/cash").json()[-1]
    assert (coming["kind"], coming["amount"]) == ("coming_in", "500.50")


def test_passwords_are_asked_for(client: Visitor, clock: ManualClock) -> None:
    body = {"account": client.account, "direction": "out", "amount": "1.00"}
    bare = client.send("POST", "/transfers", body)
    assert (bare.status_code, bare.json()["code"]) == (403, "cash_password.missing")
    wrong = client.send("POST", "/transfers", body | {"cash_password": "000001"}, key="w-1")
    assert (wrong.status_code, wrong.json()["code"]) == (403, "cash_password.wrong")
    right = client.send("POST", "/transfers", body | {"cash_password": CASH_PASSWORD}, key="w-1")
    assert right.json()["state"] == "posted", right.text
    assert client.get("/transfer-terms/out").json()["passwords"] == ["cash"]
    change = {"account": client.account, "old": CASH_PASSWORD, "new": "135790"}
    assert client.send("PUT", "/cash-password", change).status_code == 204
    old = client.send("POST", "/transfers", body | {"cash_password": CASH_PASSWORD})
    assert old.json()["code"] == "cash_password.wrong"


def test_a_second_bank_over_the_api(client: Visitor) -> None:
    body = {"bank": "yanpu", "bank_account": "6229990000000091", "bank_password": "0"}
    wrong = client.send("POST", "/bank-accounts", body)
    assert (wrong.status_code, wrong.json()["code"]) == (409, "bank.wrong_password")
    made = client.send("POST", "/bank-accounts", body | {"bank_password": BANK_PASSWORD})
    second = made.json()["account"]
    assert second == f"{client.account}-1"
    move = {"account": client.account, "target": second, "amount": "100.00"}
    assert client.send("POST", "/moves", move, key="m-1").status_code == 204
    assert client.send("POST", "/moves", move, key="m-1").status_code == 204
    listed = client.get("/bank-accounts").json()
    assert [(one["bank"], one["main"]) for one in listed] == [("simbank", True), ("yanpu", False)]
    assert listed[1]["available"] == "100.00", "moved once"
    foreign = client.send("POST", "/moves", move | {"target": "880000000099"})
    assert foreign.status_code == 404
    assert client.get("/cash", account=second).json()[0]["amount"] == "100.00"


def test_staff_see_doubts_and_reverse_them(
    client: Visitor, staff: Visitor, brokerage: Brokerage
) -> None:
    body = {"account": client.account, "direction": "in", "amount": "9.00", "bank_password": "1"}
    brokerage.bank.silent = True
    doubt = client.send("POST", "/transfers", body).json()
    (seen,) = [one for one in staff.get("/custody").json()["doubts"] if one["may_reverse"]]
    assert (seen["line"]["id"], seen["line"]["amount"]) == (doubt["id"], "9.00")
    path, why = f"/custody/{doubt['id']}/reversal", {"basis": "Client asks"}
    unheard = staff.send("POST", path, why)
    assert (unheard.status_code, unheard.json()["line"]["state"]) == (200, "in_doubt")
    brokerage.bank.silent = False
    done = staff.send("POST", path, why)
    assert (done.json()["line"]["state"], done.json()["proof"]) == ("refused", "reversal")
    assert staff.send("POST", path, why).json() == done.json(), "the same again"
    assert client.get(f"/transfers/{doubt['id']}").json()["reason"]["code"] == "transfer.reversed"
    assert staff.get("/custody").json()["doubts"] == []


@pytest.mark.parametrize("amount", [500, 500.5, "500.505", "-1.00", "0.00", "x"])
def test_malformed_money_is_refused(steady: Visitor, amount: object) -> None:
    body = {"account": steady.account, "direction": "in", "amount": amount}
    answer = steady.send("POST", "/transfers", body)
    assert answer.status_code == 400
    assert answer.json()["code"] in ("money.malformed", "transfer.amount")


def test_preferences_and_watchlist(client: Visitor) -> None:
    looks = {"locale": "en", "theme": "dark", "colours": "green-up"}
    looks |= {"elder": True, "confirms": False, "default_qty": 300}
    assert client.send("PUT", "/me/preferences", looks, key=None).json() == looks
    assert client.get("/me/preferences").json() == looks
    bad = client.send("PUT", "/me/preferences", looks | {"theme": "pink"}, key=None)
    assert (bad.status_code, bad.json()["facts"]["field"]) == (400, "theme")
    assert client.send("PUT", f"/me/watchlist/{CHENSHAN}", key=None).json() == {
        "symbols": [CHENSHAN]
    }
    two = {"symbols": [HAIYUAN, CHENSHAN]}
    assert client.send("PUT", "/me/watchlist", two, key=None).json() == two
    left = client.send("DELETE", f"/me/watchlist/{HAIYUAN}", key=None).json()
    assert left == client.get("/me/watchlist").json() == {"symbols": [CHENSHAN]}
    assert client.send("PUT", "/me/watchlist/999999.SH", key=None).status_code == 404
    twice = {"symbols": [CHENSHAN, CHENSHAN]}
    assert client.send("PUT", "/me/watchlist", twice, key=None).status_code == 400


def test_the_account_tree(steady: Visitor) -> None:
    (cash,) = steady.get("/accounts").json()["items"]
    assert (cash["number"], cash["kind"], cash["currency"]) == (steady.account, "ordinary", "CNY")
    assert {held["market"] for held in cash["securities"]} == {"SH", "SZ"}


def test_the_market(steady: Visitor) -> None:
    market = steady.get("/market").json()
    assert (market["phase"], market["speed"], market["simulated"]) == ("continuous", 10.0, True)
    assert market["phase_text"] != "phase.continuous"
    assert [q["symbol"] for q in steady.get("/instruments").json()["items"]] == [HAIYUAN, CHENSHAN]
    assert [q["symbol"] for q in steady.get("/instruments", q="csjy").json()["items"]] == [CHENSHAN]
    several = steady.get("/instruments", symbols=f"{CHENSHAN},nope,{HAIYUAN}").json()["items"]
    assert [q["symbol"] for q in several] == [CHENSHAN, HAIYUAN]
    one = steady.get(f"/instruments/{CHENSHAN}").json()
    assert (one["limit_up"], one["limit_down"], one["tick"]) == ("110.00", "90.00", "0.01")
    assert len(steady.get(f"/instruments/{CHENSHAN}/quote").json()["bids"]) == 5
    bars = steady.get(f"/instruments/{CHENSHAN}/minutes").json()["bars"]
    assert bars == [["09:31", "100.00", "100.50", "99.50", "100.10", 500, "50000.00"]]
    assert steady.get(f"/instruments/{CHENSHAN}/bars").json()["bars"] == []
    for path in ("", "/quote", "/minutes", "/bars"):
        answer = steady.get(f"/instruments/000000.SH{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "market.unknown_symbol")


def test_level_2_is_refused_until_it_is_granted(client: Visitor, brokerage: Brokerage) -> None:
    for what in ("depth", "trades"):
        refused = client.get(f"/instruments/{CHENSHAN}/{what}")
        assert (refused.status_code, refused.json()["code"]) == (403, "level.needed")
    with brokerage.desk.database.transaction("staff:stf_1") as tx:
        grant_level(tx, str(brokerage.clients["linxz"]), "2026-07-13", "", "contract 1")
    depth = client.get(f"/instruments/{CHENSHAN}/depth").json()
    assert depth["bids"]
    assert client.get(f"/instruments/{CHENSHAN}/trades").json()["symbol"] == CHENSHAN
    assert client.get("/instruments/999999.SH/depth").status_code == 404


def test_bars_come_by_period_and_adjusted(client: Visitor, brokerage: Brokerage) -> None:
    minutes = tuple(MinuteBar(f"09:3{n}", 1, 20_000 + n, 1, 10_000, 100, 5) for n in (1, 5, 6))
    day = DayBar(CHENSHAN, "2026-07-10", 1, 2, 1, 20_000, 5, 6, "simulated", adjusted=False)
    with brokerage.desk.database.transaction() as tx:
        record_minutes(tx, [MinutesOfDay(CHENSHAN, "2026-07-10", minutes)])
        record_day_bar(tx, day)
        record_ex_right(
            tx, ExRight(CHENSHAN, "2026-07-13", 0, Decimal(10), Decimal(0), 0), tick_milli=10
        )
    path = f"/instruments/{CHENSHAN}/bars"
    five = client.get(path, period="5m").json()
    assert [row[0] for row in five["bars"]][:2] == ["2026-07-10 09:35", "2026-07-10 09:40"]
    assert five["bars"][0][2] == "20.005"
    # Today's first minute is there too, as far as it has come.
    assert five["bars"][-1][0] == "2026-07-13 09:35"
    assert client.get(path).json()["bars"][-1][4] == "20.00"
    assert client.get(path, adjust="forward").json()["bars"][-1][4] == "10.00"
    halved = client.get(path, period="60m", adjust="forward").json()["bars"]
    assert halved[0][4] == "5.00"
    assert client.get(path, period="7m").status_code == 400
    assert client.get(path, adjust="sideways").status_code == 400


def test_the_market_at_a_glance(steady: Visitor) -> None:
    glance = steady.get("/market/glance").json()
    assert glance["up"] + glance["down"] + glance["flat"] >= 1
    # Nothing has moved since the day before: nobody leads and nobody lags.
    assert (glance["leaders"], glance["losers"]) == ([], [])
    assert {line["symbol"] for line in glance["busiest"]} >= {CHENSHAN}
    page = steady.get("/market/list", sort="turnover", limit=1).json()
    assert (len(page["items"]), page["next"]) == (1, 1)
    rest = steady.get("/market/list", sort="turnover", start=1, limit=page["total"]).json()
    assert len(rest["items"]) == page["total"] - 1
    assert rest["next"] is None
    assert steady.get("/market/list", group="none").json()["total"] == 0
    assert steady.get("/market/list", sort="luck").status_code == 400
    assert steady.get("/market/list", order="sideways").status_code == 400
    ways = [steady.get("/market/list", sort="price", order=way).json() for way in ("asc", "desc")]
    rising, falling = ([line["symbol"] for line in way["items"]] for way in ways)
    assert rising == falling[::-1]


def test_staff_see_clients_masked_until_they_say_why(staff: Visitor, visitor: Visit) -> None:
    found = staff.get("/staff/clients").json()["items"]
    assert {line["login_name"] for line in found} == {"linxz", "zhoums"}
    assert all("*" in line["id_masked"] and "*" in line["mobile_masked"] for line in found)
    client = staff.brokerage.clients["linxz"]
    path = f"/staff/clients/{client}"
    assert staff.get(path).json()["accounts"] == [staff.brokerage.accounts["linxz"]]
    assert len(staff.get(f"{path}/accounts").json()["items"]) == 1
    empty = staff.send("POST", f"{path}/reveal", {"reason": " "}, key=None)
    assert (empty.status_code, empty.json()["code"]) == (400, "look.reason_needed")
    seen = staff.send("POST", f"{path}/reveal", {"reason": "Client called"}, key=None)
    assert seen.json()["mobile"] == "13800000000"
    looks = visitor("audit").get("/staff/looks", subject=client).json()["items"]
    (look,) = [one for one in looks if one["what"] == "identity"]
    assert [one["what"] for one in looks if not one["why"]] == ["looks", "case"]
    assert (look["why"], look["subject"]) == ("Client called", client)
    assert look["actor"].startswith("staff:")
    for path in ("cli_nope", "x"):
        assert staff.get(f"/staff/clients/{path}").status_code in (400, 404)


def test_staff_restrict_and_freeze(staff: Visitor, client: Visitor, visitor: Visit) -> None:
    path = f"/staff/accounts/{client.account}"
    rule = {"scope": "buy", "basis": "Review 118", "basis_kind": "risk"}
    assert staff.send("POST", f"{path}/restrict", rule, key="r").json()["whole"]
    assert staff.send("POST", f"{path}/restrict", rule, key="r").json()["whole"]
    reused = staff.send("POST", f"{path}/restrict", rule | {"scope": "all"}, key="r")
    assert reused.status_code == 409
    line = client.send("POST", "/orders", client.order()).json()
    assert line["reason"]["code"] == "order.restricted"
    assert staff.get(path).json()["restrictions"] == {"buy": "Review 118"}
    court = {"basis": "Court 118", "basis_kind": "judicial", "document": "118", "authority": "C"}
    freeze = {"asset": "CNY", "amount": "100.00"} | court
    wanted = staff.send("POST", f"{path}/freeze", freeze).json()
    assert staff.get(path).json()["cash"]["held"] == "0.00"
    visitor("second").send("PUT", f"/staff/approvals/{wanted['id']}/agreed", key=None)
    assert staff.get(path).json()["cash"]["held"] == "100.00"
    shares = freeze | {"asset": HAIYUAN, "amount": "100.5"}
    assert staff.send("POST", f"{path}/freeze", shares).json()["code"] == "money.malformed"
    postings = staff.get(f"{path}/postings").json()["items"]
    assert postings[0]["target_bucket"] != postings[0]["source_bucket"]
    reader = visitor("desk")
    assert reader.get(path).status_code == 200
    denied = reader.send("POST", f"{path}/freeze", freeze)
    assert (denied.status_code, denied.json()["code"]) == (403, "staff.role_missing")
    assert reader.get("/staff/looks").status_code == 403


def test_staff_see_orders_and_counters(staff: Visitor, client: Visitor) -> None:
    order = client.send("POST", "/orders", client.order()).json()["id"]
    client.send("POST", "/orders", client.order(price="1.00"))
    path = f"/staff/accounts/{client.account}/orders"
    assert len(staff.get(path, day="today").json()["items"]) == 2
    assert staff.get(f"{path}/{order}/life").json()["order"]["id"] == order
    (counter,) = staff.get("/staff/counters").json()["items"]
    assert counter["refusals"] == {"order.price_below_limit": 1}
    assert (counter["unbalanced"], counter["negative"], counter["reader_lag"]) == ({}, [], 0)
    assert staff.get("/staff/accounts/nope").status_code == 404


def test_staff_stop_a_symbol_and_let_it_go(staff: Visitor, client: Visitor) -> None:
    wish = {
        "scope": CHENSHAN,
        "basis": "Exchange notice 118",
        "notice_zh": "暂停接受新委托",
        "notice_en": "No new orders for now",
    }
    done = staff.send("POST", "/staff/stops", wish, key="s-1")
    assert (done.status_code, done.json()["whole"]) == (200, True), done.text
    assert staff.send("POST", "/staff/stops", wish, key="s-1").json()["id"] == done.json()["id"]
    reused = staff.send("POST", "/staff/stops", wish | {"scope": "SH"}, key="s-1")
    assert (reused.status_code, reused.json()["code"]) == (409, "command.reused")
    refused = client.send("POST", "/orders", client.order()).json()["reason"]
    assert refused["code"] == "order.stopped"
    assert "No new orders for now" in refused["text"]
    board = staff.get("/staff/stops").json()
    assert [(line["scope"], line["by"]) for line in board["stops"]] == [(CHENSHAN, "Ops")]
    assert staff.send("DELETE", f"/staff/stops/{CHENSHAN}").status_code == 400
    over = staff.send("DELETE", f"/staff/stops/{CHENSHAN}", basis="Exchange notice 119")
    assert over.json()["whole"], over.text
    none = staff.send("DELETE", f"/staff/stops/{CHENSHAN}", basis="Exchange notice 119")
    assert (none.status_code, none.json()["code"]) == (409, "stop.none")
    assert client.send("POST", "/orders", client.order()).json()["reason"] is None


def test_the_whole_firm_stops_by_two(staff: Visitor, visitor: Visit) -> None:
    wish = {"scope": "all", "basis": "Board decision 7", "notice_zh": "停", "notice_en": "Stop"}
    made = staff.send("POST", "/staff/stops", wish).json()
    assert (made["state"], made["may_agree"]) == ("open", False)
    path = f"/staff/proposals/{made['id']}"
    own = staff.send("PUT", f"{path}/agreed", key=None)
    assert (own.status_code, own.json()["code"]) == (409, "proposal.own")
    reader, second = visitor("desk"), visitor("second")
    assert reader.get("/staff/stops").json()["proposals"][0]["id"] == made["id"]
    for method, where, body in (
        ("POST", "/staff/stops", wish),
        ("POST", "/staff/gateway", {name: wish[name] for name in wish if name != "scope"}),
        ("PUT", f"{path}/agreed", None),
        ("PUT", f"{path}/declined", None),
        ("DELETE", "/staff/stops/all", None),
    ):
        denied = reader.send(method, where, body)
        assert (denied.status_code, denied.json()["code"]) == (403, "staff.role_missing"), where
    agreed = second.send("PUT", f"{path}/agreed", key=None).json()
    assert (agreed["whole"], agreed["decided_by"]) == (True, "Second")
    (stop,) = staff.get("/staff/stops").json()["stops"]
    assert (stop["scope"], stop["by"], stop["second"]) == ("all", "Ops", "Second")
    back = second.send("DELETE", "/staff/stops/all", basis="Board decision 8").json()
    declined = staff.send("PUT", f"/staff/proposals/{back['id']}/declined", key=None).json()
    assert declined["state"] == "declined"
    assert staff.get("/staff/stops").json()["stops"]
