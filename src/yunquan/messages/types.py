"""Messages to clients 站内信: what happened to their account. Times in ms UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec


@dataclass(frozen=True, slots=True)
class Message:
    """Something an account's owner is told. id: the log's place it comes from; code, facts: the
    sentence; ref: what it is about (an order, a transfer); read_at_ms: 0 while unread.
    """

    id: str
    account: str
    kind: str
    code: str
    facts: dict[str, Any]
    ref: str
    at_ms: int
    read_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """What an event tells whom, before it is written down."""

    account: str
    kind: str
    code: str
    facts: dict[str, Any]
    ref: str = ""


class MessageLine(msgspec.Struct, frozen=True):
    """A message as its reader sees it. kind: orders, money, rights, account or complaints; link:
    the page about it, "" for none.
    """

    id: str
    account: str
    kind: str
    text: str
    link: str
    at_ms: int
    read: bool


class MessagePage(msgspec.Struct, frozen=True):
    """Messages, newest first. next: pass as `before` for older ones, None at the end."""

    items: tuple[MessageLine, ...]
    unread: int
    next: str | None
