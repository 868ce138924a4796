"""Money in integer minor units. No float, no `*`: every rounding is named where it happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from yunquan.kernel.errors import Invalid

MINOR_PER_MAJOR = 100
MILLI_PER_MAJOR = 1000
# BIGINT with room to spare: a sum of a million accounts at this size still fits in 64 bits.
LARGEST_MINOR = 10**15
_DIGITS = frozenset("0123456789.-")


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units (fen for CNY) of one currency.

    Adding or comparing two currencies is a programmer's error and raises TypeError.
    """

    minor: int
    currency: str = "CNY"

    @classmethod
    def parse(cls, text: str, currency: str = "CNY") -> Money:
        """Major units as written by people and on the wire ("12.34"). Raises Invalid
        money.malformed.
        """
        return cls(parse_fen(text), currency)

    @classmethod
    def from_model(cls, value: float, *, rounding: str, currency: str = "CNY") -> Money:
        """A model's float in major units, rounded to the minor unit in the way the caller names."""
        return cls(
            int((Decimal(repr(value)) * MINOR_PER_MAJOR).to_integral_value(rounding)), currency
        )

    def times(self, ratio: Decimal, *, rounding: str = ROUND_HALF_UP) -> Money:
        """Amount times ratio, rounded once to the minor unit (half up unless told)."""
        return Money(int((self.minor * ratio).to_integral_value(rounding)), self.currency)

    def split(self, weights: Sequence[int]) -> list[Money]:
        """Parts in proportion to weights whose sum is exactly this amount; leftover units go to the
        largest remainders.
        """
        total = sum(weights)
        if total <= 0 or any(weight < 0 for weight in weights):
            raise ValueError("weights must be non-negative and sum to more than zero")
        parts = [self.minor * weight // total for weight in weights]
        remainders = [self.minor * weight % total for weight in weights]
        by_remainder = sorted(range(len(weights)), key=lambda index: -remainders[index])
        for index in by_remainder[: self.minor - sum(parts)]:
            parts[index] += 1
        return [Money(part, self.currency) for part in parts]

    def _same(self, other: object) -> int:
        if not isinstance(other, Money) or other.currency != self.currency:
            raise TypeError(f"{self.currency} with {getattr(other, 'currency', other)}")
        return other.minor

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    def __str__(self) -> str:
        return fen_to_text(self.minor)


def parse_fen(text: str) -> int:
    """Major units as text to fen. Refuses more than two decimals, exponents, NaN and absurd sizes
    (Invalid).
    """
    return _parse_scaled(text, MINOR_PER_MAJOR, "money.malformed")


def price_to_milli(text: str) -> int:
    """A price in CNY as text to units of 0.001 CNY. Refuses more than three decimals (Invalid)."""
    return _parse_scaled(text, MILLI_PER_MAJOR, "price.malformed")


def _parse_scaled(text: object, scale: int, code: str) -> int:
    # Plain digits only: Decimal would take "1e5", "Infinity", full-width digits and underscores,
    # none of which a person means.
    if not isinstance(text, str) or len(text) > 24 or not set(text) <= _DIGITS:
        raise Invalid(code, text=str(text)[:24])
    try:
        scaled = Decimal(text) * scale
    except InvalidOperation:
        raise Invalid(code, text=text) from None
    minor = int(scaled)
    too_fine = len(text.partition(".")[2]) > len(str(scale)) - 1
    if too_fine or minor != scaled or abs(minor) > LARGEST_MINOR:
        raise Invalid(code, text=text)
    return minor


def fen_to_text(fen: int) -> str:
    """Fen as major units with two decimals: 1234 -> "12.34"."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def milli_to_price(milli: int) -> Decimal:
    """Units of 0.001 CNY as a Decimal in CNY, two decimals unless the third is needed."""
    return Decimal(milli_to_text(milli))


def milli_to_text(milli: int) -> str:
    """Units of 0.001 CNY as text: 12340 -> "12.34", 4612 -> "4.612"."""
    sign, milli = ("-" if milli < 0 else ""), abs(milli)
    if milli % 10:
        return f"{sign}{milli // 1000}.{milli % 1000:03d}"
    return f"{sign}{milli // 1000}.{milli % 1000 // 10:02d}"


def signed_fen(fen: int) -> str:
    """Fen with its sign always shown."""
    return f"+{fen_to_text(fen)}" if fen >= 0 else fen_to_text(fen)


def signed_milli(milli: int) -> str:
    """A price difference with its sign always shown."""
    return f"+{milli_to_text(milli)}" if milli >= 0 else milli_to_text(milli)
