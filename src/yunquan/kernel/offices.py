"""Asking an outside office (police, depository, carrier, lists) and waiting for its answer.

Synchronous, safe from many threads: a line of its own for each question. A serial is done once at
the office however often it is asked, so an unknown outcome is settled by asking again with the
same serial. Protocol: docs/offices-protocol.md.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from typing import Any, Final, cast

import msgspec

from yunquan.kernel.errors import Conflict, Invalid, Unavailable, YunquanError
from yunquan.kernel.wire import LARGEST_FRAME, frame

NOT_SENT: Final = "office.not_sent"
NO_ANSWER: Final = "office.no_answer"
BUSY: Final = "office.busy"
CLOSED: Final = "office.closed"
_LENGTH = struct.Struct(">I")
_decoder = msgspec.msgpack.Decoder(dict[str, Any])
_encoder = msgspec.msgpack.Encoder()


@dataclass(frozen=True, slots=True)
class OfficeAnswer:
    """What an office says. result: what it came to, in the office's words; code: its reason, ""
    where it is as wished. body: may name people, so it is never printed.
    """

    result: str
    code: str
    body: dict[str, Any]

    def __repr__(self) -> str:
        return f"OfficeAnswer({self.result!r}, {self.code!r})"

    def text(self, name: str) -> str:
        """A text of the body, "" where there is none."""
        found = self.body.get(name, "")
        return found if isinstance(found, str) else ""


class Offices:
    """The address behind which all offices are asked. firm: whose serials these are."""

    def __init__(self, address: str, firm: str, slowest_s: float = 5.0) -> None:
        self._address = address
        self._firm = firm
        self._slowest_s = slowest_s

    def ask(self, office: str, serial: str, body: dict[str, Any]) -> OfficeAnswer:
        """An office's answer. The same serial and body have the same answer for ever.

        Raises Unavailable office.not_sent, office.busy and office.closed (surely not done),
        office.no_answer (unknown: ask again with the same serial); Conflict office.serial_reused;
        Invalid office.malformed.
        """
        message = {
            "type": "ask",
            "firm": self._firm,
            "office": office,
            "serial": serial,
            "body": body,
        }
        sent = frame(_encoder.encode(message))
        if len(sent) > LARGEST_FRAME:
            raise Invalid("office.malformed", office=office)
        with self._connect(office) as line:
            try:
                line.sendall(sent)
            except OSError as error:
                # The frame didn't leave whole, and an office does nothing about half of one.
                raise Unavailable(NOT_SENT, office=office) from error
            try:
                return _read(_receive(line), office, serial)
            except (OSError, EOFError, msgspec.MsgspecError, KeyError, TypeError) as error:
                raise Unavailable(NO_ANSWER, office=office) from error

    def _connect(self, office: str) -> socket.socket:
        kind, _, place = self._address.partition(":")
        try:
            if kind == "unix":
                line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                line.settimeout(self._slowest_s)
                try:
                    line.connect(place)
                except OSError:
                    line.close()
                    raise
                return line
            host, _, port = place.rpartition(":")
            return socket.create_connection((host, int(port)), self._slowest_s)
        except (OSError, ValueError) as error:
            raise Unavailable(NOT_SENT, office=office) from error


def _receive(line: socket.socket) -> dict[str, Any]:
    """The next message that is no heartbeat. Raises EOFError when the line ends before it."""
    while True:
        (length,) = _LENGTH.unpack(_exactly(line, _LENGTH.size))
        if length > LARGEST_FRAME:
            raise EOFError(f"a frame of {length} bytes")
        message = _decoder.decode(_exactly(line, length))
        if message["type"] != "heartbeat":
            return message


def _exactly(line: socket.socket, length: int) -> bytes:
    found = bytearray()
    while len(found) < length:
        part = line.recv(length - len(found))
        if not part:
            raise EOFError("the line ended")
        found += part
    return bytes(found)


def _read(message: dict[str, Any], office: str, serial: str) -> OfficeAnswer:
    if message["type"] == "error":
        # The frame was never read as a question: nothing was done.
        raise Invalid("office.malformed", office=office)
    if (message["office"], message["serial"]) != (office, serial):
        raise EOFError("another question's answer")
    if message["type"] == "unasked":
        raise _unasked(message["code"], office)
    result, code, body = message["result"], message["code"], message["body"]
    if not (isinstance(result, str) and isinstance(code, str) and isinstance(body, dict)):
        raise EOFError("no answer")
    return OfficeAnswer(result, code, cast(dict[str, Any], body))


def _unasked(code: str, office: str) -> YunquanError:
    match code:
        case "O01_serial_reused":
            return Conflict("office.serial_reused", office=office)
        case "O03_malformed":
            return Invalid("office.malformed", office=office)
        case "O04_busy":
            return Unavailable(BUSY, office=office)
        case _:
            return Unavailable(CLOSED, office=office)
