"""The banks' habits: hours, fees, passwords, cut-off and file, reversal, what customers begin."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.world.client import Client, running
from yunquan_world import World
from yunquan_world.bank_habits import BANKS
from yunquan_world.messages import Transfer
from yunquan_world.vault import Vault

DAY, NEXT = "2026-07-13", "2026-07-14"
CARD = {"bank_account": "6200000000000001", "holder": "陈一"}


async def firm(world: World, bank: str, *, takes: bool = False) -> Client:
    client = await Client.open(world.settings.bank)
    client.send(type="logon", firm="YQ01", bank=bank, takes=takes)
    said = await client.receive()
    assert (said["type"], said["bank"]) == ("logon_ok", bank)
    client.send(type="open", balance_fen=100_000, **CARD)
    await client.next("opened")
    return client


async def pay(
    client: Client, serial: str, way: str = "to_broker", **changes: Any
) -> dict[str, Any]:
    fields = {"amount_fen": 1_000, "direction": way, **CARD, **changes}
    client.send(type="transfer", serial=serial, **fields)
    return await client.next("transfer_result")


def at(world: World, minute: str, *, ended: bool = False, day: str = DAY) -> None:
    world.banks.look_at_clock(day, minute, NEXT, ended=ended)


@pytest.mark.parametrize("habits", BANKS, ids=lambda habits: habits.code)
def test_a_bank_keeps_its_hours_and_says_so(tmp_path: Path, habits: Any) -> None:
    async def story() -> None:
        async with running(tmp_path) as world:
            at(world, "08:00")
            client = await firm(world, habits.code)
            early = await pay(client, "s0")
            assert (early["code"] == "B06_closed") == bool(habits.opens)
            at(world, "10:00")
            if habits.opens:
                said = await client.next("bank_day")
                assert said == {"type": "bank_day", "day": DAY, "is_open": True}
            assert (await pay(client, "s1"))["result"] == "done"
            at(world, "15:00")
            if habits.closes == "15:00":
                assert (await client.next("bank_day"))["day"] == NEXT
                assert (await pay(client, "s2"))["code"] == "B06_closed"

    asyncio.run(story())


def test_after_the_market_s_day_it_is_the_next_one_s(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as world:
            client = await firm(world, "simbank")
            await pay(client, "s1", day=DAY)
            at(world, "16:00", ended=True)
            assert (await pay(client, "s2", day=DAY))["code"] == "B07_day_is_over"
            assert (await pay(client, "s3", day=NEXT))["result"] == "done"
            client.send(type="list_files")
            assert (await client.next("files"))["days"] == [[DAY, 1]]
            client.send(type="fetch_file", day=DAY, version=1)
            body = (await client.next("file_part"))["data"]
            lines = body.decode().splitlines()
            told = "".join(f"{line}\n" for line in lines[:-1]).encode()
            assert lines[0] == f"YQBANK|1|simbank|YQ01|{DAY}|1"
            assert [line.split("|")[2] for line in lines[1:-1]] == ["s1"]
            assert lines[-1] == f"END|1|1000|0|0|{hashlib.sha256(told).hexdigest()}"
            client.send(type="fetch_file", day=NEXT, version=1)
            assert (await client.next("file_part"))["total"] == -1

    asyncio.run(story())


@pytest.mark.parametrize(
    ("bank", "way", "balance_fen"),
    [
        ("simbank", "to_broker", 99_000),
        ("yanpu", "to_broker", 99_000),
        ("qimei", "to_broker", 98_800),
        ("qimei", "to_bank", 100_800),
    ],
)
def test_who_bears_the_fee(tmp_path: Path, bank: str, way: str, balance_fen: int) -> None:
    async def story() -> None:
        async with running(tmp_path) as world:
            at(world, "10:00")
            client = await firm(world, bank)
            done = await pay(client, "s1", way)
            assert (done["result"], done["balance_fen"]) == ("done", balance_fen)
            fee = next(habits.fee_fen for habits in BANKS if habits.code == bank)
            assert done["fee_fen"] == fee
            client.send(type="reverse", serial="s1", day=DAY)
            assert (await client.next("transfer_result"))["result"] == "reversed"
            vault = world.banks[bank].vault
            assert vault.balance_fen(CARD["bank_account"]) == 100_000, "the fee too"
            assert vault.custody_fen("YQ01") == 0

    asyncio.run(story())


def test_only_who_began_it_reverses_and_only_today(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as world:
            client = await firm(world, "simbank")
            kept = world.bank.begin(CARD["bank_account"], "to_broker", 500)
            assert not isinstance(kept, str)
            client.send(type="reverse", serial=kept.bank_serial, day=DAY)
            refused = await client.next("transfer_result")
            assert (refused["result"], refused["code"]) == ("not_reversed", "B08_not_yours")
            client.send(type="reverse", serial="never", day=DAY)
            assert (await client.next("transfer_result"))["result"] == "reversed"
            barred = await pay(client, "never")
            assert (barred["result"], barred["code"]) == ("reversed", "B11_reversed")
            await pay(client, "s1")
            at(world, "16:00", ended=True)
            client.send(type="reverse", serial="s1", day=DAY)
            assert (await client.next("transfer_result"))["code"] == "B07_day_is_over"

    asyncio.run(story())


def test_what_a_customer_begins_is_asked_until_it_is_answered(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as world:
            client = await firm(world, "simbank", takes=True)
            serial = world.begin_at_bank("simbank", CARD["bank_account"], "to_broker", 500)
            first, again = await client.next("begun"), await client.next("begun")
            assert first == again
            assert (first["bank_serial"], first["amount_fen"]) == (serial, 500)
            vault = world.bank.vault
            assert vault.balance_fen(CARD["bank_account"]) == 99_500, "held from the beginning"
            client.send(type="begun_answer", bank_serial=serial, result="refused")
            client.send(type="begun_answer", bank_serial=serial, result="done")
            await pay(client, "s1", "to_bank", amount_fen=1)
            assert vault.balance_fen(CARD["bank_account"]) == 100_001, "the first answer counts"
            assert vault.open_ones("YQ01") == []

    asyncio.run(story())


def test_a_bank_that_nobody_knows(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as world:
            client = await Client.open(world.settings.bank)
            client.send(type="logon", firm="YQ01", bank="nobank")
            assert (await client.next("error"))["code"] == "B00_unknown_bank"
            assert await client.ended()

    asyncio.run(story())


def test_older_books_keep_their_balances(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "bank.sqlite") as older:
        older.executescript(
            "CREATE TABLE accounts (bank_account TEXT PRIMARY KEY, holder TEXT NOT NULL,"
            " balance_fen INTEGER NOT NULL) WITHOUT ROWID;"
            "CREATE TABLE transfers (number INTEGER PRIMARY KEY, firm TEXT, serial TEXT, body BLOB,"
            " result TEXT, code TEXT, balance_fen INTEGER);"
            "INSERT INTO accounts VALUES ('6200000000000001', '陈一', 700);"
            "INSERT INTO transfers VALUES (1, 'YQ01', 's1', x'00', 'done', '', 700);"
        )
    for _ in range(2):
        vault = Vault(tmp_path / "bank.sqlite", "normal", BANKS[0])
        vault.begin_day(DAY)
        vault.is_open = True
        assert vault.balance_fen(CARD["bank_account"]) == 700
        vault.close()
    vault = Vault(tmp_path / "bank.sqlite", "normal", BANKS[0])
    vault.is_open = True
    asked = Transfer("s2", "to_broker", amount_fen=100, **CARD)
    assert vault.transfer("YQ01", asked, "135724").result == "done"
    vault.close()
