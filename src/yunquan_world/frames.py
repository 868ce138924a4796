"""Frames on a socket: a length of four bytes, big-endian, then one msgpack map of at most 1 MiB."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path

from yunquan_world.messages import Message, encode

FRAME_LIMIT = 1 << 20
_LENGTH = struct.Struct(">I")

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class FrameTooLongError(Exception):
    """The peer announced a frame above the limit; nothing of it was read."""


def packed(message: Message) -> bytes:
    """The frame of a message."""
    body = encode(message)
    return _LENGTH.pack(len(body)) + body


def framed(body: bytes) -> bytes:
    """The frame of an already encoded message."""
    return _LENGTH.pack(len(body)) + body


async def read_body(reader: asyncio.StreamReader) -> bytes:
    """The next frame's body. Raises IncompleteReadError at the end of the stream."""
    (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    if length > FRAME_LIMIT:
        raise FrameTooLongError(f"{length} bytes, at most {FRAME_LIMIT}")
    return await reader.readexactly(length)


async def listen(address: str, handler: Handler) -> asyncio.Server:
    """Serve "unix:/path" or "tcp:host:port". A socket file left by a killed process is replaced."""
    kind, _, place = address.partition(":")
    if kind == "unix" and place:
        path = Path(place)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(handler, place)
        path.chmod(0o600)
        return server
    host, _, port = place.rpartition(":")
    if kind == "tcp" and port.isdigit():
        return await asyncio.start_server(handler, host or "127.0.0.1", int(port))
    raise ValueError(f"address {address!r} is neither unix:/path nor tcp:host:port")
