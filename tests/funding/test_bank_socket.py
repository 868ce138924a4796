"""The adapter against a scripted peer, and the whole room against the simulated bank itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.funding.conftest import ACCOUNT, CARD, CASH_FEN, CLIENT, HOLDER, Scene
from yunquan.custody import load_day, load_differences, take_files
from yunquan.funding import BankSocket, answer_begun, pay_in, pay_out, recover
from yunquan.funding.ports import NOT_SENT
from yunquan.funding.types import (
    BankAnswer,
    BankRequest,
    BankResult,
    Direction,
    Secrets,
    TransferState,
)
from yunquan.kernel.errors import Invalid, Unavailable
from yunquan.kernel.wire import frame, read_frame, start_server
from yunquan_world.bank_key import PasswordKey
from yunquan_world.faults import BankFaults
from yunquan_world.settings import Settings
from yunquan_world.world import World

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], scope="function")

Send = Callable[..., None]
Reaction = Callable[[dict[str, Any], Send], None]
REQUEST = BankRequest("tfr_1", Direction.IN, CARD, HOLDER, 100)
DONE = {"type": "transfer_result", "serial": "tfr_1", "result": "done", "bank_serial": "K1"}
LOGON_OK = {
    "type": "logon_ok",
    "bank": "simbank",
    "name": "",
    "name_en": "",
    "day": "2026-07-13",
}


@asynccontextmanager
async def scripted(
    folder: Path, react: Reaction, logon: dict[str, Any] = LOGON_OK
) -> AsyncIterator[BankSocket]:
    """A bank that answers as told, and the adapter connected to it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def send(message: dict[str, Any] | None) -> None:
            if message is None:
                writer.transport.abort()
            else:
                writer.write(frame(msgspec.msgpack.encode(message)))

        try:
            while (body := await read_frame(reader)) is not None:
                message = msgspec.msgpack.decode(body)
                if message["type"] == "logon":
                    assert message["firm"] == "YQ01"
                    send(logon)
                else:
                    react(message, send)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    address = f"unix:{folder}/b.sock"
    server = await start_server(serve, address)
    bank = BankSocket(address, "YQ01", slowest_s=0.3)
    bank.start()
    try:
        yield bank
    finally:
        await bank.stop()
        server.close()


async def unavailable(call: Any) -> str:
    with pytest.raises(Unavailable) as caught:
        await call
    return caught.value.code


def test_answers_are_matched_by_serial(kind: str, tmp_path: Path) -> None:
    held: list[str] = []

    def react(message: dict[str, Any], send: Send) -> None:
        held.append(message["serial"])
        if len(held) == 3:
            for serial in reversed(held):
                send(DONE | {"serial": serial, "bank_serial": f"K-{serial}"})
                send(DONE | {"serial": serial, "bank_serial": "again"})
                send(DONE | {"serial": "nobody's"})

    async def scene() -> None:
        async with scripted(tmp_path, react) as bank:
            await bank.wait_up()
            asked = [bank.transfer(replace(REQUEST, serial=serial)) for serial in "abc"]
            answers = await asyncio.gather(*asked)
            assert [answer.bank_serial for answer in answers] == ["K-a", "K-b", "K-c"]

    asyncio.run(scene())


def test_a_late_answer_is_none_to_the_reversal(kind: str, tmp_path: Path) -> None:
    def react(message: dict[str, Any], send: Send) -> None:
        if message["type"] == "reverse":
            assert message["day"] == "2026-07-13"
            send(DONE)
            send(DONE | {"result": "reversed", "code": "B11_reversed"})

    async def scene() -> None:
        async with scripted(tmp_path, react) as bank:
            await bank.wait_up()
            assert bank.day == "2026-07-13"
            assert await unavailable(bank.transfer(REQUEST)) == "bank.slow"
            answer = await bank.reverse("tfr_1", "2026-07-13")
            assert answer == BankAnswer(BankResult.REVERSED, "transfer.reversed", "K1")

    asyncio.run(scene())


def test_a_file_comes_in_parts(kind: str, tmp_path: Path) -> None:
    whole = bytes(range(256)) * 3

    def react(message: dict[str, Any], send: Send) -> None:
        part = whole[message["offset"] : message["offset"] + 500]
        facts = {name: message[name] for name in ("day", "version", "offset")}
        send({"type": "file_part", **facts, "total": len(whole), "data": part})

    async def scene() -> None:
        async with scripted(tmp_path, react) as bank:
            await bank.wait_up()
            assert await bank.fetch_file("2026-07-13", 1) == whole

    asyncio.run(scene())


