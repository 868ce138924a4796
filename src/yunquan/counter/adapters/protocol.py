"""Frames between a counter and its clients."""

from __future__ import annotations

import msgspec

from yunquan.counter.ports import CheckView
from yunquan.counter.types import (
    AccountView,
    Answer,
    Command,
    HealthView,
    NoticesView,
    OrderView,
    Query,
)
from yunquan.kernel.ids import plain


class Submit(msgspec.Struct, frozen=True, array_like=True, tag="submit"):
    command: Command


class Ask(msgspec.Struct, frozen=True, array_like=True, tag="ask"):
    id: int
    query: Query


class Watch(msgspec.Struct, frozen=True, array_like=True, tag="watch"):
    """Send me every record from now on, as it is committed."""


class Answered(msgspec.Struct, frozen=True, array_like=True, tag="answered"):
    answer: Answer


class Failed(msgspec.Struct, frozen=True, array_like=True, tag="failed"):
    """The outcome of a command is unknown, or a query can't be served: ask again with the same
    id.
    """

    command: str
    query: int
    code: str


class Asked(msgspec.Struct, frozen=True, array_like=True, tag="asked"):
    id: int
    account: AccountView | None = None
    order: OrderView | None = None
    health: HealthView | None = None
    check: CheckView | None = None
    notices: NoticesView | None = None


class Committed(msgspec.Struct, frozen=True, array_like=True, tag="committed"):
    """A record was committed: its first sequence and its body."""

    first_seq: int
    body: bytes


Request = Submit | Ask | Watch
Reply = Answered | Failed | Asked | Committed

encoder = msgspec.msgpack.Encoder(enc_hook=plain)
request_decoder = msgspec.msgpack.Decoder(Request)
reply_decoder = msgspec.msgpack.Decoder(Reply)
