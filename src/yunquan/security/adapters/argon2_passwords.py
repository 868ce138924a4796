"""Argon2id in a few threads of low priority, so that a rush of logins leaves the processor to
orders."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from yunquan.kernel.errors import Unavailable
from yunquan.security.types import HashParameters, Verdict

Answer = TypeVar("Answer")
_NICER = 10


class Argon2Passwords:
    """Implements Passwords. The hash itself runs without the interpreter's lock, in `threads`
    threads.

    waiting_max: attempts that may wait for a thread; beyond it login.busy, rather than a queue of
    minutes.
    """

    def __init__(
        self, parameters: HashParameters, *, threads: int = 2, waiting_max: int = 200
    ) -> None:
        self._hasher = PasswordHasher(
            time_cost=parameters.passes,
            memory_cost=parameters.memory_kib,
            parallelism=parameters.lanes,
            type=Type.ID,
        )
        # Checked in place of a missing user's hash, with the same parameters, so both answers take
        # the same time.
        self._nobody = self._hasher.hash("no such user")
        self._pool = ThreadPoolExecutor(
            threads, thread_name_prefix="passwords", initializer=_step_back
        )
        self._waiting_max = waiting_max + threads
        self._waiting = 0

    async def hash(self, password: str) -> str:
        return await self._run(lambda: self.hash_now(password))

    async def verify(self, stored_hash: str | None, password: str) -> Verdict:
        return await self._run(lambda: self.verify_now(stored_hash, password))

    def hash_now(self, password: str) -> str:
        """The same, in the caller's thread: for set-up and commands."""
        return self._hasher.hash(_normal(password))

    def verify_now(self, stored_hash: str | None, password: str) -> Verdict:
        """The same, in the caller's thread."""
        try:
            self._hasher.verify(stored_hash or self._nobody, _normal(password))
        except (VerificationError, InvalidHashError):
            return Verdict(matches=False)
        if stored_hash is None:
            return Verdict(matches=False)
        return Verdict(
            True, self.hash_now(password) if self._hasher.check_needs_rehash(stored_hash) else None
        )

    def close(self) -> None:
        """Finish what runs, drop what waits."""
        self._pool.shutdown(cancel_futures=True)

    async def _run(self, work: Callable[[], Answer]) -> Answer:
        if self._waiting >= self._waiting_max:
            raise Unavailable("login.busy")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._waiting -= 1


def _normal(password: str) -> str:
    # The same characters typed on two systems can arrive composed or decomposed.
    return unicodedata.normalize("NFKC", password)


def _step_back() -> None:
    # On Linux a thread has its own priority; elsewhere the whole process would be slowed, so leave
    # it.
    if hasattr(os, "setpriority") and os.uname().sysname == "Linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICER)
