"""The event codec: old versions are upcast on reading, unknown ones stop the reader."""

from __future__ import annotations

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunquan.counter.events import EVENTS
from yunquan.counter.events import codec as counter_codec
from yunquan.kernel.events import EventCodec, UnknownEvent


class Paid1(msgspec.Struct, frozen=True, array_like=True, tag="test.paid@1"):
    who: str
    yuan: int


class Paid3(msgspec.Struct, frozen=True, array_like=True, tag="test.paid@3"):
    who: str
    fen: int
    currency: str


class Noted(msgspec.Struct, frozen=True, array_like=True, tag="test.noted@1"):
    text: str
    extra: int = 5


class NotedBefore(msgspec.Struct, frozen=True, array_like=True, tag="test.noted@1"):
    text: str


UPCASTERS = {
    "test.paid@1": ("test.paid@2", lambda fields: [fields[0], fields[1] * 100]),
    "test.paid@2": ("test.paid@3", lambda fields: [*fields, "CNY"]),
}


def test_old_versions_are_upcast_through_the_chain_in_place() -> None:
    old = EventCodec([Paid1, Noted]).encode([Noted("a"), Paid1("li", 3), Noted("b")])
    assert EventCodec([Paid3, Noted], UPCASTERS).decode(old) == [
        Noted("a"),
        Paid3("li", 300, "CNY"),
        Noted("b"),
    ]


def test_a_field_added_with_a_default_needs_no_upcaster() -> None:
    assert EventCodec([Noted]).decode(EventCodec([NotedBefore]).encode([NotedBefore("a")])) == [
        Noted("a", 5)
    ]


def test_an_unknown_event_stops_the_reader() -> None:
    body = EventCodec([Paid1]).encode([Paid1("li", 3)])
    with pytest.raises(UnknownEvent, match=r"test\.paid@1"):
        EventCodec([Noted]).decode(body)


@pytest.mark.parametrize(
    "body", [b"", b"\xc1", b"\x91\x05", b"\x91\x90", b"\x05", b"\x91\x92\xa1x\x01", b"\xa3abc"]
)
def test_garbage_is_never_events(body: bytes) -> None:
    with pytest.raises((msgspec.MsgspecError, UnknownEvent)):
        EventCodec([Noted]).decode(body)


@given(st.binary(max_size=60))
def test_no_bytes_crash_the_codec_in_another_way(body: bytes) -> None:
    with contextlib.suppress(msgspec.MsgspecError, UnknownEvent):
        EventCodec([Noted, Paid3], UPCASTERS).decode(body)


def test_every_event_of_the_counter_has_a_version_and_a_schema() -> None:
    schemas = counter_codec().schemas()
    assert len(schemas) == len(EVENTS)
    for tag in schemas:
        room, _, rest = tag.partition(".")
        assert room == "counter"
        assert rest.rpartition("@")[2].isdigit()
