"""Times and small drawings of the pages. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from yunquan.kernel.zone import in_market_zone

FOUR_PLACES = Decimal("0.0001")
SPARK_WIDTH, SPARK_HEIGHT, SPARK_MARGIN = 56, 22, 2


def clock(at_ms: int) -> str:
    """Time of day in Beijing: "10:42:18"."""
    return in_market_zone(at_ms).strftime("%H:%M:%S")


def moment(at_ms: int) -> str:
    """Day and time in Beijing: "2026-07-13 10:42:18"."""
    return in_market_zone(at_ms).strftime("%Y-%m-%d %H:%M:%S")


def ratios(quote: Any, units: int = 0) -> dict[str, str]:
    """What follows from the day's figures alone: amplitude 振幅 (its range over the close before,
    "0.0144"), average price 均价, order imbalance 委比 of the levels shown ("+0.2500"); and from
    what trades freely (units, 0 unknown): turnover rate 换手率 ("0.0021") and its value 流通市值 in
    CNY. A figure that nothing gives is left out.
    """
    found: dict[str, str] = {}
    before = Decimal(quote.prev_close)
    if quote.high and quote.low and before:
        spread = (Decimal(quote.high) - Decimal(quote.low)) / before
        found["amplitude"] = f"{spread.quantize(FOUR_PLACES)}"
    if quote.volume:
        places = Decimal(quote.prev_close).as_tuple().exponent
        average = Decimal(quote.turnover) / quote.volume
        found["average"] = f"{average.quantize(Decimal((0, (1,), int(places))))}"
    if units:
        found["turnover_rate"] = f"{(Decimal(quote.volume) / units).quantize(FOUR_PLACES)}"
        price = Decimal(quote.last or quote.prev_close)
        found["float_value"] = f"{(price * units).quantize(Decimal('0.01'))}"
    bids, asks = sum(one.qty for one in quote.bids), sum(one.qty for one in quote.asks)
    if bids + asks:
        found["imbalance"] = f"{(Decimal(bids - asks) / (bids + asks)).quantize(FOUR_PLACES):+}"
    return found


def spark_points(closes: Sequence[str], most: int = 40) -> str:
    """An SVG polyline of closes, oldest first, at most `most` of them; "" for fewer than two."""
    step = max(1, len(closes) // most)
    values = [Decimal(close) for close in closes[::step]]
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    room = SPARK_HEIGHT - 2 * SPARK_MARGIN
    if high == low:
        heights = [SPARK_HEIGHT / 2] * len(values)
    else:
        heights = [SPARK_MARGIN + room * float((high - v) / (high - low)) for v in values]
    step_x = SPARK_WIDTH / (len(values) - 1)
    return " ".join(f"{step_x * i:.1f},{y:.1f}" for i, y in enumerate(heights))


def minute_closes(minutes: Sequence[Sequence[Any]]) -> list[str]:
    """The closing prices of today's minutes."""
    return [str(bar[4]) for bar in minutes]
