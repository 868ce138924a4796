"""One connection: its frames, checked, and when the peer was last heard.

What is no message of the protocol raises BadFrameError. The server answers it with an error and
ends the connection: what can't be read can't be trusted to be an order.
"""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from typing import TypeVar

import msgspec

from yunquan_world.frames import FrameTooLongError, packed, read_body
from yunquan_world.messages import Error, Message

T = TypeVar("T")

_LOGON_WITHIN_S = 10.0
_FAREWELL_WITHIN_S = 1.0


class BadFrameError(Exception):
    """The peer broke the protocol. code: as in the error message it is sent."""

    def __init__(self, code: str, text: str):
        super().__init__(text)
        self.code = code


class Connection:
    """heard_at_s: the event loop's time when the peer last sent anything."""

    def __init__(self, reader: StreamReader, writer: StreamWriter):
        self.reader = reader
        self.writer = writer
        self.heard_at_s = asyncio.get_running_loop().time()

    async def receive(self, decoder: msgspec.msgpack.Decoder[T]) -> T:
        """The next message. The end of the stream raises IncompleteReadError."""
        try:
            body = await read_body(self.reader)
        except FrameTooLongError as error:
            raise BadFrameError("F01_too_long", str(error)) from error
        self.heard_at_s = asyncio.get_running_loop().time()
        try:
            return decoder.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadFrameError("F02_malformed", str(error)[:200]) from error

    async def receive_logon(self, decoder: msgspec.msgpack.Decoder[T]) -> T:
        """The first message; whoever connects and says nothing is not waited for."""
        try:
            async with asyncio.timeout(_LOGON_WITHIN_S):
                return await self.receive(decoder)
        except TimeoutError as error:
            raise BadFrameError("F03_no_logon", "no logon came in time") from error

    def send(self, message: Message) -> None:
        if not self.is_gone:
            self.writer.write(packed(message))

    def refuse(self, code: str, text: str) -> None:
        """Tell the peer what it did wrong; the connection is to be closed after it."""
        self.send(Error(code, text))

    async def drain(self) -> None:
        """Wait until the peer has taken what it was sent: that, too, is a sign of life."""
        await self.writer.drain()
        self.heard_at_s = asyncio.get_running_loop().time()

    @property
    def unsent_bytes(self) -> int:
        return self.writer.transport.get_write_buffer_size()

    @property
    def is_gone(self) -> bool:
        """Whether the line is broken though its session may not know yet. uvloop lets nobody write
        to such a line, where asyncio only passes over it."""
        return self.writer.is_closing()

    async def close(self) -> None:
        """Close, giving what is still to be sent a moment; then break off."""
        try:
            async with asyncio.timeout(_FAREWELL_WITHIN_S):
                await self.writer.drain()
                self.writer.close()
                await self.writer.wait_closed()
        except (OSError, TimeoutError):
            self.abort()

    def abort(self) -> None:
        self.writer.transport.abort()
