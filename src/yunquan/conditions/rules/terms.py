"""What a client may agree to. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec
from cryptography.hazmat.primitives import hashes

from yunquan.conditions.types import ConditionFields, ConditionKind, Crossing, Terms
from yunquan.kernel.errors import Invalid
from yunquan.kernel.money import price_to_milli
from yunquan.market.rules.calendar import days_between, is_day
from yunquan.market.rules.sessions import seconds_of

# The firm's own: how far ahead a condition may reach, in calendar days; how many one account may
# have waiting; how many orders one grid may place.
LONGEST_DAYS: Final = 90
MOST_LIVE: Final = 100
MOST_ROUNDS: Final = 100
MOST_SHARES: Final = 10**12
_encoder: Final = msgspec.json.Encoder(order="deterministic")


@dataclass(frozen=True, slots=True)
class Ground:
    """What terms are read against: the trading day, the exchange's time, and the instrument's
    steps of price (milli) and of a buy's quantity.
    """

    day: str
    time: str
    tick_milli: int
    buy_min: int
    buy_step: int


def read_terms(fields: ConditionFields, ground: Ground) -> Terms:
    """The terms a client's fields mean. Raises Invalid condition.* or price.malformed."""
    if fields.kind not in tuple(ConditionKind):
        raise Invalid("condition.kind_unknown", kind=fields.kind[:20])
    kind = ConditionKind(fields.kind)
    sides = ("buy", "sell", "both") if kind is ConditionKind.GRID else ("buy", "sell")
    if fields.side not in sides:
        raise Invalid("condition.side", side=fields.side[:20])
    _check_quantity(fields, ground)
    _check_expiry(fields.expires_on, ground.day)
    price = "" if kind is ConditionKind.GRID else fields.price
    terms = Terms(
        kind,
        fields.symbol,
        fields.side,
        fields.qty,
        fields.expires_on,
        price_milli=_price(price, ground, least_milli=1) if price else 0,
        offset_milli=_price(fields.offset, ground) if fields.offset and not price else 0,
    )
    match kind:
        case ConditionKind.STOP:
            return _stop(terms, fields, ground)
        case ConditionKind.TIMED:
            return _timed(terms, fields, ground)
        case ConditionKind.GRID:
            return _grid(terms, fields, ground)


def _check_quantity(fields: ConditionFields, ground: Ground) -> None:
    if not 0 < fields.qty <= MOST_SHARES:
        raise Invalid("condition.quantity", qty=fields.qty)
    if fields.side != "sell":
        least, step = ground.buy_min, ground.buy_step
        if fields.qty < least or (fields.qty - least) % step:
            raise Invalid("condition.quantity_buy", qty=fields.qty, least=least, step=step)


def _check_expiry(day: str, today: str) -> None:
    if not is_day(day) or not 0 <= days_between(today, day) <= LONGEST_DAYS:
        raise Invalid("condition.expiry", day=day[:20], today=today, days=LONGEST_DAYS)


def _price(text: str, ground: Ground, *, least_milli: int = 0) -> int:
    milli = price_to_milli(text)
    if milli < least_milli or milli % ground.tick_milli:
        raise Invalid("condition.price", given=text[:24], tick_milli=ground.tick_milli)
    return milli


def _stop(terms: Terms, fields: ConditionFields, ground: Ground) -> Terms:
    if fields.crossing not in tuple(Crossing):
        raise Invalid("condition.crossing", crossing=fields.crossing[:20])
    threshold = _price(fields.threshold, ground, least_milli=1)
    return msgspec.structs.replace(terms, crossing=fields.crossing, threshold_milli=threshold)


def _timed(terms: Terms, fields: ConditionFields, ground: Ground) -> Terms:
    at = fields.at if fields.at.count(":") == 2 else f"{fields.at}:00"
    if len(at) != len("HH:MM:SS") or not 0 < seconds_of(at) < 24 * 3600:
        raise Invalid("condition.time", at=fields.at[:20])
    if terms.expires_on == ground.day and at <= ground.time:
        raise Invalid("condition.time_past", at=at, now=ground.time)
    return msgspec.structs.replace(terms, day=terms.expires_on, at=at)


def _grid(terms: Terms, fields: ConditionFields, ground: Ground) -> Terms:
    base, step = (_price(text, ground, least_milli=1) for text in (fields.base, fields.step))
    low, high = (_price(text, ground, least_milli=1) for text in (fields.low, fields.high))
    reaches = base - step >= low if terms.side != "sell" else True
    reaches = reaches and (base + step <= high if terms.side != "buy" else True)
    if not low <= base <= high or not reaches:
        raise Invalid("condition.grid_bounds", low_milli=low, high_milli=high)
    if not 1 <= fields.rounds <= MOST_ROUNDS:
        raise Invalid("condition.rounds", most=MOST_ROUNDS)
    return msgspec.structs.replace(
        terms,
        base_milli=base,
        step_milli=step,
        low_milli=low,
        high_milli=high,
        rounds=fields.rounds,
    )


def digest_of(terms: Terms, sentence: str, risk: str) -> str:
    """SM3 (GB/T 32905) in hex of what is confirmed: the terms, their sentence, the risk notice."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(_encoder.encode([msgspec.to_builtins(terms), sentence, risk]))
    return digest.finalize().hex()