def test_a_password_is_sealed_for_one_serial(kind: str, tmp_path: Path) -> None:
    key = PasswordKey(tmp_path / "bank.key")
    sent: list[bytes] = []

    def react(message: dict[str, Any], send: Send) -> None:
        sent.append(message["password"])
        send(DONE)

    async def scene() -> None:
        told = LOGON_OK | {"password_key": key.public}
        async with scripted(tmp_path, react, told) as bank:
            await bank.wait_up()
            for _ in range(2):
                await bank.transfer(replace(REQUEST, password="135724"))

    asyncio.run(scene())
    assert sent[0] != sent[1], "the same password never looks the same twice"
    assert b"135724" not in sent[0]
    assert [key.open(sealed, "tfr_1") for sealed in sent] == ["135724", "135724"]
    assert key.open(sent[0], "tfr_2") == "", "it opens for its own serial only"
    assert PasswordKey(tmp_path / "bank.key").open(sent[0], "tfr_1") == "135724"


def test_silence_and_a_broken_line_are_unknown_outcomes(kind: str, tmp_path: Path) -> None:
    breaks: list[bool] = [False]

    def react(_message: dict[str, Any], send: Send) -> None:
        if breaks[0]:
            send(None)

    async def scene() -> None:
        async with scripted(tmp_path, react) as bank:
            await bank.wait_up()
            assert await unavailable(bank.transfer(REQUEST)) == "bank.slow"
            breaks[0] = True
            assert await unavailable(bank.transfer(REQUEST)) == "bank.unreachable"
            assert await unavailable(bank.transfer(REQUEST)) == NOT_SENT, "down for now"
            await bank.wait_up()

    asyncio.run(scene())


def test_a_bank_that_is_away_or_another_one(kind: str, tmp_path: Path) -> None:
    async def scene() -> None:
        nowhere = BankSocket(f"unix:{tmp_path}/nowhere.sock", "YQ01")
        nowhere.start()
        with pytest.raises(Unavailable):
            await nowhere.wait_up(0.2)
        assert await unavailable(nowhere.transfer(REQUEST)) == NOT_SENT
        await nowhere.stop()
        other = LOGON_OK | {"bank": "otherbank"}
        async with scripted(tmp_path, lambda *_: None, other) as bank:
            with pytest.raises(Unavailable):
                await bank.wait_up(0.2)

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("said", "result", "code"),
    [
        ({"result": "refused", "code": "B01_insufficient"}, "refused", "bank.insufficient"),
        ({"result": "refused", "code": "B02_unknown_account"}, "refused", "bank.unknown_account"),
        ({"result": "refused", "code": "B03_holder_mismatch"}, "refused", "bank.holder_mismatch"),
        ({"result": "refused", "code": "B04_limit"}, "refused", "bank.limit"),
        ({"result": "refused", "code": "B99_new"}, "refused", "bank.refused"),
        ({"result": "refused", "code": "B05_serial_reused"}, "conflict", "bank.serial_reused"),
    ],
)
def test_refusals_in_our_words(
    kind: str, tmp_path: Path, said: dict[str, str], result: str, code: str
) -> None:
    async def scene() -> None:
        async with scripted(tmp_path, lambda _, send: send(DONE | said)) as bank:
            await bank.wait_up()
            answer = await bank.transfer(REQUEST)
            assert (answer.result.value, answer.code) == (result, code)

    asyncio.run(scene())


def test_an_unheard_of_result_is_no_outcome(kind: str, tmp_path: Path) -> None:
    async def scene() -> None:
        odd = DONE | {"result": "perhaps"}
        async with scripted(tmp_path, lambda _, send: send(odd)) as bank:
            await bank.wait_up()
            assert await unavailable(bank.reverse("tfr_1", "2026-07-13")) == "bank.slow"
            assert await unavailable(bank.transfer(REQUEST)) == "bank.slow"

    asyncio.run(scene())


def test_frames_we_cant_read_end_the_session(kind: str, tmp_path: Path) -> None:
    async def scene() -> None:
        async with scripted(tmp_path, lambda _, send: send({"no": "type"})) as bank:
            await bank.wait_up()
            assert await unavailable(bank.transfer(REQUEST)) == "bank.unreachable"

    asyncio.run(scene())


@asynccontextmanager
async def simulated(
    folder: Path, faults: BankFaults, taker: Scene | None = None
) -> AsyncIterator[tuple[World, BankSocket]]:
    """The simulated world's bank over its socket. taker: who answers what the bank begins."""
    address = f"unix:{folder}/bank.sock"
    world = World(
        Settings(
            data=folder / "world",
            venue=f"unix:{folder}/venue.sock",
            bank=address,
            orders_per_s=0,
            first_day="2026-07-13",
            clock="manual",
            sync="normal",
            bank_faults=faults,
        )
    )
    await world.start()
    bank = BankSocket(address, "YQ01", slowest_s=0.5)
    if taker:
        bank.take(partial(answer_begun, taker.parts, bank.code))
    bank.start()
    try:
        await bank.wait_up()
        yield world, bank
    finally:
        await bank.stop()
        await world.stop()


