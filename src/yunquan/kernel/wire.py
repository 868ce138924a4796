"""Msgpack frames between processes: four bytes of length (big endian), then one msgpack value."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from yunquan.kernel.errors import Unavailable

LARGEST_FRAME = 1 << 20
_LENGTH = struct.Struct(">I")

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class FrameTooLong(Exception):
    """The peer announced a frame above the limit; the connection can't be trusted any further."""


def frame(body: bytes) -> bytes:
    """The body with its length in front."""
    return _LENGTH.pack(len(body)) + body


async def read_frame(reader: asyncio.StreamReader, limit: int = LARGEST_FRAME) -> bytes | None:
    """The next frame's body; None when the peer has closed. Raises FrameTooLong, or
    IncompleteReadError mid-frame.
    """
    try:
        head = await reader.readexactly(_LENGTH.size)
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return None
    (length,) = _LENGTH.unpack(head)
    if length > limit:
        raise FrameTooLong(length)
    return await reader.readexactly(length)


async def open_connection(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to "unix:/path" or "tcp:host:port". Raises Unavailable wire.unreachable."""
    kind, _, rest = address.partition(":")
    try:
        if kind == "unix":
            return await asyncio.open_unix_connection(rest, limit=LARGEST_FRAME)
        host, _, port = rest.rpartition(":")
        return await asyncio.open_connection(host, int(port), limit=LARGEST_FRAME)
    except OSError as error:
        raise Unavailable("wire.unreachable", address=address, reason=str(error)) from error


async def start_server(handler: Handler, address: str) -> asyncio.Server:
    """Listen on "unix:/path" (0600, a stale socket file is replaced) or "tcp:host:port"."""
    kind, _, rest = address.partition(":")
    if kind == "unix":
        path = _fresh_socket(rest)
        server = await asyncio.start_unix_server(handler, rest, limit=LARGEST_FRAME)
        path.chmod(0o600)
        return server
    host, _, port = rest.rpartition(":")
    return await asyncio.start_server(handler, host, int(port), limit=LARGEST_FRAME)


class FrameBuffer:
    """Cuts a stream of bytes into frame bodies, for protocols that get data in pieces."""

    def __init__(self, limit: int = LARGEST_FRAME) -> None:
        self._limit = limit
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The bodies completed by `data`. Raises FrameTooLong when a length is above the limit."""
        rest = self._rest
        rest += data
        bodies: list[bytes] = []
        start, end = 0, len(rest)
        while end - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(rest, start)
            if length > self._limit:
                raise FrameTooLong(length)
            if end - start - _LENGTH.size < length:
                break
            body_at = start + _LENGTH.size
            start = body_at + length
            bodies.append(bytes(rest[body_at:start]))
        del rest[:start]
        return bodies


AnyProtocol = TypeVar("AnyProtocol", bound=asyncio.Protocol)


async def listen(factory: Callable[[], asyncio.Protocol], address: str) -> asyncio.Server:
    """Serve a protocol at "unix:/path" (0600, a stale socket file is replaced) or
    "tcp:host:port".
    """
    loop = asyncio.get_running_loop()
    kind, _, rest = address.partition(":")
    if kind == "unix":
        path = _fresh_socket(rest)
        server = await loop.create_unix_server(factory, rest)
        path.chmod(0o600)
        return server
    host, _, port = rest.rpartition(":")
    return await loop.create_server(factory, host, int(port))


async def connect(factory: Callable[[], AnyProtocol], address: str) -> AnyProtocol:
    """Connect a protocol to "unix:/path" or "tcp:host:port". Raises Unavailable
    wire.unreachable.
    """
    loop = asyncio.get_running_loop()
    kind, _, rest = address.partition(":")
    try:
        if kind == "unix":
            _, protocol = await loop.create_unix_connection(factory, rest)
        else:
            host, _, port = rest.rpartition(":")
            _, protocol = await loop.create_connection(factory, host, int(port))
    except OSError as error:
        raise Unavailable("wire.unreachable", address=address, reason=str(error)) from error
    return protocol


def _fresh_socket(place: str) -> Path:
    path = Path(place)
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    return path
