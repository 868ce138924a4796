"""Encoding of events. An event is a frozen, array-like msgspec Struct tagged
"room.past_tense@version".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Union

import msgspec

from yunquan.kernel.ids import plain

# Turns the field list of an old version into that of the next one: ["a", 1] -> ["a", 1, None].
Upcaster = Callable[[list[Any]], list[Any]]


class EventCodec:
    """Encodes and decodes the events of one stream.

    types: the current version of each event. upcasters: by old tag, (next tag, function over the
    field list);
    chains are followed, records are never rewritten. An unknown tag raises UnknownEvent.
    """

    def __init__(
        self,
        types: Iterable[type[msgspec.Struct]],
        upcasters: Mapping[str, tuple[str, Upcaster]] | None = None,
    ) -> None:
        self.types = tuple(types)
        self._upcasters = dict(upcasters or {})
        self._encoder = msgspec.msgpack.Encoder(enc_hook=plain)
        self._current = msgspec.msgpack.Decoder(list[Union[self.types]])  # pyright: ignore  # noqa: UP007
        self._one = {str(kind.__struct_config__.tag): kind for kind in self.types}

    def encode(self, events: Sequence[msgspec.Struct]) -> bytes:
        return self._encoder.encode(events)

    def decode(self, body: bytes) -> list[Any]:
        """Events of one record, in order, upcast to their current version."""
        try:
            return self._current.decode(body)
        except msgspec.ValidationError:
            return [self._upcast(raw) for raw in msgspec.msgpack.decode(body, type=list[list[Any]])]

    def _upcast(self, raw: list[Any]) -> Any:
        if not raw or not isinstance(raw[0], str):
            raise UnknownEvent(repr(raw[:1]))
        tag, fields = raw[0], raw[1:]
        while tag in self._upcasters:
            tag, upcaster = self._upcasters[tag]
            fields = upcaster(fields)
        if tag not in self._one:
            raise UnknownEvent(tag)
        return msgspec.convert([tag, *fields], self._one[tag])

    def schemas(self) -> dict[str, Any]:
        """JSON schema of every event by tag, for the committed files that make a breaking change
        visible.
        """
        return {tag: msgspec.json.schema(kind) for tag, kind in sorted(self._one.items())}


class UnknownEvent(Exception):
    """The log holds an event this version of the code can't read: refuse to start rather than skip
    it.
    """
