"""What is held, with its past: closes before today, adjusted, from the bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from yunquan.bars import load_bars
from yunquan.bars.rules.adjust import FORWARD
from yunquan.exposure.rules.history import fill_returns
from yunquan.exposure.types import Universe
from yunquan.kernel.transaction import ReadTx
from yunquan.market.types import UNLIMITED_UP_MILLI, InstrumentNotice

MOST_DAYS: Final = 250
VOLUME_DAYS: Final = 20
WHOLE_BP: Final = 10_000
FOLLOWS: Final = frozenset({"stock", "etf", "etf_wide", "etf_cross_border", "lof", "convertible"})


@dataclass(frozen=True, slots=True)
class Past:
    """One security's closes by day, adjusted, in milli, and the shares of an ordinary day."""

    closes: dict[str, int]
    volume: int


def load_past(tx: ReadTx, symbol: str, before: str) -> Past:
    """Of the days before a trading day."""
    bars = load_bars(tx, symbol, before, MOST_DAYS + 1, adjust_way=FORWARD)
    volumes = [bar.volume for bar in bars[-VOLUME_DAYS:] if bar.volume]
    mean = sum(volumes) // len(volumes) if volumes else 0
    return Past({bar.trading_day: bar.close_milli for bar in bars}, mean)


def load_universe(
    tx: ReadTx,
    symbols: Sequence[str],
    notices: Mapping[str, InstrumentNotice],
    day: str,
    known: dict[str, Past] | None = None,
) -> Universe:
    """known: pasts that were loaded before on the same day; new ones are added to it."""
    pasts = {} if known is None else known
    for symbol in symbols:
        if symbol not in pasts:
            pasts[symbol] = load_past(tx, symbol, day)
    found = [notices.get(symbol) for symbol in symbols]
    products = [one.instrument.product if one else "stock" for one in found]
    follows = np.array([product in FOLLOWS for product in products], bool)
    days = sorted({day for symbol in symbols for day in pasts[symbol].closes})[-MOST_DAYS - 1 :]
    closes = np.full((len(days), len(symbols)), np.nan)
    at = {day: row for row, day in enumerate(days)}
    for column, symbol in enumerate(symbols):
        for one, close in pasts[symbol].closes.items():
            if one in at:
                closes[at[one], column] = close
    returns, proxied, betas = _returns(closes, follows)
    industries = {
        (one.industry, one.industry_zh, one.industry_en) if one else ("", "", "") for one in found
    }
    sector_names = tuple(sorted(industries))
    places = {name[0]: place for place, name in enumerate(sector_names)}
    return Universe(
        tuple(symbols),
        tuple(symbol[-2:] for symbol in symbols),
        tuple(one.instrument.board if one else "main" for one in found),
        tuple(products),
        np.array([places[one.industry if one else ""] for one in found], np.int64),
        sector_names,
        np.array([one.prev_close_milli if one else 0 for one in found], np.int64),
        np.array([_fall_bp(one) for one in found], np.int64),
        np.array([pasts[symbol].volume for symbol in symbols], np.int64),
        np.array([one.units if one else 0 for one in found], np.int64),
        betas,
        returns,
        proxied,
        tuple(days[1:]),
    )


def _returns(closes: np.ndarray, follows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if len(closes) < 2:
        none = np.zeros((0, closes.shape[1]))
        return none, np.zeros(closes.shape[1], np.int64), np.where(follows, 1.0, 0.0)
    return fill_returns(closes, follows)


def _fall_bp(one: InstrumentNotice | None) -> int:
    if one is None or one.prev_close_milli <= 0 or one.limit_up_milli >= UNLIMITED_UP_MILLI:
        return 0
    fall = one.prev_close_milli - one.limit_down_milli
    return (fall * WHOLE_BP + one.prev_close_milli // 2) // one.prev_close_milli
