"""`yunquan up` for real: the main job over the API, kill -9 of each role, drain, a second start."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.app.whole import ROLES, Client, Whole, wait_for

SYMBOL = "000001.SZ"

pytestmark = pytest.mark.alone


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    whole = Whole(tmp_path_factory.mktemp("up"))
    try:
        whole.first_start_s = whole.start()
        yield whole
    finally:
        whole.end()


@pytest.fixture
def whole(running: Whole, request: pytest.FixtureRequest) -> Iterator[Whole]:
    """The running brokerage; when a test fails, its logs are shown."""
    before = request.session.testsfailed
    if running.process is None or running.process.poll() is not None:
        running.start()
    yield running
    if request.session.testsfailed > before:
        print(running.logs())


@pytest.fixture
def client(whole: Whole) -> Client:
    """The demonstration's first client, once their account is open and paid into."""
    made = Client(whole)
    wait_for("the opening money is there", lambda: Decimal(made.get("/assets")["cash"]) > 0, 30)
    return made


def far_below(client: Client) -> str:
    return client.get(f"/instruments/{SYMBOL}")["limit_down"]


def buy_now(client: Client, key: str = "") -> Any:
    """An order that takes what is offered: one per cent above the last price, inside the cage."""
    last = Decimal(client.get(f"/instruments/{SYMBOL}/quote")["last"])
    price = (last * Decimal("1.01")).quantize(Decimal("0.01"))
    return client.place(SYMBOL, "buy", str(price), 100, key)


def owned(client: Client) -> int:
    return sum(one["qty"] for one in client.get("/positions") if one["symbol"] == SYMBOL)


def test_it_serves_soon(whole: Whole) -> None:
    assert whole.first_start_s < 60
    wait_for("it says so", lambda: "Yunquan serves at" in whole.output.read_text())


def test_the_first_applicant_need_not_wait_for_models(whole: Whole) -> None:
    """Loading them takes seconds: it is done while nobody has come."""

    def ready() -> str:
        lines = (whole.data / "logs" / "web.log").read_text().splitlines()
        return next((line for line in lines if '"ready for applicants"' in line), "")

    told = json.loads(wait_for("the vision process is up", ready, 60))
    assert told["vision"] == 1
    assert told["faces"] == 0


def test_the_main_job(whole: Whole, client: Client) -> None:
    """Log in, pay in, buy, see it filled, cancel another, be refused with a reason."""
    before = client.get("/assets")
    paid = client.send(
        "POST", "/transfers", direction="in", amount="50000.00", bank_password="135724"
    ).json()
    assert paid["state"] == "posted", paid
    after = client.get("/assets")
    assert Decimal(after["cash"]) == Decimal(before["cash"]) + 50_000

    held = owned(client)
    order = buy_now(client)
    filled = wait_for(
        "filled", lambda: (one := client.order(order["id"]))["state"] == "filled" and one, 20
    )
    assert filled["filled"] == 100
    assert owned(client) == held + 100
    (position,) = [one for one in client.get("/positions") if one["symbol"] == SYMBOL]
    assert position["settling"] >= 100, "bought today, sellable tomorrow"

    resting = client.place(SYMBOL, "buy", far_below(client), 100)
    wait_for("sent", lambda: client.order(resting["id"])["state"] == "sent")
    assert client.send("DELETE", f"/orders/{resting['id']}").status_code == 200
    wait_for("cancelled", lambda: client.order(resting["id"])["state"] == "cancelled")

    last = client.get(f"/instruments/{SYMBOL}/quote")["last"]
    refused = client.place(SYMBOL, "sell", last, 100_000)
    assert refused["state"] == "rejected"
    assert refused["reason"]["code"] == "order.insufficient_shares"

    top = client.get(f"/instruments/{SYMBOL}")["limit_up"]
    caged = client.place(SYMBOL, "buy", top, 100)
    assert caged["reason"]["code"] == "order.above_cage", "the counter knows the best prices"
    assert refused["reason"]["text"].startswith("Only 0 can be sold now")
    history = client.get("/orders", day="history")
    assert {order["id"], resting["id"], refused["id"]} <= {one["id"] for one in history["items"]}


