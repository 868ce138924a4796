"""What happened to complaints. Texts stay in the room; digest: SHA-256 of the text, in hex."""

from __future__ import annotations

import msgspec


class ComplaintFiled(msgspec.Struct, frozen=True, array_like=True, tag="complaints.filed@1"):
    """One was registered. account: of the client, to tell them by; "" for somebody unknown."""

    complaint: str
    client: str
    account: str
    order: str
    channel: str
    subject: str
    severity: str
    day: str
    acknowledge_by: str
    answer_by: str
    digest: str
    by: str


class ComplaintMoved(msgspec.Struct, frozen=True, array_like=True, tag="complaints.moved@1"):
    """A step was taken. value: handler, severity, pack or new day, where the act has one."""

    complaint: str
    client: str
    account: str
    act: str
    state: str
    value: str
    digest: str
    by: str


EVENTS = (ComplaintFiled, ComplaintMoved)
