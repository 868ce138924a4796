"""Walls around this process before it reads a stranger's file.

A picture that takes over a library finds itself without network, without programs to run, without a
file to write and with few to read. Walls that this kernel hasn't got are left out and named to
whoever started the process.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import struct
import sys
import sysconfig
from pathlib import Path
from typing import Final

_libc = ctypes.CDLL(None, use_errno=True)

_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 4, 38

# --- Landlock: which files may be read ------------------------------------------------------------

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3
# Rights of the file system that each version of the interface knows; what isn't handled is free.
_RIGHTS: Final = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
# What shared libraries, the machine's shape and the time zone are read from.
_SYSTEM: Final = (
    *("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/share/zoneinfo", "/etc/ld.so.cache"),
    *("/sys/devices/system/cpu", "/proc/cpuinfo", "/proc/meminfo", "/dev/null", "/dev/urandom"),
)


def close_files() -> bool:
    """From now on only Python's own folders and the system's libraries can be read, none written.
    Must run while there is one thread: those that there are already stay free.
    """
    version = int(_libc.syscall(_CREATE_RULESET, None, 0, 1))
    if version < 1:
        return False
    handled = _RIGHTS[max(known for known in _RIGHTS if known <= version)]
    asked = ctypes.create_string_buffer(struct.pack("<Q", handled))
    rules = int(_libc.syscall(_CREATE_RULESET, asked, 8, 0))
    if rules < 0:
        return False
    try:
        for folder in _readable():
            _allow_reading(rules, folder)
        return not _no_new_privileges() and not _libc.syscall(_RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)


def _readable() -> list[Path]:
    own = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    code = str(Path(__file__).parent)
    library = str(Path(sys.base_prefix) / "lib")
    wanted = [Path(name) for name in (*own, code, sys.prefix, library, *_SYSTEM)]
    return [path for path in wanted if path.exists()]


def _allow_reading(rules: int, path: Path) -> None:
    opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rights = _READ_FILE | (_READ_FOLDER if path.is_dir() else 0)
        rule = ctypes.create_string_buffer(struct.pack("<Qi", rights, opened))
        _libc.syscall(_ADD_RULE, rules, 1, rule, 0)
    finally:
        os.close(opened)


def _no_new_privileges() -> int:
    return int(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))


# --- seccomp: which system calls may be made ------------------------------------------------------

# By number on x86-64, the only Linux machine that all libraries have wheels for.
_ALLOWED: Final = {
    **{"read": 0, "write": 1, "close": 3, "stat": 4, "fstat": 5, "lstat": 6, "poll": 7, "lseek": 8},
    **{"mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12, "rt_sigaction": 13},
    **{"rt_sigprocmask": 14, "rt_sigreturn": 15, "ioctl": 16, "pread64": 17, "readv": 19},
    **{"writev": 20, "access": 21, "select": 23, "sched_yield": 24, "mremap": 25, "mincore": 27},
    **{"madvise": 28, "dup": 32, "nanosleep": 35, "getpid": 39, "exit": 60, "uname": 63},
    **{"fcntl": 72, "getcwd": 79, "readlink": 89, "gettimeofday": 96, "getrusage": 98},
    **{"sysinfo": 99, "times": 100, "getuid": 102, "getgid": 104, "geteuid": 107, "getegid": 108},
    **{"sigaltstack": 131, "gettid": 186, "time": 201, "futex": 202, "sched_getaffinity": 204},
    **{"getdents64": 217, "set_tid_address": 218, "restart_syscall": 219, "clock_gettime": 228},
    **{"clock_getres": 229, "clock_nanosleep": 230, "exit_group": 231, "newfstatat": 262},
    **{"readlinkat": 267, "faccessat": 269, "pselect6": 270, "ppoll": 271, "set_robust_list": 273},
    **{"getcpu": 309, "getrandom": 318, "membarrier": 324, "statx": 332, "rseq": 334},
    **{"faccessat2": 439},
}
_TGKILL, _CLONE, _OPEN, _OPENAT, _CLONE3 = 234, 56, 2, 257, 435
_CLONE_THREAD: Final = 0x10000
_WRITES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_EPERM, _ENOSYS = 1, 38
_X86_64: Final = 0xC000003E
# The filter's instructions: load a word, jump if equal, if any bit is set, if not less; return.
_LOAD, _EQUAL, _ANY_BIT, _NOT_LESS, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16


def close_calls() -> bool:
    """From now on nothing but the calls above, in every thread: no socket, no program, no process,
    no file opened for writing. A thread may be started.
    """
    if sys.platform != "linux" or platform.machine() != "x86_64" or _no_new_privileges():
        return False
    code = b"".join(struct.pack("<HBBI", *step) for step in _filter())
    steps = ctypes.create_string_buffer(code)
    program = ctypes.create_string_buffer(
        struct.pack("<HxxxxxxQ", len(code) // 8, ctypes.addressof(steps))
    )
    every_thread = 1
    return int(_libc.syscall(317, 1, every_thread, program)) == 0


def _filter() -> list[tuple[int, int, int, int]]:
    def only_if(number: int, *then: tuple[int, int, int, int]) -> list[tuple[int, int, int, int]]:
        return [(_EQUAL, 0, len(then), number), *then]

    def reading(argument: int) -> tuple[tuple[int, int, int, int], ...]:
        return (
            (_LOAD, 0, 0, _ARGUMENTS + 8 * argument),
            (_ANY_BIT, 0, 1, _WRITES),
            (_RETURN, 0, 0, _ERRNO | _EPERM),
            (_RETURN, 0, 0, _ALLOW),
        )

    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, _X86_64),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        # Numbers of the other interface of the same machine (x32).
        (_NOT_LESS, 0, 1, 0x40000000),
        (_RETURN, 0, 0, _KILL),
    ]
    for number in _ALLOWED.values():
        steps += only_if(number, (_RETURN, 0, 0, _ALLOW))
    steps += only_if(_OPEN, *reading(1))
    steps += only_if(_OPENAT, *reading(2))
    thread = (
        (_LOAD, 0, 0, _ARGUMENTS),
        (_ANY_BIT, 1, 0, _CLONE_THREAD),
        (_RETURN, 0, 0, _ERRNO | _EPERM),
        (_RETURN, 0, 0, _ALLOW),
    )
    steps += only_if(_CLONE, *thread)
    # Its flags lie behind a pointer, where a filter can't look: libraries go back to clone.
    steps += only_if(_CLONE3, (_RETURN, 0, 0, _ERRNO | _ENOSYS))
    # An abort() ends this process and no other.
    own = ((_LOAD, 0, 0, _ARGUMENTS), (_EQUAL, 0, 1, os.getpid()), (_RETURN, 0, 0, _ALLOW))
    steps += only_if(_TGKILL, *own)
    return [*steps, (_RETURN, 0, 0, _ERRNO | _EPERM)]


# --- limits ---------------------------------------------------------------------------------------


def limit(memory_mb: int) -> None:
    """memory_mb: data of this process, thread stacks included. No file grows, no core is left."""
    most = memory_mb << 20
    for what, size in (
        (resource.RLIMIT_DATA, most),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_MEMLOCK, 0),
    ):
        resource.setrlimit(what, (size, size))
    os.nice(10)
    # Others of the same user can't look into its memory, which holds people's faces.
    _libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