def test_the_simulated_bank_pays_and_refuses(
    kind: str, new_scene: Callable[[], Scene], tmp_path: Path
) -> None:
    scene = new_scene()

    async def story() -> None:
        async with simulated(tmp_path, BankFaults()) as (world, bank):
            await bank.open_account(CARD, HOLDER, 1_000, "135724")
            await bank.open_account(CARD, HOLDER, 9_999)
            with pytest.raises(Invalid, match=r"bank\.holder_mismatch"):
                await bank.open_account(CARD, "另一人", 1)
            parts = replace(scene.parts, banks={bank.code: bank})
            own = Secrets(bank="135724")
            paid = await pay_in(parts, CLIENT, "a", ACCOUNT, 600, own)
            assert (paid.state, paid.bank_serial) == (TransferState.POSTED, "K000000000001")
            refused = await pay_in(parts, CLIENT, "b", ACCOUNT, 600, own)
            assert refused.code == "bank.insufficient"
            wrong = await pay_in(parts, CLIENT, "d", ACCOUNT, 1, Secrets(bank="999999"))
            assert (wrong.state, wrong.code) == (TransferState.REFUSED, "bank.wrong_password")
            back = await pay_out(parts, CLIENT, "c", ACCOUNT, 100)
            assert back.state is TransferState.POSTED
            assert world.bank.vault.balance_fen(CARD) == 500
            other = BankRequest(str(paid.id), Direction.IN, CARD, HOLDER, 601, "", "135724")
            assert (await bank.transfer(other)).result is BankResult.CONFLICT
            assert (await bank.reverse("K000000000009", bank.day)).result is BankResult.REVERSED

    asyncio.run(story())
    assert scene.cash_fen() == CASH_FEN + 500


def test_the_simulated_bank_at_its_worst(
    kind: str, new_scene: Callable[[], Scene], tmp_path: Path
) -> None:
    """Answers lost, doubled and late, lines broken, transfers begun at the bank and taken back,
    files half, wrong and lying: in the end every fen is placed, and nothing differs.
    """
    scene = new_scene()
    faults = BankFaults(
        lose_answer=0.15,
        disconnect=0.15,
        repeat_answer=0.2,
        late_file=0.2,
        half_file=0.3,
        wrong_sum=0.3,
        lying_file=1.0,
        reverse_begun=0.3,
        delay_ms=(0.0, 20.0),
    )

    async def story() -> tuple[int | None, int]:
        async with simulated(tmp_path, BankFaults()) as (world, bank):
            await bank.open_account(CARD, HOLDER, 5_000)
        async with simulated(tmp_path, faults, scene) as (world, bank):
            parts = replace(scene.parts, banks={bank.code: bank})
            for number in range(12):
                verb = pay_in if number % 3 else pay_out
                await verb(parts, CLIENT, f"k{number}", ACCOUNT, 100 + number)
                way = "to_bank" if number % 2 else "to_broker"
                assert not isinstance(world.bank.begin(CARD, way, 10 + number), str)
            vault = world.bank.vault
            async with asyncio.timeout(60):
                while vault.open_ones("YQ01"):
                    await asyncio.sleep(0.05)
            world.banks.look_at_clock(vault.day, "16:00", "2026-07-14", ended=True)
            for _ in range(200):
                scene.clock.advance(20)
                await recover(parts)
                await take_files(parts, "YQ01")
                with scene.database.read() as tx:
                    done = load_day(tx, "simbank", "2026-07-13")
                if done and done.version == 2:
                    break
                await asyncio.sleep(0.02)
            return vault.balance_fen(CARD), vault.custody_fen("YQ01")

    balance_fen, custody_fen = asyncio.run(story())
    rows = scene.rows()
    assert len(rows) == 24
    assert all(row.ended_at_ms is not None for row in rows), rows
    moved = sum(
        row.amount_fen if row.direction is Direction.IN else -row.amount_fen
        for row in rows
        if row.state is TransferState.POSTED
    )
    assert scene.cash_fen() == CASH_FEN + moved
    assert balance_fen == 5_000 - moved
    assert custody_fen == moved
    with scene.database.read() as tx:
        assert load_differences(tx) == []
        outcome = load_day(tx, "simbank", "2026-07-13")
    assert outcome is not None
    assert outcome.rows == outcome.matched >= 12
