"""The adapter against a scripted peer, and the whole room against the simulated bank itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.funding.conftest import ACCOUNT, CARD, CASH_FEN, CLIENT, HOLDER, Scene
from yunquan.funding import BankSocket, pay_in, pay_out, recover
from yunquan.funding.types import BankAnswer, BankRequest, BankResult, Direction, TransferState
from yunquan.kernel.errors import Invalid, Unavailable
from yunquan.kernel.wire import frame, read_frame, start_server
from yunquan_world.faults import BankFaults
from yunquan_world.settings import Settings
from yunquan_world.world import World

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], scope="function")

Send = Callable[..., None]
Reaction = Callable[[dict[str, Any], Send], None]
REQUEST = BankRequest("tfr_1", Direction.IN, CARD, HOLDER, 100)
DONE = {"type": "transfer_result", "serial": "tfr_1", "result": "done", "bank_serial": "K1"}
UNKNOWN = {"type": "transfer_result", "serial": "tfr_1", "result": "unknown"}
LOGON_OK = {"type": "logon_ok", "bank": "simbank", "name": "", "name_en": ""}


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


def test_a_late_unknown_is_no_answer_to_a_transfer(kind: str, tmp_path: Path) -> None:
    def react(message: dict[str, Any], send: Send) -> None:
        if message["type"] == "transfer":
            send(UNKNOWN)
            send(DONE)

    async def scene() -> None:
        async with scripted(tmp_path, react) as bank:
            await bank.wait_up()
            assert await unavailable(bank.query("tfr_1")) == "bank.slow"
            answer = await bank.transfer(REQUEST)
            assert answer == BankAnswer(BankResult.DONE, bank_serial="K1")

    asyncio.run(scene())


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
            assert await unavailable(bank.query("tfr_1")) == "bank.unreachable", "down for now"
            await bank.wait_up()

    asyncio.run(scene())


def test_a_bank_that_is_away_or_another_one(kind: str, tmp_path: Path) -> None:
    async def scene() -> None:
        nowhere = BankSocket(f"unix:{tmp_path}/nowhere.sock", "YQ01")
        nowhere.start()
        with pytest.raises(Unavailable):
            await nowhere.wait_up(0.2)
        assert await unavailable(nowhere.transfer(REQUEST)) == "bank.unreachable"
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
            assert (await bank.query("tfr_1")).result is BankResult.CONFLICT
            assert await unavailable(bank.transfer(REQUEST)) == "bank.slow"

    asyncio.run(scene())


def test_frames_we_cant_read_end_the_session(kind: str, tmp_path: Path) -> None:
    async def scene() -> None:
        async with scripted(tmp_path, lambda _, send: send({"no": "type"})) as bank:
            await bank.wait_up()
            assert await unavailable(bank.transfer(REQUEST)) == "bank.unreachable"

    asyncio.run(scene())


@asynccontextmanager
async def simulated(folder: Path, faults: BankFaults) -> AsyncIterator[tuple[World, BankSocket]]:
    """The simulated world's bank over its socket."""
    address = f"unix:{folder}/bank.sock"
    world = World(
        Settings(
            data=folder / "world",
            venue=f"unix:{folder}/venue.sock",
            bank=address,
            orders_per_s=0,
            clock="manual",
            sync="normal",
            bank_faults=faults,
        )
    )
    await world.start()
    bank = BankSocket(address, "YQ01", slowest_s=0.5)
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
            await bank.open_account(CARD, HOLDER, 1_000)
            await bank.open_account(CARD, HOLDER, 9_999)
            with pytest.raises(Invalid, match=r"bank\.holder_mismatch"):
                await bank.open_account(CARD, "另一人", 1)
            parts = replace(scene.parts, bank=bank)
            paid = await pay_in(parts, CLIENT, "a", ACCOUNT, 600)
            assert (paid.state, paid.bank_serial) == (TransferState.POSTED, "K000000000001")
            refused = await pay_in(parts, CLIENT, "b", ACCOUNT, 600)
            assert refused.code == "bank.insufficient"
            back = await pay_out(parts, CLIENT, "c", ACCOUNT, 100)
            assert back.state is TransferState.POSTED
            assert world.bank.vault.balance_fen(CARD) == 500
            again = await bank.transfer(BankRequest(str(paid.id), Direction.IN, CARD, HOLDER, 601))
            assert again.result is BankResult.CONFLICT
            assert (await bank.query("tfr_never")).result is BankResult.UNKNOWN

    asyncio.run(story())
    assert scene.cash_fen() == CASH_FEN + 500


def test_the_simulated_bank_at_its_worst(
    kind: str, new_scene: Callable[[], Scene], tmp_path: Path
) -> None:
    """Answers lost and lines broken in a third of all requests: in the end every fen is placed."""
    scene = new_scene()

    async def story() -> int | None:
        async with simulated(tmp_path, BankFaults()) as (world, bank):
            await bank.open_account(CARD, HOLDER, 2_000)
        faults = BankFaults(lose_answer=0.15, disconnect=0.2, delay_ms=(0.0, 20.0))
        async with simulated(tmp_path, faults) as (world, bank):
            parts = replace(scene.parts, bank=bank)
            for number in range(12):
                verb = pay_in if number % 3 else pay_out
                await verb(parts, CLIENT, f"k{number}", ACCOUNT, 100 + number)
            for _ in range(200):
                scene.clock.advance(5)
                await recover(parts)
                if all(row.ended_at_ms is not None for row in scene.rows()):
                    break
                await asyncio.sleep(0.05)
            return world.bank.vault.balance_fen(CARD)

    balance_fen = asyncio.run(story())
    rows = scene.rows()
    assert {row.state for row in rows} == {TransferState.POSTED}
    moved = sum(
        row.amount_fen if row.direction is Direction.IN else -row.amount_fen for row in rows
    )
    assert scene.cash_fen() == CASH_FEN + moved
    assert balance_fen == 2_000 - moved
