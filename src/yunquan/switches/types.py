"""Switches of exceptional days as staff see them. Times in milliseconds since 1970 UTC."""

from __future__ import annotations

from typing import Annotated

import msgspec


class CounterOutcome(msgspec.Struct, frozen=True):
    """What became of a switch at one counter. code, text: why it isn't done, "" when it is."""

    counter: str
    done: bool
    code: str
    text: str


class ProposalLine(msgspec.Struct, frozen=True):
    """A switch that somebody proposed, as a member of staff sees it.

    kind: "stop_trading", "resume_trading", "use_gateway"; what: its scope or gateway in words.
    state: "open", "agreed", "declined", "expired". decided_by: who agreed or declined, "" for
    nobody. whole: done at every counter. may_*: what this reader may do now.
    """

    id: str
    kind: str
    kind_text: str
    what: str
    scope: str
    gateway: str
    basis: str
    notice_zh: str
    notice_en: str
    needs_second: bool
    proposed_by: str
    proposed_at_ms: int
    expires_at_ms: int
    state: str
    state_text: str
    decided_by: str
    decided_at_ms: int
    outcome: tuple[CounterOutcome, ...]
    whole: bool
    own: bool
    may_agree: bool
    may_decline: bool
    may_repeat: bool


class StopLine(msgspec.Struct, frozen=True):
    """A stop in force. by, second: who asked for it and who agreed. missing: counters that answered
    and don't have it.
    """

    scope: str
    scope_text: str
    basis: str
    notice_zh: str
    notice_en: str
    since_ms: int
    by: str
    second: str
    counters: tuple[str, ...]
    missing: tuple[str, ...]


class GatewayLine(msgspec.Struct, frozen=True):
    """A gateway that new orders go out by. since_ms: None for never changed."""

    gateway: str
    text: str
    counters: tuple[str, ...]
    basis: str
    since_ms: int | None
    by: str
    second: str


class CounterSwitches(msgspec.Struct, frozen=True):
    """One counter: whether it answered, its day, its gateway, orders kept for a later phase, and
    the markets its link is up to.
    """

    counter: str
    reached: bool
    day: str
    gateway: str
    waiting: int
    links: tuple[str, ...]


class SwitchBoard(msgspec.Struct, frozen=True):
    """What is in force over all counters, what is proposed, and what was. gateways: labels to
    choose from.
    """

    stops: tuple[StopLine, ...]
    in_use: tuple[GatewayLine, ...]
    gateways: tuple[str, ...]
    counters: tuple[CounterSwitches, ...]
    waiting: int
    proposals: tuple[ProposalLine, ...]


class SwitchWish(msgspec.Struct, frozen=True):
    """What a member of staff wants switched. scope: "all", a market or a symbol; gateway: a label;
    the other of the two is "".
    """

    kind: str
    basis: str
    scope: str = ""
    gateway: str = ""
    notice_zh: str = ""
    notice_en: str = ""


Basis = Annotated[
    str, msgspec.Meta(min_length=4, max_length=200, description="The rule or decision it rests on.")
]
Scope = Annotated[
    str,
    msgspec.Meta(
        min_length=2,
        max_length=16,
        examples=["all", "SH", "600519.SH"],
        description='"all" for the whole firm, a market, or one symbol.',
    ),
]
NoticeText = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class NewStop(_Body, frozen=True):
    """New orders are not taken in a scope. notice_zh, notice_en: what clients are told."""

    scope: Scope
    basis: Basis
    notice_zh: NoticeText
    notice_en: NoticeText


class NewGateway(_Body, frozen=True):
    """New orders go out by another gateway. gateway: its label, "" for the first."""

    gateway: Annotated[str, msgspec.Meta(max_length=40, examples=["b"])]
    basis: Basis
    notice_zh: NoticeText
    notice_en: NoticeText