def test_a_second_one_on_the_same_folder_is_refused(whole: Whole) -> None:
    second = whole.command("up")
    assert second.returncode == 1
    assert second.stderr.startswith("app.already_running: Yunquan already runs on")
    assert whole.healthy()


def test_a_port_that_is_taken_is_said(whole: Whole, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        second = whole.command("up", YUNQUAN_DATA=str(tmp_path / "other"), YUNQUAN_PORT=port)
    assert second.returncode == 1
    assert second.stderr.startswith("app.address_in_use: ")
    assert port in second.stderr


def test_doctor_of_a_running_one_finds_nothing_ill(whole: Whole) -> None:
    examined = whole.command("doctor")
    assert examined.returncode == 0, examined.stdout
    for line in ("ok counter-0:", "ok follower-0:", "ok readers:", "ok rooms: rooms at"):
        assert line in examined.stdout


@pytest.mark.parametrize("role", ROLES)
def test_a_killed_role_comes_back_and_nothing_is_lost(
    whole: Whole, client: Client, role: str
) -> None:
    held, resting = owned(client), client.place(SYMBOL, "buy", far_below(client), 100)
    wait_for("sent", lambda: client.order(resting["id"])["state"] == "sent")
    cash = client.get("/assets")["cash"]
    pid = whole.pids()[role]
    os.kill(pid, signal.SIGKILL)
    body = {"symbol": SYMBOL, "side": "buy", "qty": 100}
    body["price"] = client_price = far_below(client) if role != "web" else resting["price"]
    placed = client.patiently("POST", "/orders", f"after-{role}-{os.getpid()}", **body)
    assert placed["price"] == client_price
    wait_for(f"another {role}", lambda: whole.pids().get(role, pid) != pid, 20)
    wait_for("healthy", whole.healthy, 30)
    assert client.order(resting["id"])["open"], "the order still works"
    assert client.get("/assets")["cash"] == cash
    for order in (resting["id"], placed["id"]):
        wait_for("sent", lambda order=order: client.order(order)["state"] == "sent", 20)
        assert client.send("DELETE", f"/orders/{order}").status_code == 200
        wait_for("cancelled", lambda order=order: client.order(order)["state"] == "cancelled", 20)
    assert owned(client) == held
    wait_for("what the dead one left behind is gone", lambda: stray(whole) == [], 10)


def stray(whole: Whole) -> list[str]:
    """Processes of ours whose parent has died."""
    ours = {int(line.split()[0]): line for line in whole.left()}
    assert whole.process is not None
    parents = {pid: int(stat(pid)) for pid in ours}
    return [line for pid, line in ours.items() if parents[pid] == 1]


def stat(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
    except OSError:
        return "0"


def test_ctrl_c_drains_and_a_second_start_goes_on(whole: Whole, client: Client) -> None:
    order = buy_now(client)
    wait_for("filled", lambda: client.order(order["id"])["state"] == "filled", 20)
    resting = client.place(SYMBOL, "buy", far_below(client), 100)
    wait_for("sent", lambda: client.order(resting["id"])["state"] == "sent")
    before, day = client.get("/assets"), client.get("/market")["trading_day"]

    code, took_s = whole.interrupt()
    assert code == 0
    assert took_s < 15
    assert whole.left() == []
    verified = whole.command("log", "verify")
    assert verified.returncode == 0, verified.stdout

    whole.start()
    again = Client(whole)
    after = again.get("/assets")
    assert after["cash"] == before["cash"]
    quantities = [
        {one["symbol"]: one["qty"] for one in view["positions"]} for view in (before, after)
    ]
    assert quantities[0] == quantities[1]
    assert again.get("/market")["trading_day"] >= day
    assert wait_for("the order is known", lambda: again.order(resting["id"]))["open"]
    assert again.send("DELETE", f"/orders/{resting['id']}").status_code == 200


def test_when_the_supervisor_is_killed_nobody_stays_behind(whole: Whole) -> None:
    """Left alone, they would keep the port and the folder from whoever starts next."""
    assert whole.process is not None
    whole.process.kill()
    whole.process.wait(5)
    wait_for("all gone", lambda: whole.left() == [], 15)
