"""The messages of the offices' protocol, as docs/offices-protocol.md describes them.

A question names an office and carries a serial, chosen by the firm; what the office is asked is in
`body`, whose shape is the office's own. A serial is done once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as part
from typing import Annotated, Any

from msgspec import Meta, field

from yunquan_world.messages import Heartbeat, Message, Serial, Word


class Ask(Message, frozen=True, tag="ask"):
    """firm: whose serial it is."""

    firm: Annotated[str, Meta(pattern=r"^[!-~]{1,16}$")]
    office: Word
    serial: Serial
    body: dict[str, Any] = field(default_factory=dict)


OfficeMessage = Ask | Heartbeat


class Answer(Message, frozen=True, tag="answer"):
    """result: what it came to, in the office's words. code: why not, "" where it is as wished."""

    office: str
    serial: str
    result: str
    code: str = ""
    body: dict[str, Any] = field(default_factory=dict)


class Unasked(Message, frozen=True, tag="unasked"):
    """The question was not taken: nothing was done under this serial."""

    office: str
    serial: str
    code: str


@dataclass(frozen=True)
class Outcome:
    """What an office says."""

    result: str
    code: str = ""
    body: Mapping[str, Any] = part(default_factory=dict)
