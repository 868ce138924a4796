"""What the shell is made of: values from settings, and the parts that the wiring hands in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yunquan.app.web.access import to_stderr
from yunquan.app.web.fanout import Watched
from yunquan.clients import Sealing
from yunquan.desk import Desk
from yunquan.security import LoginDesk
from yunquan.security.types import NO_RELAYS, Relays

# Raises, or returns text saying what is wrong; "" when the part serves.
Probe = Callable[[], Awaitable[str]]
LoadAccounts = Callable[[str], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class WebValues:
    """Settings of the shell.

    behind_proxy: trust the last X-Forwarded-For and X-Forwarded-Proto (a proxy of ours sets them).
    metrics_open: answer /metrics to other machines too. accounts_fresh_s: how long a client's list
    of accounts is kept in memory. heartbeat_s: longest silence of a stream; stall_s: how long its
    reader may take nothing before it is dropped. relays: for calls between two browsers.
    """

    demo: bool = False
    simulated: bool = True
    behind_proxy: bool = False
    metrics_open: bool = False
    largest_body_bytes: int = 64 * 1024
    accounts_fresh_s: float = 30.0
    streams_per_member: int = 12
    streams_most: int = 10_000
    heartbeat_s: float = 15.0
    stall_s: float = 30.0
    relays: Relays = NO_RELAYS


@dataclass(frozen=True, slots=True)
class WebParts:
    """Parts behind the faces, one a process.

    probes: by name, asked by /health besides the desk's own parts. rooms: folders of the rooms that
    have `templates/` and `static/`, by the room's name. offices: what a page or an API route of a
    room needs besides the desk, handed to handlers under the office's name. watched: live topics of
    staff besides the desk's.
    """

    desk: Desk
    login: LoginDesk
    sealing: Sealing
    values: WebValues = field(default_factory=WebValues)
    probes: Mapping[str, Probe] = field(default_factory=dict)
    rooms: Mapping[str, Path] = field(default_factory=dict)
    offices: Mapping[str, Any] = field(default_factory=dict)
    watched: Mapping[str, Watched] = field(default_factory=dict)
    write_log: Callable[[bytes], None] = to_stderr


class OwnAccounts:
    """Account numbers by client, kept for `fresh_s` so that an order needs no query."""

    def __init__(
        self,
        load: LoadAccounts,
        monotonic: Callable[[], float],
        fresh_s: float,
        capacity: int = 50_000,
    ) -> None:
        self._load = load
        self._monotonic = monotonic
        self._fresh_s = fresh_s
        self._capacity = capacity
        self._known: dict[str, tuple[float, tuple[str, ...]]] = {}

    def of(self, client: str) -> tuple[str, ...]:
        """Account numbers of a client, ordinary cash account first; () for someone unknown."""
        now = self._monotonic()
        known = self._known.get(client)
        if known is not None and now - known[0] < self._fresh_s:
            return known[1]
        numbers = self._load(client)
        if len(self._known) >= self._capacity:
            self._known.clear()
        # An empty list isn't kept: accounts may be opened the next moment.
        if numbers:
            self._known[client] = (now, numbers)
        return numbers

    def forget(self, client: str) -> None:
        """They have opened one: load their accounts again."""
        self._known.pop(client, None)
