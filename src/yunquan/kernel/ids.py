"""Typed ids: still strings for JSON and SQL, checked when parsed, distinct to the type checker."""

from __future__ import annotations

import random
import secrets
from typing import ClassVar, Self, TypeVar

from yunquan.kernel.clock import Clock, to_ms
from yunquan.kernel.errors import Invalid

# Crockford's base 32: no I, L, O, U, so an id read aloud isn't misheard.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TIME_CHARS = 10
_RANDOM_BITS = 60


class Id(str):
    """An id with its kind as prefix ("cli_01J..."). Subclass with `prefix="cli"`."""

    __slots__ = ()
    prefix: ClassVar[str] = ""

    def __init_subclass__(cls, prefix: str) -> None:
        cls.prefix = prefix

    @classmethod
    def parse(cls, text: str) -> Self:
        """The id, or Invalid id.malformed when the prefix or the characters are wrong."""
        head, _, tail = text.partition("_")
        if (
            head != cls.prefix
            or not tail
            or not tail.isascii()
            or not tail.isalnum()
            or len(text) > 40
        ):
            raise Invalid("id.malformed", kind=cls.__name__, text=text[:40])
        return cls(text)


AnyId = TypeVar("AnyId", bound=Id)


def plain(value: object) -> str:
    """An id as the string it is, for encoders that take exact types only."""
    if isinstance(value, str):
        return str(value)
    raise NotImplementedError(type(value).__name__)


class IdSource:
    """Makes time-sortable ids. With a seed a run repeats its ids; without, the random part is the
    system's.
    """

    def __init__(self, clock: Clock, seed: int | None = None) -> None:
        self._clock = clock
        self._random = random.Random(seed) if seed is not None else None

    def new(self, kind: type[AnyId]) -> AnyId:
        bits = (
            self._random.getrandbits(_RANDOM_BITS)
            if self._random
            else secrets.randbits(_RANDOM_BITS)
        )
        stamp = _base32(to_ms(self._clock.now()), _TIME_CHARS)
        return kind(f"{kind.prefix}_{stamp}{_base32(bits, _RANDOM_BITS // 5)}")


def _base32(number: int, chars: int) -> str:
    return "".join(_ALPHABET[number >> (5 * place) & 31] for place in reversed(range(chars)))
