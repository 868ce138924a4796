"""Walls itself in as the vision process does and says what it can't do any more: run with the
vision environment's Python, `escape.py SRC MEMORY_MB WRITABLE_FILE`; one line of JSON out.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, sys.argv[1])
from yunquan_vision import prison

LIBC = ctypes.CDLL(None, use_errno=True)
TARGET = Path(sys.argv[3])


def call(number: int, *arguments: object) -> None:
    if LIBC.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), "refused")


def fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def hold_much() -> None:
    bytearray(int(sys.argv[2]) << 20)


TRIES: dict[str, Callable[[], object]] = {
    "socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "unix socket": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
    "socket pair": socket.socketpair,
    "fork": fork,
    "exec": lambda: os.execv("/bin/true", ["true"]),
    "a program": lambda: subprocess.run(["/bin/true"], check=True),
    "write a file": lambda: TARGET.with_name("new").write_text("x"),
    "change a file": lambda: TARGET.open("r+"),
    "append to a file": lambda: TARGET.open("a"),
    "remove a file": TARGET.unlink,
    "rename a file": lambda: TARGET.rename(TARGET.with_name("other")),
    "make a folder": lambda: TARGET.with_name("folder").mkdir(),
    "link a file": lambda: TARGET.with_name("link").symlink_to(TARGET),
    "read a stranger's file": TARGET.read_bytes,
    "read /etc/passwd": lambda: Path("/etc/passwd").read_bytes(),
    "list /": lambda: os.listdir("/"),
    "read another's environment": lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
    "signal the parent": lambda: os.kill(os.getppid(), 0),
    "signal all": lambda: call(234, os.getppid(), os.getppid(), 0),
    "trace the parent": lambda: call(101, 16, os.getppid(), 0, 0),
    "read the parent's memory": lambda: call(310, os.getppid(), 0, 0, 0, 0, 0),
    "load a filter of the kernel": lambda: call(321, 0, 0, 0),
    "rings of the kernel": lambda: call(425, 1, 0),
    "another root": lambda: os.chroot("/tmp"),
    "namespaces": lambda: call(272, 0x10000000),
    "clone3 a process": lambda: call(435, 0, 0),
    "hold more memory": hold_much,
    "raise the limit": lambda: call(160, 2, 0),
}
MAY: dict[str, Callable[[], object]] = {
    "start a thread": lambda: threading.Thread(target=int).start(),
    "read its libraries": lambda: Path(os.__file__).read_bytes(),
    "chance": lambda: os.urandom(8),
}


def tried(tries: dict[str, Callable[[], object]]) -> dict[str, str]:
    found = {}
    for name, attempt in tries.items():
        try:
            attempt()
            found[name] = "done"
        except (OSError, MemoryError) as error:
            found[name] = type(error).__name__
    return found


def main() -> None:
    signal.alarm(60)
    # A thread from before the walls stands behind them too.
    begin, earlier = threading.Event(), dict[str, str]()
    walls = {"files": prison.close_files()}
    prison.limit(int(sys.argv[2]))
    thread = threading.Thread(target=lambda: (begin.wait(), earlier.update(tried(TRIES))))
    thread.start()
    walls["calls"] = prison.close_calls()
    begin.set()
    thread.join()
    told = {"walls": walls, "thread": earlier, "main": tried(TRIES), "may": tried(MAY)}
    print(json.dumps(told))


main()
