"""Real corporate actions: our reference price against other readings, and real ex days against the
previous closes and adjusted prices that were recorded. Nothing of the data is kept here.
"""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import NamedTuple

import pytest

from tests.proofs.real_data import ACTIONS, DAILY, missing
from yunquan.actions import Action, ex_reference_of
from yunquan.actions.adapters.files import read_ex_rights
from yunquan.bars.rules.adjust import BACKWARD, factors, times
from yunquan.bars.types import Adjustment
from yunquan.market.rules.limits import round_to_tick
from yunquan_world.corporate import Action as TheirAction

TICK_MILLI = 10
# What a share may have closed at, on ticks of a fen: cheap, usual, dear, and odd.
CLOSES_MILLI = (1_010, 3_330, 9_990, 12_000, 27_770, 88_880, 199_990)
# The recorded percentage has four decimals and the recorded factor six or seven digits, so that
# each tells a price to about this, in milli.
TOLD_TO_MILLI = 5


class ExDay(NamedTuple):
    """A day on which the recorded factor stepped. close_before, prev_close: raw, in milli; ratio:
    factor after over factor before.
    """

    symbol: str
    day: str
    close_before: float
    prev_close: float | None
    ratio: float


@pytest.mark.skipif(bool(missing(ACTIONS)), reason=missing(ACTIONS))
def test_two_readings_of_every_real_action_agree() -> None:
    """The file ends in 2011, before any raw bars there are: so each action is put on closes of many
    sizes, and read by us (exact fractions, a rule of the market), by the formula in
    decimals, and by the simulated exchange, which words whole shares and milli only.
    """
    with gzip.open(ACTIONS, "rt", encoding="utf-8") as lines:
        actions = [one for one in read_ex_rights(lines) if isinstance(one, Action)]
    counted: Counter[str] = Counter()
    for one in actions:
        closes = [close for close in CLOSES_MILLI if close > one.cash_e6 // 5_000]
        ours = [ex_reference_of(one, close, TICK_MILLI) for close in closes]
        same = ours == [_in_decimals(one, close) for close in closes]
        counted["as in decimals" if same else f"differ from decimals: {one.id}"] += 1
        if one.cash_e6 % 10_000 or (one.bonus_e6 + one.capital_e6 + one.rights_e6) % 10**6:
            counted["not in whole shares and milli"] += 1
            continue
        theirs = TheirAction(
            one.cash_e6 // 10_000,
            (one.bonus_e6 + one.capital_e6) // 10**6,
            one.rights_e6 // 10**6,
            one.rights_price_milli,
        )
        agree = ours == [theirs.prev_close_milli(close, TICK_MILLI) for close in closes]
        counted["as the exchange" if agree else f"differ: {one.id}"] += 1
    print(dict(counted))
    assert len(actions) == 18_283
    assert not [name for name in counted if name.startswith("differ")]
    assert counted["as in decimals"] == len(actions)
    assert counted["as the exchange"] > 15_000


def _in_decimals(one: Action, close_milli: int) -> int:
    """(P0 - D + K x r) / (1 + b + r) in CNY, half up to the fen."""
    cash, price = Decimal(one.cash_e6) / 10**7, Decimal(one.rights_price_milli) / 1000
    new, rights = Decimal(one.bonus_e6 + one.capital_e6) / 10**7, Decimal(one.rights_e6) / 10**7
    with localcontext() as exact:
        exact.prec = 60
        value = (Decimal(close_milli) / 1000 - cash + price * rights) / (1 + new + rights)
        return int(value.quantize(Decimal("0.01"), ROUND_HALF_UP) * 1000)


def ex_days() -> Iterator[ExDay]:
    """Every day of the members of CSI 300 on which the factor stepped."""
    import polars as pl

    name = pl.col("symbol").cast(pl.Utf8)
    raw, before = pl.col("close") / pl.col("factor"), pl.col("factor").shift(1).over("symbol")
    numbers = [pl.col(one).cast(pl.Float64) for one in ("close", "factor", "change")]
    frame = (
        pl.read_parquet(DAILY)
        .with_columns(name, *numbers)
        .filter(pl.col("close").is_not_nan() & (pl.col("close") > 0))
        .sort("symbol", "date")
        .with_columns(
            (raw.shift(1).over("symbol") * 1000).alias("close_before"),
            (raw / (1 + pl.col("change") / 100) * 1000).alias("prev_close"),
            (pl.col("factor") / before).alias("ratio"),
        )
        .filter(pl.col("ratio").is_not_null() & ((pl.col("ratio") - 1).abs() > 1e-5))
    )
    for row in frame.select("symbol", "date", *ExDay._fields[2:]).iter_rows():
        yield ExDay(*row)


@pytest.mark.skipif(bool(missing(DAILY)), reason=missing(DAILY))
def test_real_ex_days_and_their_recorded_previous_closes() -> None:
    """On each real ex day the close before, divided by the step of the factor and rounded to the
    tick as we do, is the previous close that the day's percentage was recorded against; and our
    steps rebuild the adjusted price from the raw one.
    """
    counted: Counter[str] = Counter()
    odd: list[str] = []
    for one in ex_days():
        if one.prev_close is None or one.prev_close != one.prev_close:
            counted["no percentage is recorded"] += 1
            continue
        close = round(one.close_before / TICK_MILLI) * TICK_MILLI
        ours = _rounded(Fraction(close) / Fraction(one.ratio), TICK_MILLI)
        recorded = round(one.prev_close / TICK_MILLI) * TICK_MILLI
        # The factor itself is made of a reference on the tick or of an exact one; both are seen.
        told_to = max(TOLD_TO_MILLI, one.prev_close * 2e-6)
        if abs(one.prev_close - recorded) > told_to:
            counted["the recorded percentage tells no price on the tick"] += 1
            odd.append(f"{one.symbol} {one.day}: {close} ours {ours}, told {one.prev_close:.2f}")
            continue
        if ours == recorded:
            counted["agree"] += 1
        else:
            # The day's percentage is against the plain close: nothing was given, only the recorded
            # factor stepped.
            plain = abs(one.prev_close - close) <= told_to
            counted["the factor stepped on no ex day" if plain else "differ"] += 1
            odd.append(f"{one.symbol} {one.day}: {ours}, recorded {recorded}, close {close}")
            continue
        step = Adjustment(one.symbol, one.day, close, ours, "recorded")
        (whole,) = factors([one.day], [step], BACKWARD)
        rebuilt = times(recorded, whole)
        counted["adjusted price rebuilt"] += abs(rebuilt - close) <= _a_tick_of(close, ours)
    print(dict(counted), *odd, sep="\n")
    assert counted["agree"] > 2_000
    assert counted["adjusted price rebuilt"] == counted["agree"]
    assert counted["differ"] == 0


def _rounded(value: Fraction, tick_milli: int) -> int:
    return round_to_tick(value.numerator, value.denominator, tick_milli)


def _a_tick_of(close: int, reference: int) -> int:
    """What a tick of the price after an ex day is worth before it, in milli, rounded up."""
    return -(-TICK_MILLI * close // reference)
