"""The simulated bank over its socket: transfers done once, whatever happens to the answers."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.world.client import Client, running
from yunquan_world import BankFaults, World

ACCOUNT = {"bank_account": "6200000000000001", "holder": "陈一"}


async def firm(world: World) -> Client:
    client = await Client.open(world.settings.bank)
    client.send(type="logon", firm="YQ01")
    assert (await client.receive())["bank"] == "simbank"
    return client


async def opened(world: World, balance_fen: int = 100_000) -> Client:
    client = await firm(world)
    client.send(type="open", balance_fen=balance_fen, **ACCOUNT)
    assert (await client.receive())["type"] == "opened"
    return client


def transfer(client: Client, serial: str, amount_fen: int, **changes: Any) -> None:
    fields = {"direction": "to_broker", **ACCOUNT, **changes}
    client.send(type="transfer", serial=serial, amount_fen=amount_fen, **fields)


def test_money_moves_both_ways(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as world:
            client = await opened(world)
            transfer(client, "s1", 30_000)
            result = await client.receive()
            assert result == {
                "type": "transfer_result",
                "serial": "s1",
                "result": "done",
                "code": "",
                "bank_serial": "K000000000001",
                "balance_fen": 70_000,
                "fee_fen": 0,
            }
            transfer(client, "s2", 5_000, direction="to_bank")
            assert (await client.receive())["balance_fen"] == 75_000

    asyncio.run(story())


@pytest.mark.parametrize(
    ("amount_fen", "changes", "code"),
    [
        (100_001, {}, "B01_insufficient"),
        (1, {"bank_account": "6200000000000002"}, "B02_unknown_account"),
        (1, {"holder": "陈二"}, "B03_holder_mismatch"),
        (0, {}, "B04_limit"),
        (-1, {}, "B04_limit"),
        (5_000_000_001, {"direction": "to_bank"}, "B04_limit"),
    ],
)
def test_refusals(tmp_path: Path, amount_fen: int, changes: dict[str, str], code: str) -> None:
    async def story() -> None:
        async with running(tmp_path) as world:
            client = await opened(world)
            transfer(client, "s1", amount_fen, **changes)
            first = await client.receive()
            assert (first["result"], first["code"]) == ("refused", code)
            transfer(client, "s1", amount_fen, **changes)
            assert await client.receive() == first
            assert world.bank.vault.balance_fen(ACCOUNT["bank_account"]) == 100_000

    asyncio.run(story())


def test_a_serial_is_done_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as world:
            client = await opened(world)
            transfer(client, "s1", 30_000)
            first = await client.receive()
            transfer(client, "s2", 10_000)
            await client.receive()
            transfer(client, "s1", 30_000)
            assert await client.receive() == first, "the first answer, not today's balance"
            transfer(client, "s1", 40_000)
            other = await client.receive()
            assert (other["result"], other["code"]) == ("refused", "B05_serial_reused")
            assert world.bank.vault.balance_fen(ACCOUNT["bank_account"]) == 60_000

    asyncio.run(story())


def test_opening_again_keeps_the_balance_and_the_holder(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as world:
            client = await opened(world)
            client.send(type="open", balance_fen=999, **ACCOUNT)
            assert (await client.receive())["type"] == "opened"
            client.send(type="open", balance_fen=999, **{**ACCOUNT, "holder": "陈二"})
            refused = await client.receive()
            assert (refused["type"], refused["code"]) == ("open_refused", "B03_holder_mismatch")
            assert world.bank.vault.balance_fen(ACCOUNT["bank_account"]) == 100_000

    asyncio.run(story())


def test_books_and_serials_survive_a_restart(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as world:
            client = await opened(world)
            transfer(client, "s1", 30_000)
            first = await client.receive()
        async with running(tmp_path) as world:
            client = await firm(world)
            transfer(client, "s1", 30_000)
            assert await client.receive() == first

    asyncio.run(story())


def test_lost_answers_and_broken_lines_move_nothing_twice(tmp_path: Path) -> None:
    async def story() -> None:
        faults = BankFaults(lose_answer=0.3, disconnect=0.2, delay_ms=(0.0, 2.0))
        async with running(tmp_path, bank_faults=faults) as world:
            world.bank.vault.open_account(_account(100_000))
            lost = 0
            client = await firm(world)
            for number in range(30):
                done = False
                while not done:
                    transfer(client, f"s{number}", 1_000)
                    try:
                        async with asyncio.timeout(0.03):
                            answer = await client.next("transfer_result")
                            while answer["serial"] != f"s{number}":  # late: of one before
                                answer = await client.next("transfer_result")
                            done = answer["result"] == "done"
                    except TimeoutError:
                        lost += 1
                    except (asyncio.IncompleteReadError, ConnectionError):
                        lost += 1
                        client = await firm(world)
            assert lost > 0
            assert world.bank.vault.balance_fen(ACCOUNT["bank_account"]) == 70_000

    asyncio.run(story())


def _account(balance_fen: int) -> Any:
    from yunquan_world.messages import OpenAccount

    return OpenAccount(balance_fen=balance_fen, **ACCOUNT)


def test_a_malformed_frame_ends_the_session(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as world:
            client = await opened(world)
            transfer(client, "s1", "much")  # type: ignore[arg-type]
            assert (await client.next("error"))["code"] == "F02_malformed"
            assert await client.ended()
            stranger = await Client.open(world.settings.bank)
            stranger.send(type="transfer", serial="s1")
            assert (await stranger.next("error"))["code"] == "F02_malformed"

    asyncio.run(story())
