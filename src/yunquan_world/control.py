"""The operator's door: exceptional days are staged through a socket of their own.

`python -m yunquan_world.control unix:/x/control.sock halt_exchange market=SH reason=drill`
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import date
from typing import Annotated, Literal, Protocol

import msgspec
from msgspec import Meta

from yunquan_world.connection import Connection
from yunquan_world.frames import packed, read_body
from yunquan_world.messages import Heartbeat, Label, Message, Word

_Market = Literal["SH", "SZ", "BJ"]


class HaltExchange(Message, frozen=True, tag="halt_exchange"):
    market: _Market
    reason: Word = ""


class ResumeExchange(Message, frozen=True, tag="resume_exchange"):
    market: _Market


class Halt(Message, frozen=True, tag="halt"):
    symbol: Word
    reason: Word = ""


class Resume(Message, frozen=True, tag="resume"):
    symbol: Word


class ChangeGateway(Message, frozen=True, tag="change_gateway"):
    """orders_per_s: its new quota, 0 for none, -1 for the one it has. closed_s: real seconds for
    which it takes no logon; 0 leaves its session alone."""

    gateway: Annotated[str, Meta(pattern=r"^[!-~]{1,57}$")]
    orders_per_s: Annotated[int, Meta(ge=-1, le=1_000_000)] = -1
    closed_s: Annotated[float, Meta(ge=0, le=86_400)] = 0.0


class NetworkTest(Message, frozen=True, tag="network_test"):
    day: Word


class BeginAtBank(Message, frozen=True, tag="begin_at_bank"):
    """A customer moves money in the bank's own app. amount_fen: in fen."""

    bank: Word
    bank_account: Word
    direction: Literal["to_broker", "to_bank"]
    amount_fen: Annotated[int, Meta(ge=1, le=2**53)]


class Enrol(Message, frozen=True, tag="enrol"):
    """Somebody comes into the police's register, or gets a photo there. name may be left out of
    one of the population; photo is base64 on a command line. photo_on: ISO day."""

    number: Word
    name: Label = ""
    photo: Annotated[bytes, Meta(max_length=512 * 1024)] = b""
    photo_on: Word = ""


Command = (
    HaltExchange
    | ResumeExchange
    | Halt
    | Resume
    | ChangeGateway
    | NetworkTest
    | BeginAtBank
    | Enrol
    | Heartbeat
)
_decoder: msgspec.msgpack.Decoder[Command] = msgspec.msgpack.Decoder(Command)


class Done(Message, frozen=True, tag="done"):
    pass


class Refused(Message, frozen=True, tag="refused"):
    code: str
    text: str


class RefusedError(Exception):
    """The operator asked for what can't be. code: as in the answer."""

    def __init__(self, code: str, text: str):
        super().__init__(text)
        self.code = code


class Operable(Protocol):
    """A world that takes an operator's commands; what can't be done raises RefusedError."""

    def halt_exchange(self, market: str, reason: str = "") -> None: ...

    def resume_exchange(self, market: str) -> None: ...

    def halt(self, symbol: str, reason: str = "") -> None: ...

    def resume(self, symbol: str) -> None: ...

    def change_gateway(
        self, gateway: str, orders_per_s: int = -1, closed_s: float = 0.0
    ) -> None: ...

    def plan_test_day(self, day: str) -> None: ...

    def begin_at_bank(
        self, bank: str, bank_account: str, direction: str, amount_fen: int
    ) -> str: ...

    def enrol(self, number: str, name: str, photo: bytes, photo_on: str) -> None: ...


async def serve_operator(connection: Connection, world: Operable) -> None:
    """Carry out an operator's commands one after the other, to the end of the connection."""
    while True:
        command = await connection.receive(_decoder)
        try:
            _carry_out(command, world)
        except RefusedError as error:
            connection.send(Refused(error.code, str(error)))
        else:
            connection.send(Done())
        await connection.drain()


def _carry_out(command: Command, world: Operable) -> None:
    match command:
        case HaltExchange():
            world.halt_exchange(command.market, command.reason)
        case ResumeExchange():
            world.resume_exchange(command.market)
        case Halt():
            world.halt(command.symbol, command.reason)
        case Resume():
            world.resume(command.symbol)
        case ChangeGateway():
            world.change_gateway(command.gateway, command.orders_per_s, command.closed_s)
        case NetworkTest():
            world.plan_test_day(checked_day(command.day))
        case BeginAtBank():
            facts = (command.bank, command.bank_account, command.direction, command.amount_fen)
            world.begin_at_bank(*facts)
        case Enrol():
            world.enrol(command.number, command.name, command.photo, command.photo_on)
        case Heartbeat():
            pass


def checked_day(text: str) -> str:
    """A date as it is kept; raises RefusedError for what is none."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise RefusedError("C02_no_date", str(error)) from error


async def tell(address: str, command: str, facts: dict[str, str]) -> dict[str, object]:
    """Send one command to a running world; returns its answer."""
    path = address.removeprefix("unix:")
    reader, writer = await asyncio.open_unix_connection(path)
    # Numbers come as text from a command line.
    message = msgspec.convert({"type": command, **facts}, Command, strict=False)
    writer.write(packed(message))
    try:
        return msgspec.msgpack.decode(await read_body(reader))
    finally:
        writer.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="yunquan_world.control", description=__doc__)
    parser.add_argument("address", help="unix:/path of the running world's --control")
    parser.add_argument("command", help="halt_exchange, resume_exchange, halt, ...")
    parser.add_argument("facts", nargs="*", help="such as market=SH reason=drill")
    given = parser.parse_args()
    facts = dict(fact.split("=", 1) for fact in given.facts)
    try:
        answer = asyncio.run(tell(given.address, given.command, facts))
    except (msgspec.ValidationError, OSError) as error:
        parser.error(str(error))
    sys.stdout.write(f"{answer}\n")
    return 0 if answer["type"] == "done" else 1


if __name__ == "__main__":
    sys.exit(main())
