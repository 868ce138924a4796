"""The vision process: `python -m yunquan_vision MEMORY_MB`, asked over the socket on descriptor 0.

A frame is four bytes of length (big endian) and one msgpack value. The first frame out is a hello
{walls, names}; then one request {serial, name, arguments} at a time is answered by
{serial, ok, value} or {serial, ok, error}. It ends with its channel.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Callable
from typing import Any, Final

from yunquan_vision import prison

LARGEST_REQUEST: Final = 28 << 20
_LENGTH = struct.Struct(">I")
_CHANNEL: Final = 0
_NO_MEMORY: Final = -4  # OpenCV's word for it


class Ended(Exception):
    """The channel was closed."""


def main(memory_mb: int) -> None:
    # Files first, while there is one thread; then the libraries, which start others.
    walls = ["files"] if prison.close_files() else []
    prison.limit(memory_mb)
    walls.append("limits")
    try:
        looks = _load()
    except Exception as error:  # nothing of a stranger's was read yet: the reason may be told
        _send({"walls": walls, "names": [], "fault": f"{type(error).__name__}: {error}"[:300]})
        raise
    if prison.close_calls():
        walls.append("calls")
    _send({"walls": walls, "names": sorted(looks)})
    while True:
        _send(_answer(looks, _receive()))


def _load() -> dict[str, Callable[..., dict[str, Any]]]:
    from yunquan_vision.looks import Looks  # noqa: PLC0415  (behind the first wall)

    looks = Looks()
    looks.load()
    return looks.by_name()


def _answer(looks: dict[str, Callable[..., dict[str, Any]]], request: dict[str, Any]) -> object:
    serial = request["serial"]
    try:
        value = looks[request["name"]](*request["arguments"])
    except MemoryError:
        raise  # what is left of the memory is anybody's guess: another process takes over
    except ValueError as refusal:
        code = str(refusal)
        known = code.startswith("vision.") and len(code) < 64
        return {"serial": serial, "ok": False, "error": code if known else "vision.failed"}
    except Exception as error:  # a library that can't go on with this file
        if getattr(error, "code", None) == _NO_MEMORY or "bad_alloc" in str(error):
            raise
        return {"serial": serial, "ok": False, "error": "vision.failed"}
    return {"serial": serial, "ok": True, "value": value}


def _receive() -> dict[str, Any]:
    import msgpack  # noqa: PLC0415  (behind the first wall)

    (length,) = _LENGTH.unpack(_exactly(_LENGTH.size))
    if length > LARGEST_REQUEST:
        raise Ended
    request: dict[str, Any] = msgpack.unpackb(_exactly(length))
    return request


def _exactly(length: int) -> bytes:
    found = bytearray()
    while len(found) < length:
        part = os.read(_CHANNEL, min(length - len(found), 1 << 20))
        if not part:
            raise Ended
        found += part
    return bytes(found)


def _send(value: object) -> None:
    import msgpack  # noqa: PLC0415  (behind the first wall)

    body: bytes = msgpack.packb(value)
    left = memoryview(_LENGTH.pack(len(body)) + body)
    while left:
        left = left[os.write(_CHANNEL, left) :]


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]))
    except (Ended, BrokenPipeError, ConnectionResetError):
        os._exit(0)
    except BaseException:
        # No traceback, which may quote what was looked at; and no waiting for libraries' threads.
        os._exit(3)
