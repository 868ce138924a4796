"""Facts of the log and of processes as figures: each provoked, and each over again."""

from __future__ import annotations

from typing import Any

import pytest

from yunquan.approvals.events import ProposalAgreed
from yunquan.counter import events as e
from yunquan.counter.rules.state import SENDING, UNSENT
from yunquan.counter.types import HealthView
from yunquan.operations.rules.numbers import numbers_on
from yunquan.operations.rules.orders import OrderFacts
from yunquan.operations.rules.parts import TapeFacts, pulse_figures, stored_figures
from yunquan.operations.rules.people import PeopleFacts
from yunquan.operations.types import Pulse, Stored
from yunquan.security import events as s
from yunquan.thresholds.rules.watches import watches_on
from yunquan.thresholds.types import Measured

NOON = 1_795_665_600_000  # 2026-11-26 12:00 in Beijing
MINUTE = 60_000
DAY = "2026-11-26"


def placed(order: str, state: int = SENDING) -> e.OrderPlaced:
    ids = ("c", 0, order, "A1", "600519.SH", 1, 10_000, 100, state, NOON)
    return e.OrderPlaced(*ids, 1_000_000, 0, 0, 0, 0, 0, ())


def filled(order: str, *, closes: bool) -> e.OrderFilled:
    ids = ("g", 1, order, "A1", "600519.SH", 1, "x", 10_000, 100, 1_000_000)
    return e.OrderFilled(*ids, 0, 0, 0, 0, closes, NOON, ())


def cancelled(order: str, *, closes: bool = True) -> e.OrderCancelled:
    return e.OrderCancelled("g", 1, "c", 0, order, "A1", 100, "user", closes, ())


ACCEPTED = e.OrderAccepted("g", 1, "o1", "A1")
REJECTED = e.OrderRejected("g", 1, "o1", "A1", "venue.price", ())
REFUSED = e.OrderRefused("c", 0, "o1", "A1", "S", 1, 1, 1, NOON, "order.lot", {})


def values(found: list[Measured]) -> dict[str, float]:
    return {one.name: one.value for one in found}


def of_orders(facts: OrderFacts, now_ms: int, phase: str = "continuous") -> dict[str, float]:
    return values(facts.figures(now_ms, phase, 5 * MINUTE, 4))


@pytest.mark.parametrize(
    "answer", [ACCEPTED, REJECTED, filled("o1", closes=False), cancelled("o1")]
)
def test_an_order_without_an_answer_is_stuck_until_it_has_one(answer: Any) -> None:
    facts = OrderFacts()
    facts.apply(placed("o1"), NOON)
    assert of_orders(facts, NOON + 11_000)["stuck"] == 11_000
    assert of_orders(facts, NOON + 11_000, "lunch")["stuck"] == 0
    facts.apply(answer, NOON + 12_000)
    assert of_orders(facts, NOON + 13_000)["stuck"] == 0


def test_an_order_that_is_kept_back_waits_for_nobody_until_it_is_sent() -> None:
    facts = OrderFacts()
    facts.apply(placed("o1", UNSENT), NOON)
    assert of_orders(facts, NOON + MINUTE)["stuck"] == 0
    facts.apply(e.OrdersRouted("c", ("o1",)), NOON + MINUTE)
    assert of_orders(facts, NOON + MINUTE + 20_000)["stuck"] == 20_000


@pytest.mark.parametrize(
    ("answer", "stuck"),
    [
        (cancelled("o1"), 0),
        (e.CancelRejected("g", 1, "o1", "A1", "venue.late", stands=False), 0),
        (e.CancelRejected("g", 1, "o1", "A1", "venue.early", stands=True), 15_000),
        (filled("o1", closes=True), 0),
        (filled("o1", closes=False), 15_000),
    ],
)
def test_a_cancel_without_an_answer(answer: Any, stuck: int) -> None:
    facts = OrderFacts()
    for event in (placed("o1"), ACCEPTED, e.CancelRequested("c", 0, "o1", "A1")):
        facts.apply(event, NOON)
    facts.apply(answer, NOON + 1_000)
    assert of_orders(facts, NOON + 15_000)["stuck_cancel"] == stuck


def test_a_new_day_forgets_what_never_came() -> None:
    facts = OrderFacts()
    facts.apply(placed("o1"), NOON)
    facts.apply(e.ReportUnmatched("g", 1, "fill", "?", "x", 1, 1, "", "unknown"), NOON)
    assert of_orders(facts, NOON)["unmatched"] == 1
    facts.apply(e.DayRolled("c", 0, DAY), NOON + 1)
    assert of_orders(facts, NOON + MINUTE) == {
        "stuck": 0,
        "stuck_cancel": 0,
        "unmatched": 0,
        "rejects": 0,
        "refusals": 0,
    }


def test_shares_of_rejects_and_refusals_within_the_window() -> None:
    facts = OrderFacts()
    for number in range(3):
        facts.apply(placed(f"o{number}"), NOON)
    assert of_orders(facts, NOON)["refusals"] == 0, "too few to say anything"
    facts.apply(REFUSED, NOON)
    facts.apply(REJECTED, NOON)
    found = of_orders(facts, NOON)
    assert (found["refusals"], found["rejects"]) == (0.25, pytest.approx(1 / 3))
    assert of_orders(facts, NOON + 6 * MINUTE)["refusals"] == 0


# --- doors and staff


def of_people(facts: PeopleFacts, now_ms: int) -> list[Measured]:
    return facts.figures(now_ms, 5 * MINUTE, 60 * MINUTE, 60 * MINUTE, (22, 6))


def login(principal: str, device: str, kind: str = "client") -> s.LoggedIn:
    return s.LoggedIn(principal, kind, "ses", "10.0.0.1", device)


