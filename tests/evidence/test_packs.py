"""Packs over a whole brokerage: everything about the client in it, nothing of others, and whatever
is changed afterwards shows.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.counter.desk import BUY
from tests.fixtures_database import NewDatabase
from tests.partners.brokerage import CHENSHAN, Brokerage, Visitor, evidence_of, make_brokerage
from yunquan.counter.types import PlaceOrder
from yunquan.evidence import Evidence, rules, verify_against_log, verify_pack
from yunquan.evidence.adapters.archive import packed, unpacked
from yunquan.evidence.service.shown import LARGEST_BODY
from yunquan.evidence.types import Finding, NewShown
from yunquan.kernel.errors import Invalid, NotFound
from yunquan.kernel.proof import HeadSigner

REASON = "Complaint 7 of the client"


@pytest.fixture(params=["sqlite", "postgresql"])
def made(
    request: pytest.FixtureRequest, new_database: NewDatabase, tmp_path: Path
) -> Iterator[Brokerage]:
    found = make_brokerage(new_database(request.param), tmp_path)
    yield found
    found.passwords.close()


@pytest.fixture
def office(made: Brokerage) -> Evidence:
    return evidence_of(made.desk, made.folder)


def filled_order(made: Brokerage, owner: str) -> str:
    account, client = made.accounts[owner], made.clients[owner]
    command = PlaceOrder(
        f"client:{client}:tap-1", account, CHENSHAN, BUY, 100_000, 100, made.driver.state.day
    )
    order = made.submit(command).order
    made.report("accepted", order)
    made.report("filled", order, 100_000, 100)
    return order


def screen(made: Brokerage, owner: str) -> NewShown:
    return NewShown(
        made.clients[owner],
        made.accounts[owner],
        "order",
        f"client:{made.clients[owner]}:tap-1",
        "ses_1",
        "127.0.0.1",
        "zh_CN",
        {"symbol": CHENSHAN, "price": "100.00", "qty": 100, "total": "10,005.10"},
        ("risk_read",),
    )


def made_pack(made: Brokerage, office: Evidence) -> bytes:
    asyncio.run(office.keep(screen(made, "linxz")))
    asyncio.run(office.keep(screen(made, "zhoums")))
    order = filled_order(made, "linxz")
    filled_order(made, "zhoums")
    line = office.make("staff:stf_1", "k1", office.about_order(order), REASON)
    return office.archive(str(line.id))


def wrong(findings: list[Finding]) -> list[str]:
    return [finding.what for finding in findings if not finding.holds]


def test_a_pack_holds_the_whole_story_and_verifies(made: Brokerage, office: Evidence) -> None:
    data = made_pack(made, office)
    files = unpacked(data)
    assert {rules.SHOWN_FILE, rules.ORDERS_FILE, rules.EVENTS_FILE, "postings.json"} <= set(files)
    events = [json.loads(line) for line in files[rules.EVENTS_FILE].splitlines()]
    told = {event["event"] for event in events}
    assert {
        "evidence.shown_kept@1",
        "counter.order_placed@1",
        "counter.order_accepted@1",
        "counter.order_filled@1",
        "counter.account_opened@1",
        "clients.client_registered@1",
    } <= told
    (order,) = json.loads(files[rules.ORDERS_FILE])
    assert (order["filled"], len(order["fills"]), order["kind"]) == (100, 1, "limit")
    (shown,) = json.loads(files[rules.SHOWN_FILE])
    assert shown["ticked"] == ["risk_read"]
    rules_path = f"rules/{made.driver.state.day}/{CHENSHAN}.json"
    assert json.loads(files[rules_path])["zh_CN"]["rules"]
    assert wrong(verify_pack(data)) == []
    logs = {"rooms": made.desk.database, "counter-0": made.desk.database}
    assert wrong(verify_against_log(data, logs)) == []


def test_nothing_of_another_client_is_in_it(made: Brokerage, office: Evidence) -> None:
    files = unpacked(made_pack(made, office))
    for path, body in files.items():
        assert made.accounts["zhoums"].encode() not in body, path
        assert made.clients["zhoums"].encode() not in body, path


def test_a_pack_of_a_span(made: Brokerage, office: Evidence) -> None:
    made_pack(made, office)
    now_ms = made.driver.now_ms()
    scope = office.about_account(made.accounts["linxz"], now_ms - 3_600_000, now_ms + 1)
    line = office.make("staff:stf_1", "k2", scope, REASON)
    data = office.archive(str(line.id))
    assert len(json.loads(unpacked(data)[rules.ORDERS_FILE])) == 1
    assert wrong(verify_pack(data)) == []
    assert line in office.lines()
    assert line.digest == rules.sm3(data)


def test_made_once_for_a_key(made: Brokerage, office: Evidence) -> None:
    data = made_pack(made, office)
    order = office.lines()[0].order
    again = office.make("staff:stf_1", "k1", office.about_order(order), "Another reason")
    assert (len(office.lines()), office.archive(str(again.id))) == (1, data)


def altered(data: bytes, path: str, change: Callable[[bytes], bytes]) -> bytes:
    files = unpacked(data)
    files[path] = change(files[path])
    return packed(files)


def test_whatever_is_changed_shows(made: Brokerage, office: Evidence) -> None:
    data = made_pack(made, office)
    for path in unpacked(data):
        if path == rules.SIGNATURE:
            continue
        changed = altered(data, path, lambda body: body.replace(b"1", b"2", 1) + b"\n")
        try:
            assert wrong(verify_pack(changed)), path
        except Invalid as refused:
            assert refused.code == "evidence.archive"
    files = unpacked(data)
    assert wrong(verify_pack(packed(files | {"more.json": b"{}"})))
    assert wrong(verify_pack(packed({k: v for k, v in files.items() if k != "postings.json"})))


def test_signed_anew_by_somebody_else_shows_against_the_known_key(
    made: Brokerage, office: Evidence, tmp_path: Path
) -> None:
    data = made_pack(made, office)
    ours = HeadSigner(made.folder / "keys" / "log-head.pem").public_pem()
    assert wrong(verify_pack(data, ours)) == []
    stranger = HeadSigner(tmp_path / "stranger.pem")
    assert wrong(verify_pack(data, stranger.public_pem()))
    files = unpacked(data)
    signature = json.loads(files[rules.SIGNATURE])
    signature["signature"] = stranger.sign_bytes(files[rules.MANIFEST])
    signature["public_key"] = stranger.public_pem().decode()
    forged = packed(files | {rules.SIGNATURE: json.dumps(signature).encode()})
    assert wrong(verify_pack(forged)) == [], "by itself it can't know whose key is right"
    assert wrong(verify_pack(forged, ours))


def test_records_that_are_not_in_the_log_show(made: Brokerage, office: Evidence) -> None:
    data = made_pack(made, office)
    assert wrong(verify_against_log(data, {}))
    manifest = json.loads(unpacked(data)[rules.MANIFEST])
    manifest["records"][0]["hash"] = "00" * 32
    changed = altered(data, rules.MANIFEST, lambda _: json.dumps(manifest).encode())
    assert wrong(verify_against_log(changed, {"rooms": made.desk.database}))


def test_refusals(made: Brokerage, office: Evidence) -> None:
    with pytest.raises(NotFound):
        office.about_order("ord_none")
    with pytest.raises(NotFound):
        office.about_account("6999999999", 0, 1000)
    for span in ((5, 5), (5, 4), (0, 10**12)):
        with pytest.raises(Invalid, match=r"evidence\.span"):
            office.about_account(made.accounts["linxz"], *span)
    scope = office.about_account(made.accounts["linxz"], 1, 1000)
    with pytest.raises(Invalid, match=r"evidence\.reason"):
        office.make("staff:stf_1", "k", scope, "  x ")
    with pytest.raises(NotFound):
        office.archive("evp_none")
    with pytest.raises(Invalid, match=r"evidence\.too_large"):
        asyncio.run(office.keep(replace(screen(made, "linxz"), body={"text": "x" * LARGEST_BODY})))


def test_many_screens_at_once_are_each_kept(made: Brokerage, office: Evidence) -> None:
    async def story() -> None:
        rows = await asyncio.gather(*(office.keep(screen(made, "linxz")) for _ in range(300)))
        assert len({row.id for row in rows}) == 300

    asyncio.run(story())


@pytest.mark.parametrize("name", ["linxz", "desk", ""])
def test_only_risk_and_audit_reach_packs(
    name: str, visitor: Callable[[str], Visitor], brokerage: Brokerage
) -> None:
    stranger = visitor(name)
    body = {"reason": REASON, "account": brokerage.accounts["linxz"], "from_ms": 1, "to_ms": 9}
    for answer in (
        stranger.get("/staff/evidence-packs"),
        stranger.get("/staff/evidence-packs/evp_1"),
        stranger.send("POST", "/staff/evidence-packs", body),
    ):
        assert answer.status_code in (401, 403), answer.text


def test_through_the_api(visitor: Callable[[str], Visitor], brokerage: Brokerage) -> None:
    auditor = visitor("audit")
    now_ms = brokerage.driver.now_ms()
    body = {
        "reason": REASON,
        "account": brokerage.accounts["linxz"],
        "from_ms": now_ms - 1000,
        "to_ms": now_ms + 1000,
    }
    made = auditor.send("POST", "/staff/evidence-packs", body, key="one")
    assert made.status_code == 200, made.text
    assert auditor.send("POST", "/staff/evidence-packs", body, key="one").json() == made.json()
    data = auditor.get(f"/staff/evidence-packs/{made.json()['id']}").content
    assert wrong(verify_pack(data)) == []
    nothing = auditor.send("POST", "/staff/evidence-packs", {"reason": REASON})
    assert nothing.json()["code"] == "evidence.about_nothing"
