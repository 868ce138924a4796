"""An account's day, its links, the book it acted in, cases like its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from tests.cases.test_rules import alert
from tests.partners.brokerage import DAY, HAIYUAN, Brokerage, Visitor, quote
from yunquan.app.event_kinds import event_kinds
from yunquan.cases import Cases
from yunquan.cases.service import fold
from yunquan.counter.types import CancelOrder, PlaceOrder
from yunquan.dossier.readers import DOORKEEPING
from yunquan.dossier.types import AccountDay, LinkKind, Strand
from yunquan.kernel.clock import to_ms
from yunquan.kernel.errors import Invalid, NotFound
from yunquan.kernel.events import EventCodec
from yunquan.kernel.readers import catch_up
from yunquan.kernel.transaction import ROOMS_STREAM
from yunquan.kernel.zone import day_of
from yunquan.quotes import TapeWriter
from yunquan.quotes.rules.ticks import row_of
from yunquan.quotes.types import Trade
from yunquan.rulebook import RuleBook
from yunquan.security.events import LoggedIn, LoginFailed
from yunquan.surveillance import store
from yunquan.surveillance.types import AlertView

NUMBERS = {"position.opposite.m5": 400_400_000.0, "position.cancel_amount_share.m5": 0.857}


@dataclass
class Scene:
    """A client who trades, and what surveillance made of it."""

    brokerage: Brokerage
    account: str
    number: int = 0

    @property
    def now_ms(self) -> int:
        return to_ms(self.brokerage.desk.clock.now())

    @property
    def today(self) -> AccountDay:
        return self.brokerage.dossier().day(self.account, day_of(self.now_ms), "en")

    def place(self, key: str, account: str, side: int, price: int, qty: int = 100) -> str:
        command = PlaceOrder(f"c:{key}", account, HAIYUAN, side, price, qty, DAY)
        return str(self.brokerage.submit(command).order)

    def alert(self, account: str, kind: str = "spoofing", **numbers: float) -> tuple[str, str]:
        """One as the monitor writes it; it and its case."""
        self.number += 1
        database = self.brokerage.desk.database
        one = AlertView(
            f"alt_{self.number}", self.now_ms, "spoofing.opposite", 1, kind, 3, False, "position",
            account, HAIYUAN, "", "", self.now_ms, False, NUMBERS | numbers,
        )  # fmt: skip
        with database.transaction("surveillance") as tx:
            store.insert_alerts(tx, [one], self.now_ms)
            told = alert(kind, 3, account=account)
            case = fold(tx, msgspec.structs.replace(told, alert=one.id, rule=one.rule))
        assert case
        return one.id, case.id

    def at_the_door(self, account: str, address: str, device: str, *, fails: bool = False) -> None:
        database = self.brokerage.desk.database
        with database.transaction("test") as tx:
            from yunquan.clients import owner_of
            from yunquan.security import find_principal_of

            owner = owner_of(tx, account)
            found = find_principal_of(tx, str(owner))
            assert found
            if fails:
                tx.emit(LoginFailed(str(found.id), "client", address, "login.failed", 1))
            else:
                tx.emit(LoggedIn(str(found.id), "client", "ses_x", address, device))
        kinds = EventCodec(event_kinds().values())
        catch_up(DOORKEEPING, ROOMS_STREAM, database, database, kinds)


@pytest.fixture
def scene(brokerage: Brokerage, client: Visitor) -> Scene:
    RuleBook(brokerage.desk.database, brokerage.desk.clock).begin()
    return Scene(brokerage, client.account)


def test_a_day_in_one_line_of_time(scene: Scene, brokerage: Brokerage) -> None:
    advance: Any = brokerage.desk.clock
    filled = scene.place("a", scene.account, 1, 10_010, 300)
    advance.advance(1)
    brokerage.report("accepted", filled)
    brokerage.report("filled", filled, 10_010, 100)
    advance.advance(1)
    brokerage.submit(CancelOrder("c:b", scene.account, filled))
    brokerage.report("cancelled", filled, 0, 200)
    advance.advance(1)
    scene.place("refused", scene.account, 1, 99_000, 300)
    scene.at_the_door(scene.account, "10.0.0.9", "Chrome", fails=True)
    scene.at_the_door(scene.account, "10.0.0.9", "Chrome")
    advance.advance(1)
    _, case = scene.alert(scene.account)
    shown = scene.today
    assert [one.at_ms for one in shown.entries] == sorted(one.at_ms for one in shown.entries)
    told = [(str(one.strand), one.title) for one in shown.entries if one.strand != Strand.STAFF]
    for wanted in (
        ("cash", "100000.00 CNY in from the bank"),
        ("order", "Order: buy 300 Haiyuan Bank at 10.01"),
        ("fill", "Filled: bought 100 Haiyuan Bank at 10.01"),
        ("cancel", "Cancel asked: buy 300 Haiyuan Bank at 10.01"),
        ("cancel", "Cancelled: buy 200 Haiyuan Bank at 10.01"),
        ("refusal", "Refused: buy 300 Haiyuan Bank at 99.00"),
        ("door", "Login failed"),
        ("door", "Logged in"),
        ("alert", "Cancelled on one side, traded on the other"),
        ("case", "Opened"),
    ):
        assert wanted in told, wanted
    alerted = next(one for one in shown.entries if one.strand is Strand.ALERT)
    assert (alerted.link, alerted.grade) == (case, 3)
    assert "85.7%" in alerted.detail
    refused = next(one for one in shown.entries if one.strand is Strand.REFUSAL)
    assert "above" in refused.detail.lower() or "limit" in refused.detail.lower()
    assert sum(shown.counts.values()) == len(shown.entries)
    assert "林" not in shown.name or "*" in shown.name
    assert brokerage.dossier().day(scene.account, "2020-01-02", "en").entries == ()
    with pytest.raises(NotFound, match=r"account\.unknown"):
        brokerage.dossier().day("6999999999", DAY, "en")
    with pytest.raises(Invalid, match=r"dossier\.day"):
        brokerage.dossier().day(scene.account, "yesterday", "en")


def test_links_name_their_reasons(scene: Scene, brokerage: Brokerage) -> None:
    other = brokerage.add_client("other", "990101199003077006", 10**8)
    third = brokerage.add_client("third", "990101199003077014", 10**8)
    far = brokerage.add_client("far", "990101199003077022", 10**8)
    stranger = brokerage.add_client("stranger", "990101199003077030", 10**8)
    for account, address, device in (
        (scene.account, "10.0.0.1", "Chrome, macOS"),
        (other, "10.0.0.1", "Chrome, macOS"),
        (third, "10.0.0.1", "Safari, iOS"),
        (other, "10.0.0.7", "Firefox, Linux"),
        (far, "10.0.0.7", "Firefox, Linux"),
        (stranger, "10.9.9.9", "Chrome, macOS"),
    ):
        scene.at_the_door(account, address, device)
    # Each other's counterpart: one execution, two of our orders.
    bought = scene.place("m1", scene.account, 1, 10_010)
    sold = scene.place("m2", other, 2, 10_010)
    for order in (bought, sold):
        brokerage.report("accepted", order)
        number = next(brokerage.reports)
        brokerage.submit(_fill(order, number))
    scene.alert(other)
    links = {one.account: one for one in brokerage.dossier().links(scene.account, "en")}
    assert links.keys() == {other, third, far}
    kinds = {name: {reason.kind for reason in one.reasons} for name, one in links.items()}
    assert kinds[other] == {LinkKind.DEVICE, LinkKind.MATCHED}
    assert kinds[third] == {LinkKind.ADDRESS}
    assert kinds[far] == {LinkKind.GROUP}
    assert links[other].cases == 1
    assert links[other].strength > links[far].strength
    assert links[other].strength > links[third].strength
    matched = next(one for one in links[other].reasons if one.kind is LinkKind.MATCHED)
    assert matched.text == "1 trades with each other, 1001.00 CNY"
    assert links[far].reasons[0].text.startswith("One group: shares a device (Firefox, Linux")
    assert brokerage.dossier().links(stranger, "en") == ()


def _fill(order: str, number: int) -> Any:
    from yunquan.counter.types import VenueReport

    return VenueReport(f"g:{number}", "g", number, "filled", order, "E777", 10_010, 100, "")


def test_one_bank_account_is_one_hand(scene: Scene, brokerage: Brokerage) -> None:
    from yunquan.funding.store import bindings

    other = brokerage.add_client("other", "990101199003077006")
    with brokerage.desk.database.transaction() as tx:
        mine = tx.execute(bindings.select().where(bindings.c.account == scene.account)).one()
        values = {"bank_account": mine.bank_account}
        tx.execute(bindings.update().where(bindings.c.account == other).values(values))
    (link,) = brokerage.dossier().links(scene.account, "en")
    assert (link.account, link.strength) == (other, 95)
    assert link.reasons[0].kind is LinkKind.CARD
    assert mine.bank_account[-4:] in link.reasons[0].text
    assert mine.bank_account not in link.reasons[0].text


def test_the_book_around_an_alert_with_its_orders_in_it(scene: Scene, brokerage: Brokerage) -> None:
    clock: Any = brokerage.desk.clock
    writer = TapeWriter(brokerage.folder / "tape")
    order = ""
    began_ms = scene.now_ms
    for number in range(20):
        rows = [row_of(quote(HAIYUAN, 10_000 + 10 * (number % 3), number), scene.now_ms)]
        if number % 4 == 0:
            at = f"{DAY}T09:45:00.000+08:00"
            rows.append(row_of(Trade(HAIYUAN, 100 + number, at, 10_010, 200, "B"), scene.now_ms))
        writer.write(DAY, rows, scene.now_ms)
        if number == 5:
            order = scene.place("spoof", scene.account, 1, 9_990, 600)
            brokerage.report("accepted", order)
        if number == 12:
            brokerage.submit(CancelOrder("c:x", scene.account, order))
            brokerage.report("cancelled", order, 0, 600)
        clock.advance(2)
    writer.close()
    at_ms = began_ms + 20_000
    found = brokerage.dossier().replay(scene.account, HAIYUAN, at_ms, "en", 30, 30)
    assert (found.name, len(found.frames), len(found.trades)) == ("Haiyuan Bank", 20, 5)
    assert found.frames[0].bids[0] == ("9.99", 100)
    (own,) = found.orders
    assert (own.id, own.side, own.price, own.end) == (order, "buy", "9.99", "cancelled")
    assert own.left[0] == (began_ms + 10_000, 600)
    assert own.left[-1][1] == 0
    assert [gap.code for gap in found.gaps] == []
    # A minute after the last quote the tape has nothing, and says so.
    later = brokerage.dossier().replay(scene.account, HAIYUAN, at_ms + 10**6, "en", 30, 30)
    assert (later.frames, [gap.code for gap in later.gaps]) == ((), ["no_tape"])
    assert later.gaps[0].text
    early = brokerage.dossier().replay(scene.account, HAIYUAN, began_ms, "en", 60, 10)
    assert [gap.code for gap in early.gaps] == ["late_start"]


def test_cases_like_it_come_with_what_was_learnt(scene: Scene, brokerage: Brokerage) -> None:
    cases = Cases(brokerage.desk.database, brokerage.desk.restrictions)
    near: dict[str, str] = {}
    for account, share, outcome in (("B1", 0.86, "confirmed"), ("B2", 0.2, "innocent")):
        _, case = scene.alert(account, **{"position.cancel_amount_share.m5": share})
        cases.take("staff:a", case)
        cases.close("staff:a", case, outcome, f"Lesson of {account}.")
        near[account] = case
    _, other = scene.alert("B3", kind="cash")
    cases.take("staff:a", other)
    cases.close("staff:a", other, "confirmed", "Of another kind.")
    _, mine = scene.alert(scene.account)
    found = brokerage.dossier().similar(cases.open_file(mine).case, "en")
    assert [one.case for one in found] == [near["B1"], near["B2"]]
    assert found[0].likeness == 100
    assert found[0].likeness > found[1].likeness
    assert (found[0].lesson, found[0].outcome) == ("Lesson of B1.", "confirmed")
    assert ("85.7%", "86.0%") in [(one.here, one.there) for one in found[0].numbers]
    record = brokerage.dossier().record(scene.account, "", scene.now_ms, "en")
    assert [one.case for one in record.cases] == [mine]
    assert [(one.rule, one.alerts) for one in record.alerts] == [("spoofing.opposite", 1)]
    assert brokerage.dossier().record(scene.account, mine, scene.now_ms, "en").cases == ()