def test_failed_logins_and_one_address_that_tries_many_names() -> None:
    facts = PeopleFacts()
    for number in range(12):
        facts.apply(s.LoginFailed(f"p{number}", "client", "10.0.0.9", "x", 1), NOON)
    facts.apply(s.LoginFailed("p0", "client", "10.0.0.1", "x", 1), NOON)
    found = {one.name: one for one in of_people(facts, NOON)}
    assert found["failed_logins"].value == 13
    assert (found["stuffing"].value, found["stuffing"].device) == (12, "10.0.0.9")
    assert values(of_people(facts, NOON + 6 * MINUTE))["failed_logins"] == 0


def test_a_first_login_is_on_no_new_device_the_next_on_another_is() -> None:
    facts = PeopleFacts()
    facts.apply(login("p1", "Chrome, macOS"), NOON)
    facts.apply(login("p1", "Chrome, macOS"), NOON)
    assert values(of_people(facts, NOON))["new_devices"] == 0
    facts.apply(login("p1", "Firefox, Linux"), NOON)
    facts.apply(login("p1", "Safari, iPhone"), NOON)
    assert values(of_people(facts, NOON))["new_devices"] == 1
    facts.apply(login("s1", "Chrome, macOS", "staff"), NOON)
    assert "staff_device" not in values(of_people(facts, NOON))
    facts.apply(login("s1", "Edge, Windows", "staff"), NOON)
    found = [one for one in of_people(facts, NOON) if one.name == "staff_device"]
    assert [one.about for one in found] == ["s1 Edge, Windows"]


def test_looks_count_people_and_acts_count_deeds() -> None:
    facts = PeopleFacts()
    for number in range(3):
        facts.apply(s.Looked("l", "staff:a", f"cli_{number % 2}", "case", ""), NOON)
    facts.apply(s.Looked("l", "client:a", "cli_9", "case", ""), NOON)
    facts.apply(ProposalAgreed("pro_1", "staff:a"), NOON)
    facts.apply(ProposalAgreed("pro_1", "system"), NOON)
    found = values(of_people(facts, NOON))
    assert (found["staff_looks"], found["staff_acts"]) == (2, 1)
    assert "staff_night" not in found


@pytest.mark.parametrize(("hour", "late"), [(12, False), (21, False), (22, True), (29, True)])
def test_an_act_at_night(hour: int, late: bool) -> None:
    facts, at_ms = PeopleFacts(), NOON + (hour - 12) * 60 * MINUTE
    facts.apply(ProposalAgreed("pro_1", "staff:a"), at_ms)
    assert (values(of_people(facts, at_ms)).get("staff_night", 0) == 1) is late


# --- parts


def health(**told: Any) -> HealthView:
    facts: dict[str, Any] = {
        "name": "0",
        "day": DAY,
        "seq": 1,
        "processed": 1,
        "refusals": {},
        "accounts": 1,
        "orders": 0,
        "open_orders": 0,
        "unmatched": 0,
        "reloads": 0,
        "links": ("SH",),
        "unbalanced": {},
        "negative": (),
        "batch_p99_ms": 1.0,
        "ack_ms": (3.0, 9.0),
    }
    return HealthView(**(facts | told))


def test_what_counters_say() -> None:
    found, unknown = pulse_figures(Pulse(NOON, 1, (health(),), None, 0, {"counter-0": 7}))
    assert unknown == ()
    assert values(found) == {
        "counter": 0,
        "latency": 9,
        "link": 0,
        "stops": 0,
        "books": 0,
        "feed": 0,
        "lag": 7,
    }
    ill = health(links=(), unbalanced={"CNY": 5}, negative=("A1",))
    found, _ = pulse_figures(Pulse(NOON, 1, (ill,), 12_000, 0, {}))
    assert values(found) | {"link": 1, "books": 2, "feed": 12_000} == values(found)


def test_what_nobody_says_is_unknown_and_not_well() -> None:
    found, unknown = pulse_figures(Pulse(NOON, 2, (health(),), None, 0, None))
    assert values(found)["counter"] == 1
    assert set(unknown) == {"latency", "link", "stops", "books", "lag"}


def test_ticks_lost_count_for_a_while() -> None:
    tape = TapeFacts()
    assert tape.figure(NOON, 0, 10 * MINUTE).value == 0
    assert tape.figure(NOON, 5, 10 * MINUTE).value == 5
    assert tape.figure(NOON + MINUTE, 6, 10 * MINUTE).value == 6
    assert tape.figure(NOON + 10 * MINUTE + 1, 6, 10 * MINUTE).value == 1


def test_settlement() -> None:
    found = stored_figures(Stored(1, {"icbc": 3, "ccb": 1}, 2))
    assert [(one.name, one.about, one.value) for one in found] == [
        ("day_end", "", 1),
        ("doubts", "", 2),
        ("bank", "icbc", 3),
        ("bank", "ccb", 1),
    ]


def test_every_figure_has_a_line_and_every_line_a_figure() -> None:
    pulse = pulse_figures(Pulse(NOON, 1, (health(),), None, 0, {"counter-0": 1}))[0]
    facts = PeopleFacts()
    for device in ("a", "b"):
        facts.apply(login("s", device, "staff"), NOON)
    facts.apply(s.Looked("l", "staff:a", "x", "case", ""), NOON)
    facts.apply(ProposalAgreed("pro_1", "staff:a"), NOON + 11 * 60 * MINUTE)
    found = {one.name for one in (*pulse, *stored_figures(Stored(differences={"x": 1})))}
    found |= {one.name for one in of_people(facts, NOON)}
    found |= set(of_orders(OrderFacts(), NOON))
    assert found | {"tape"} == set(watches_on(DAY, "operations"))
    assert numbers_on(DAY).number("orders_least") == 20
