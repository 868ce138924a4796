"""Sessions in memory, so that an authenticated request costs microseconds.

A session never changes but for being seen and being revoked. Revocations are numbered
(store.generations); the cache asks for new numbers every `stale_after_s`, which is one small query
for all sessions together, and drops those revoked elsewhere.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from yunquan.security.types import Session, SessionId


class _Entry:
    __slots__ = ("last_seen_at_ms", "session", "unsaved")

    def __init__(self, session: Session) -> None:
        self.session = session
        self.last_seen_at_ms = session.last_seen_at_ms
        self.unsaved = False


class SessionCache:
    """Sessions by token hash, at most `capacity`; the earliest put goes first."""

    def __init__(self, capacity: int = 50_000, stale_after_s: float = 2.0) -> None:
        self._capacity = capacity
        self._stale_after_s = stale_after_s
        self._entries: dict[bytes, _Entry] = {}
        self._keys: dict[SessionId, bytes] = {}
        self._evicted: dict[SessionId, int] = {}
        self._lock = threading.Lock()
        self._checked_at_s: float | None = None
        self.generation: int | None = None
        self.epoch = 0

    def __len__(self) -> int:
        return len(self._entries)

    def is_stale(self, monotonic_s: float) -> bool:
        """Whether revocations elsewhere must be asked for before the next answer."""
        return self._checked_at_s is None or monotonic_s - self._checked_at_s >= self._stale_after_s

    def catch_up(
        self, seen: int | None, generation: int, revoked: Iterable[SessionId], monotonic_s: float
    ) -> None:
        """Drop what was revoked after `seen` and up to `generation`."""
        with self._lock:
            # Another thread caught up from the same point meanwhile; what it didn't see yet comes
            # with the next check, which counts from where it got to.
            if seen != self.generation:
                return
            self._forget(revoked)
            self.generation = generation
            self._checked_at_s = monotonic_s

    def get(self, token_hash: bytes) -> tuple[Session, int] | None:
        """The session and when it was last seen (ms)."""
        entry = self._entries.get(token_hash)
        return (entry.session, entry.last_seen_at_ms) if entry else None

    def put(self, token_hash: bytes, session: Session, epoch: int) -> None:
        """Keep a session read from the database, unless something was revoked since `epoch` was
        read.

        Without the epoch a session read just before its revocation could be put back just after it.
        """
        with self._lock:
            if epoch != self.epoch:
                return
            while len(self._entries) >= self._capacity:
                entry = self._remove(next(iter(self._entries)))
                if entry and entry.unsaved:
                    self._evicted[entry.session.id] = entry.last_seen_at_ms
            self._entries[token_hash] = _Entry(session)
            self._keys[session.id] = token_hash

    def touch(self, token_hash: bytes, now_ms: int) -> None:
        """Note that the session was used; saved later, for all sessions together."""
        if entry := self._entries.get(token_hash):
            entry.last_seen_at_ms = max(now_ms, entry.last_seen_at_ms)
            entry.unsaved = True

    def drop(self, token_hash: bytes) -> None:
        """Forget one entry; the database is asked the next time."""
        with self._lock:
            self._remove(token_hash)

    def forget(self, sessions: Iterable[SessionId]) -> None:
        """Sessions were revoked in this process: the very next request of each must fail."""
        with self._lock:
            self._forget(sessions)

    def _forget(self, sessions: Iterable[SessionId]) -> None:
        for session in sessions:
            self.epoch += 1
            if key := self._keys.get(session):
                self._remove(key)

    def _remove(self, token_hash: bytes) -> _Entry | None:
        entry = self._entries.pop(token_hash, None)
        if entry:
            self._keys.pop(entry.session.id, None)
        return entry

    def take_touches(self) -> list[tuple[SessionId, int]]:
        """Sessions seen since the last call, with when (ms), to be saved in one transaction."""
        with self._lock:
            touches = list(self._evicted.items())
            self._evicted = {}
            for entry in self._entries.values():
                if entry.unsaved:
                    entry.unsaved = False
                    touches.append((entry.session.id, entry.last_seen_at_ms))
        return touches
