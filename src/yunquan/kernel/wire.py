"""Msgpack frames between processes: four bytes of length (big endian), then one msgpack value."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path

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
    """The next frame's body; None when the peer has closed. Raises FrameTooLong, or IncompleteReadError mid-frame."""
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
        path = Path(rest)
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        server = await asyncio.start_unix_server(handler, rest, limit=LARGEST_FRAME)
        path.chmod(0o600)
        return server
    host, _, port = rest.rpartition(":")
    return await asyncio.start_server(handler, host, int(port), limit=LARGEST_FRAME)
