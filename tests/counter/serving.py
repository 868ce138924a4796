"""A counter behind its socket, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from tests.counter.desk import ACCOUNT, BUY, DAY, MAIN, Desk
from yunquan.counter import CounterServer, SocketClient
from yunquan.counter import types as c
from yunquan.kernel.errors import Unavailable


@asynccontextmanager
async def serving(desk: Desk, address: str) -> AsyncIterator[CounterServer]:
    server = CounterServer(desk.driver)
    await server.start(address)
    try:
        yield server
    finally:
        await server.drain()


@asynccontextmanager
async def connected(address: str, on_committed: Any = None) -> AsyncIterator[SocketClient]:
    client = SocketClient(address, on_committed=on_committed)
    await client.start()
    try:
        yield client
    finally:
        await client.close()


async def until(condition: Callable[[], bool], within_s: float = 5.0) -> None:
    for _ in range(int(within_s / 0.005)):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never happened")


def deposit(name: str, fen: int = 1) -> c.Deposit:
    return c.Deposit(name, ACCOUNT, fen, "icbc")


def place(name: str, qty: int = 100) -> c.PlaceOrder:
    return c.PlaceOrder(name, ACCOUNT, MAIN, BUY, 10_000, qty, DAY)


async def repeated(client: SocketClient, command: Any) -> c.Answer:
    """Submitted until it is answered."""
    while True:
        try:
            return await client.submit(command)
        except Unavailable:
            await asyncio.sleep(0.01)
