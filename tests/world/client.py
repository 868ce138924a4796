"""A plain peer for the tests of the world: it speaks the protocol with dicts, framed anew."""

from __future__ import annotations

import asyncio
import struct
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from yunquan_world import Faults, Settings, World

WAIT_S = 5.0
# Two shares are enough for a conversation, and a world of them starts at once.
BARS = """symbol,date,close
600519.SH,2026-07-07,1195.00
600519.SH,2026-07-08,1198.50
600519.SH,2026-07-09,1207.00
600519.SH,2026-07-10,1204.98
600519.SH,2026-07-13,1203.30
600519.SH,2026-07-14,1211.11
000001.SZ,2026-07-07,10.30
000001.SZ,2026-07-08,10.32
000001.SZ,2026-07-09,10.25
000001.SZ,2026-07-10,10.23
000001.SZ,2026-07-13,10.31
000001.SZ,2026-07-14,10.28
"""
HAITANG = "600519.SH"
LINJIANG = "000001.SZ"


@asynccontextmanager
async def running(folder: Path, **options: Any) -> AsyncIterator[World]:
    """A world whose time stands still at the opening and whose books only members fill."""
    bars = folder / "bars.csv"
    bars.write_text(BARS)
    # Paths of sockets are limited to some hundred bytes, which pytest's folders exceed.
    with tempfile.TemporaryDirectory(prefix="yqw") as sockets:
        chosen = {
            "clock": "manual",
            "hours": "always",
            "orders_per_s": 0,
            "order_latency_ms": (0.0, 0.0),
            "faults": quiet(),
            "sync": "normal",
            "bars": bars,
            **options,
        }
        world = World(
            Settings(
                data=folder / "world",
                venue=f"unix:{sockets}/venue.sock",
                bank=f"unix:{sockets}/bank.sock",
                offices=f"unix:{sockets}/offices.sock",
                **chosen,
            )
        )
        await world.start()
        try:
            yield world
        finally:
            await world.stop()


def quiet(**chances: float) -> Faults:
    """Faults without any delay."""
    return Faults(latency_ms=(0.0, 0.0), **chances)


class Client:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self.reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, address: str) -> Client:
        return cls(*await asyncio.open_unix_connection(address.removeprefix("unix:")))

    @classmethod
    async def member(cls, world: World, next_report: int = 1, gateway: str = "counter-0") -> Client:
        """A session that has logged on and seen the instruments and old reports."""
        client = await cls.open(world.settings.venue)
        client.send(
            type="logon", role="member", member="YQ01", gateway=gateway, next_report=next_report
        )
        return client

    @classmethod
    async def feed(cls, world: World, *symbols: str) -> Client:
        client = await cls.open(world.settings.venue)
        client.send(type="logon", role="feed")
        client.send(type="subscribe", symbols=list(symbols))
        return client

    def send(self, **message: Any) -> None:
        self.send_body(msgspec.msgpack.encode(message))

    def send_body(self, body: bytes) -> None:
        self.writer.write(struct.pack(">I", len(body)) + body)

    def order(self, order_id: str, side: str, price_milli: int, qty: int, **other: Any) -> None:
        fields = {
            "account": "A123456789",
            "security": "600519",
            "market": "SH",
            "kind": "limit",
            **other,
        }
        self.send(type="order", id=order_id, side=side, price_milli=price_milli, qty=qty, **fields)

    async def receive(self) -> dict[str, Any]:
        async with asyncio.timeout(WAIT_S):
            (length,) = struct.unpack(">I", await self.reader.readexactly(4))
            return msgspec.msgpack.decode(await self.reader.readexactly(length))

    async def next(self, kind: str) -> dict[str, Any]:
        """The next message of a type; others are passed over."""
        while True:
            message = await self.receive()
            if message["type"] == kind:
                return message

    async def reports(self, count: int) -> list[dict[str, Any]]:
        return [await self.next("report") for _ in range(count)]

    async def until(self, kind: str) -> list[dict[str, Any]]:
        """Everything up to and with the first message of a type."""
        found = [await self.receive()]
        while found[-1]["type"] != kind:
            found.append(await self.receive())
        return found

    async def ended(self) -> bool:
        """Whether the peer closes the connection; what it still says is passed over."""
        async with asyncio.timeout(WAIT_S):
            while True:
                try:
                    if not await self.reader.read(65536):
                        return True
                except ConnectionError:
                    return True

    def close(self) -> None:
        self.writer.transport.abort()
