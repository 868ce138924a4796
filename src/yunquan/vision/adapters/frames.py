"""One vision process as its asker sees it: started, asked with a deadline, ended.

What comes back is a stranger's word: a picture may have taken the process over.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import subprocess
import time
from pathlib import Path
from typing import Any, Final

import msgspec

from yunquan.kernel.wire import LARGEST_FRAME, frame

# The package is loaded from its folder: nothing else beside it can be imported.
_BOOT: Final = """
import importlib.util, runpy, sys
folder = sys.argv.pop(1)
spec = importlib.util.spec_from_file_location(
    "yunquan_vision", folder + "/__init__.py", submodule_search_locations=[folder])
sys.modules["yunquan_vision"] = package = importlib.util.module_from_spec(spec)
spec.loader.exec_module(package)
runpy.run_module("yunquan_vision.__main__", run_name="__main__", alter_sys=True)
"""
# One thread a library: processes share the machine's cores, and threads cost memory.
_ENVIRONMENT: Final = {
    name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
}
_LENGTH: Final = struct.Struct(">I")
_encoder = msgspec.msgpack.Encoder()


class Hello(msgspec.Struct, frozen=True):
    """What a process says once its models are loaded. walls: those that stand around it ("files",
    "limits", "calls"). fault: why it can't work.
    """

    walls: tuple[str, ...]
    names: tuple[str, ...]
    fault: str = ""


class Reply(msgspec.Struct, frozen=True):
    """An answer, its value still unread."""

    serial: int
    ok: bool
    error: str = ""
    value: msgspec.Raw = msgspec.Raw(b"\xc0")


class Lost(Exception):
    """The process died or answered nonsense; it is ended."""


class Late(Exception):
    """No answer within the time given; the process is ended."""


# What a decoder raises: wrong bytes or types, text that is none, lists within lists without end.
NONSENSE: Final = (msgspec.MsgspecError, ValueError, RecursionError)
_hello_decoder = msgspec.msgpack.Decoder(Hello)
_reply_decoder = msgspec.msgpack.Decoder(Reply)


def vision_command(python: Path, memory_mb: int) -> list[str]:
    """How the project's own process is started."""
    folder = Path(__file__).parents[3] / "yunquan_vision"
    return [str(python), "-I", "-B", "-c", _BOOT, str(folder), str(memory_mb)]


class Process:
    """Used by one thread at a time; only `kill` may come from another."""

    def __init__(self, command: list[str], start_s: float) -> None:
        """Raises Lost."""
        ours, theirs = socket.socketpair()
        self._line = ours
        self._serial = 0
        try:
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603  (the command is the project's own)
                    command,
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=_ENVIRONMENT,
                    cwd="/",
                    start_new_session=True,
                )
        except OSError as error:
            ours.close()
            raise Lost(str(error)) from error
        try:
            self.hello = _hello_decoder.decode(self._receive(time.monotonic() + start_s))
            if self.hello.fault:
                raise Lost(self.hello.fault)
        except NONSENSE as error:
            self.kill()
            raise Lost("nonsense") from error
        except Late as error:
            self.kill()
            raise Lost("didn't start in time") from error
        except BaseException:
            self.kill()
            raise

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, name: str, arguments: tuple[Any, ...], within_s: float) -> Reply:
        """Raises Lost and Late; the process is then gone."""
        self._serial += 1
        until = time.monotonic() + within_s
        body = {"serial": self._serial, "name": name, "arguments": arguments}
        try:
            self._send(frame(_encoder.encode(body)), until)
            reply = _reply_decoder.decode(self._receive(until))
            if reply.serial != self._serial:
                raise Lost("another question's answer")
        except NONSENSE as error:
            self.kill()
            raise Lost("nonsense") from error
        except BaseException:
            self.kill()
            raise
        return reply

    def kill(self) -> None:
        """At once, and it is gone when this returns."""
        with contextlib.suppress(OSError):
            self._process.kill()
        self._process.wait()
        self._line.close()

    def _send(self, body: bytes, until: float) -> None:
        try:
            self._line.settimeout(max(until - time.monotonic(), 0.001))
            self._line.sendall(body)
        except TimeoutError as error:
            raise Late from error
        except OSError as error:
            raise Lost(self._end()) from error

    def _receive(self, until: float) -> bytes:
        (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size, until))
        if length > LARGEST_FRAME:
            raise Lost(f"a frame of {length} bytes")
        return self._exactly(length, until)

    def _exactly(self, length: int, until: float) -> bytes:
        found = bytearray()
        while len(found) < length:
            left_s = until - time.monotonic()
            if left_s <= 0:
                raise Late
            try:
                self._line.settimeout(left_s)
                part = self._line.recv(length - len(found))
            except TimeoutError as error:
                raise Late from error
            except OSError as error:
                raise Lost(self._end()) from error
            if not part:
                raise Lost(self._end())
            found += part
        return bytes(found)

    def _end(self) -> str:
        """How it ended, for the log: a signal is negative."""
        try:
            return f"ended with {self._process.wait(1)}"
        except subprocess.TimeoutExpired:
            return "closed its line"
