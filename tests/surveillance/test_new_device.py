"""A login from a device that is new to its account, as the kernel hears of it."""

from __future__ import annotations

from pathlib import Path

from tests.surveillance.stream import Stream, run
from yunquan.clients.events import ClientRegistered
from yunquan.counter import events as counter
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.transaction import ROOMS_STREAM, Database
from yunquan.rulebook import RuleBook
from yunquan.security.events import LoggedIn, LoginFailed
from yunquan.surveillance import store
from yunquan.surveillance.service.encoding import NEW_DEVICE, Encoder


def login(device: str, principal: str = "pri_1") -> LoggedIn:
    return LoggedIn(principal, "client", "ses", "10.0.0.1", device)


def opened(account: str, client: str) -> counter.AccountOpened:
    return counter.AccountOpened("c", 0, account, client, "cash", "CNY", (), (), "")


def registered(client: str, principal: str) -> ClientRegistered:
    return ClientRegistered(client, principal, [], "2030-01-01", "system")


def sides(*devices: str) -> list[int]:
    encoder = Encoder(lambda _symbol, _day: (0, 0, 0))
    encoder.put(registered("cli_1", "pri_1"), 0)
    encoder.put(opened("A1", "cli_1"), 0)
    for at, device in enumerate(devices):
        encoder.put(login(device), at)
    return [int(row["side"]) for row in encoder.rows(1)]


def test_a_first_login_is_on_no_new_device() -> None:
    assert sides("phone") == [0]


def test_each_device_is_new_once() -> None:
    assert sides("phone", "phone", "tablet", "phone", "tablet") == [0, 0, NEW_DEVICE, 0, 0]


def test_a_device_of_somebody_else_is_new_too() -> None:
    encoder = Encoder(lambda _symbol, _day: (0, 0, 0))
    for number in (1, 2):
        encoder.put(registered(f"cli_{number}", f"pri_{number}"), 0)
        encoder.put(opened(f"A{number}", f"cli_{number}"), 0)
    for device, principal in (("a", "pri_1"), ("b", "pri_2"), ("b", "pri_1")):
        encoder.put(login(device, principal), 1)
    assert [int(row["side"]) for row in encoder.rows(1)] == [0, 0, NEW_DEVICE]


def test_failed_logins_then_a_new_device_then_money_out(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    RuleBook(database, clock).begin()
    stream = Stream(database, clock)
    monitor = stream.monitor(tmp_path, [])
    for number, device in ((1, "stranger"), (2, "phone")):
        principal, account = f"pri_{number}", f"A{number}"
        stream.say(registered(f"cli_{account}", principal), stream=ROOMS_STREAM)
        stream.open(account)
        stream.say(login("phone", principal), stream=ROOMS_STREAM)
        for failures in (1, 2, 3):
            stream.wait(5)
            failed = LoginFailed(principal, "client", "10.0.0.1", "login.wrong_password", failures)
            stream.say(failed, stream=ROOMS_STREAM)
        stream.wait(5)
        stream.say(login(device, principal), stream=ROOMS_STREAM)
        stream.wait(60)
        out = counter.CashMoved("c", 0, account, "withdraw", 9_000_000, "icbc", ())
        stream.say(out)
        stream.wait(1)
    run(monitor)
    with database.read() as tx:
        found = store.list_alerts(tx, before_ms=2**62, limit=10)
    assert [(one.rule, one.account) for one in found] == [("login.then_out", "A1")]
