"""Sums become indicators, in the order of the catalogue. Undefined is NaN: what divides by nothing
is not zero.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from yunquan.indicators.rules.catalogue import BEGINS
from yunquan.indicators.rules.jit import compiled
from yunquan.indicators.rules.tables import FIRST, LEAST, MOST, SHORT, STEPS
from yunquan.indicators.rules.update import (
    ACCOUNT,
    ASK,
    ASK_QTY,
    BID,
    BID_QTY,
    CLOSE,
    DAYS,
    DEVICE,
    GROUP,
    IDLE,
    INSTRUMENT,
    LAST,
    LIMIT_BUY,
    LIMIT_SELL,
    LOWER,
    MEANS,
    PAIR,
    PEERS_ACTIVE,
    PEERS_AMOUNT,
    PEERS_CANCELS,
    PEERS_DAY,
    POSITION,
    RESTING_BUY,
    RESTING_SELL,
    SAMPLE_LOGS,
    SAMPLED,
    UPPER,
    VARIANCES,
    State,
)
from yunquan.indicators.types import WINDOWS, Family

ACCOUNT_AT, POSITION_AT, PAIR_AT, DEVICE_AT, GROUP_AT, INSTRUMENT_AT = (
    BEGINS[family] for family in Family
)
SPAN_S: Final = np.array([one.span_ms / 1000 for one in WINDOWS])
# Windows that money and devices are looked at over: 5 minutes, 1 hour, the day.
LONG_FROM: Final = 2
BASELINE_DAYS: Final = 3.0
# Orders that tell what is usual.
SAMPLE_LEAST: Final = 10.0
# Members of a set by how many of its 64 bits they set, as whole numbers: one is one.
MEMBERS: Final = np.array(
    [round(64 * math.log(64 / (64 - ones))) for ones in range(64)] + [round(64 * math.log(128))],
    np.float64,
)


@compiled
def ratio(part: float, whole: float) -> float:
    """NaN of nothing."""
    return part / whole if whole != 0.0 else np.nan


@compiled
def spread_of(square_sum: float, total: float, count: float) -> float:
    """Standard deviation of a population from its sums."""
    if count == 0.0:
        return np.nan
    mean = total / count
    return np.sqrt(max(square_sum / count - mean * mean, 0.0))


@compiled
def usual(log_sum: float, count: float) -> float:
    """The geometric mean, from logarithms."""
    return np.exp(log_sum / count) if count > 0.0 else np.nan


@compiled
def members(bits: Any) -> float:
    """How many different ones set these bits: linear counting, exact enough below a hundred."""
    ones = 0
    left = bits
    while left != 0:
        left &= left - np.uint64(1)
        ones += 1
    return MEMBERS[ones]


@compiled
def sum_of(key: Any, warm: Any, window: int, column: int) -> float:
    """One sum of a window."""
    return warm.totals[window, column] if window < SHORT else key.day[column]


@compiled
def count_set(key: Any, warm: Any, window: int, which: int) -> float:
    """Members of a set within a window."""
    if window == SHORT:
        return members(key.bits[which])
    bits = np.uint64(0)
    for step in range(STEPS):
        bits |= warm.bits[window, step, which]
    return members(bits)


@compiled
def least_and_most(key: Any, warm: Any, window: int) -> tuple[float, float]:
    """NaN, NaN of nothing."""
    if window == SHORT:
        return key.ends[LEAST], key.ends[MOST]
    least, most = np.inf, -np.inf
    for step in range(STEPS):
        # A comparison with NaN is false.
        if warm.ends[window, step, LEAST] < least:
            least = warm.ends[window, step, LEAST]
        if warm.ends[window, step, MOST] > most:
            most = warm.ends[window, step, MOST]
    if least > most:
        return np.nan, np.nan
    return least, most


@compiled
def first_of(key: Any, warm: Any, window: int) -> float:
    """The first value of the oldest step that has one."""
    if window == SHORT:
        return key.ends[FIRST]
    newest = warm.step_no[window]
    for ahead in range(1, STEPS + 1):
        first = warm.ends[window, (newest + ahead) % STEPS, FIRST]
        if not np.isnan(first):
            return first
    return np.nan


@compiled
def read_account(key: Any, warm: Any, peers: Any, out: Any) -> None:
    at = ACCOUNT_AT
    for window in range(SHORT + 1):
        least, most = least_and_most(key, warm, window)
        out[at] = sum_of(key, warm, window, 0)
        out[at + 1] = sum_of(key, warm, window, 0) + sum_of(key, warm, window, 4)
        out[at + 2] = sum_of(key, warm, window, 1)
        out[at + 3] = ratio(sum_of(key, warm, window, 1), sum_of(key, warm, window, 0))
        out[at + 4] = spread_of(
            sum_of(key, warm, window, 2), sum_of(key, warm, window, 1), sum_of(key, warm, window, 0)
        )
        out[at + 5] = least
        out[at + 6] = most
        out[at + 7] = ratio(sum_of(key, warm, window, 3), sum_of(key, warm, window, 1))
        out[at + 8] = sum_of(key, warm, window, 4)
        out[at + 9] = ratio(sum_of(key, warm, window, 4), sum_of(key, warm, window, 0))
        out[at + 10] = ratio(sum_of(key, warm, window, 5), sum_of(key, warm, window, 1))
        out[at + 11] = ratio(sum_of(key, warm, window, 6), sum_of(key, warm, window, 4))
        out[at + 12] = sum_of(key, warm, window, 7)
        out[at + 13] = sum_of(key, warm, window, 8)
        out[at + 14] = ratio(sum_of(key, warm, window, 8), sum_of(key, warm, window, 1))
        out[at + 15] = ratio(
            2.0 * sum_of(key, warm, window, 9) - sum_of(key, warm, window, 8),
            sum_of(key, warm, window, 8),
        )
        out[at + 16] = sum_of(key, warm, window, 10)
        out[at + 17] = ratio(
            sum_of(key, warm, window, 10),
            sum_of(key, warm, window, 0) + sum_of(key, warm, window, 10),
        )
        out[at + 18] = (sum_of(key, warm, window, 0) + sum_of(key, warm, window, 4)) / SPAN_S[
            window
        ]
        out[at + 19] = 1000.0 * ratio(sum_of(key, warm, window, 12), sum_of(key, warm, window, 11))
        out[at + 20] = 1000.0 * spread_of(
            sum_of(key, warm, window, 13),
            sum_of(key, warm, window, 12),
            sum_of(key, warm, window, 11),
        )
        out[at + 21] = count_set(key, warm, window, 0)
        at += 22
    for window in range(LONG_FROM, SHORT + 1):
        out[at] = sum_of(key, warm, window, 14)
        out[at + 1] = sum_of(key, warm, window, 15)
        out[at + 2] = sum_of(key, warm, window, 16)
        out[at + 3] = ratio(sum_of(key, warm, window, 15), sum_of(key, warm, window, 14))
        out[at + 4] = ratio(sum_of(key, warm, window, 8), sum_of(key, warm, window, 14))
        out[at + 5] = sum_of(key, warm, window, 17)
        out[at + 6] = sum_of(key, warm, window, 18)
        out[at + 7] = count_set(key, warm, window, 1)
        out[at + 8] = ratio(sum_of(key, warm, window, 19), sum_of(key, warm, window, 8))
        at += 9
    read_baseline(key, peers, out, at)


@compiled
def beyond(beside: Any, which: int, value: float) -> float:
    """Deviations from the account's own days; NaN before there are enough."""
    if beside[DAYS] < BASELINE_DAYS:
        return np.nan
    return ratio(value - beside[MEANS + which], np.sqrt(beside[VARIANCES + which]))


@compiled
def read_baseline(key: Any, peers: Any, out: Any, at: int) -> None:
    day, beside = key.day, key.beside
    out[at] = beyond(beside, 0, day[0])
    out[at + 1] = beyond(beside, 1, day[1])
    out[at + 2] = beyond(beside, 2, day[4])
    out[at + 3] = beyond(beside, 3, day[14] + day[15])
    out[at + 4] = np.nan
    out[at + 5] = np.nan
    if peers[PEERS_ACTIVE] > 0.0 and peers[PEERS_DAY] == key.day_no:
        out[at + 4] = ratio(day[1] * peers[PEERS_ACTIVE], peers[PEERS_AMOUNT])
        out[at + 5] = ratio(day[4] * peers[PEERS_ACTIVE], peers[PEERS_CANCELS])
    out[at + 6] = beside[IDLE]


@compiled
def read_position(key: Any, warm: Any, ground: Any, ground_warm: Any, out: Any) -> None:
    at = POSITION_AT
    for window in range(SHORT + 1):
        low, high = least_and_most(key, warm, window)
        filled = sum_of(key, warm, window, 10) + sum_of(key, warm, window, 11)
        volume = sum_of(ground, ground_warm, window, 2)
        out[at] = sum_of(key, warm, window, 0)
        out[at + 1] = sum_of(key, warm, window, 1)
        out[at + 2] = ratio(sum_of(key, warm, window, 2), sum_of(key, warm, window, 1))
        out[at + 3] = sum_of(key, warm, window, 3)
        out[at + 4] = ratio(
            sum_of(key, warm, window, 4) + sum_of(key, warm, window, 5),
            sum_of(key, warm, window, 1),
        )
        out[at + 5] = ratio(sum_of(key, warm, window, 6), sum_of(key, warm, window, 3))
        out[at + 6] = sum_of(key, warm, window, 7)
        out[at + 7] = filled
        out[at + 8] = ratio(sum_of(key, warm, window, 10) - sum_of(key, warm, window, 11), filled)
        out[at + 9] = max(
            min(sum_of(key, warm, window, 4), sum_of(key, warm, window, 11)),
            min(sum_of(key, warm, window, 5), sum_of(key, warm, window, 10)),
        )
        out[at + 10] = ratio(sum_of(key, warm, window, 8) + sum_of(key, warm, window, 9), volume)
        out[at + 11] = low
        out[at + 12] = high
        at += 13
    for window in range(LONG_FROM, SHORT + 1):
        out[at] = ratio(
            sum_of(key, warm, window, 12),
            sum_of(key, warm, window, 8) + sum_of(key, warm, window, 9),
        )
        out[at + 1] = usual(sum_of(key, warm, window, 13), sum_of(key, warm, window, 0))
        at += 2
    beside = key.beside
    out[at] = beside[RESTING_BUY]
    out[at + 1] = beside[RESTING_SELL]
    out[at + 2] = beside[LIMIT_BUY] + beside[LIMIT_SELL]
    bid = ratio(beside[RESTING_BUY], ground.beside[BID_QTY])
    ask = ratio(beside[RESTING_SELL], ground.beside[ASK_QTY])
    out[at + 3] = ask if np.isnan(bid) or ask > bid else bid


@compiled
def read_pair(key: Any, warm: Any, out: Any) -> None:
    at = PAIR_AT
    for window in range(SHORT + 1):
        out[at] = sum_of(key, warm, window, 0)
        out[at + 1] = sum_of(key, warm, window, 1)
        out[at + 2] = ratio(sum_of(key, warm, window, 3), sum_of(key, warm, window, 0))
        out[at + 3] = ratio(
            2.0
            * min(
                sum_of(key, warm, window, 4),
                sum_of(key, warm, window, 1) - sum_of(key, warm, window, 4),
            ),
            sum_of(key, warm, window, 1),
        )
        at += 4


@compiled
def read_device(key: Any, warm: Any, out: Any) -> None:
    at = DEVICE_AT
    for window in range(LONG_FROM, SHORT + 1):
        out[at] = sum_of(key, warm, window, 0)
        out[at + 1] = sum_of(key, warm, window, 1)
        out[at + 2] = count_set(key, warm, window, 0)
        out[at + 3] = sum_of(key, warm, window, 2)
        out[at + 4] = sum_of(key, warm, window, 3)
        out[at + 5] = sum_of(key, warm, window, 4)
        out[at + 6] = sum_of(key, warm, window, 5)
        at += 7


@compiled
def read_group(key: Any, warm: Any, out: Any) -> None:
    at = GROUP_AT
    for window in range(SHORT + 1):
        out[at] = sum_of(key, warm, window, 0)
        out[at + 1] = sum_of(key, warm, window, 1)
        out[at + 2] = ratio(sum_of(key, warm, window, 2), sum_of(key, warm, window, 1))
        out[at + 3] = sum_of(key, warm, window, 4)
        out[at + 4] = ratio(
            2.0 * sum_of(key, warm, window, 5) - sum_of(key, warm, window, 4),
            sum_of(key, warm, window, 4),
        )
        out[at + 5] = ratio(sum_of(key, warm, window, 6), sum_of(key, warm, window, 0))
        out[at + 6] = count_set(key, warm, window, 0)
        out[at + 7] = count_set(key, warm, window, 1)
        at += 8


@compiled
def read_instrument(key: Any, warm: Any, out: Any) -> None:
    at, beside = INSTRUMENT_AT, key.beside
    last = beside[LAST] if beside[LAST] > 0.0 else np.nan
    for window in range(SHORT + 1):
        low, high = least_and_most(key, warm, window)
        out[at] = sum_of(key, warm, window, 0)
        out[at + 1] = sum_of(key, warm, window, 1)
        out[at + 2] = sum_of(key, warm, window, 2)
        out[at + 3] = sum_of(key, warm, window, 3)
        out[at + 4] = last / first_of(key, warm, window) - 1.0
        out[at + 5] = high / low - 1.0
        out[at + 6] = np.sqrt(sum_of(key, warm, window, 4))
        out[at + 7] = ratio(sum_of(key, warm, window, 5), sum_of(key, warm, window, 0))
        out[at + 8] = ratio(sum_of(key, warm, window, 6), sum_of(key, warm, window, 0))
        out[at + 9] = sum_of(key, warm, window, 7)
        out[at + 10] = ratio(sum_of(key, warm, window, 8), 2.0 * sum_of(key, warm, window, 2))
        at += 11
    for window in range(LONG_FROM, SHORT + 1):
        own = sum_of(key, warm, window, 9)
        out[at] = ratio(2.0 * sum_of(key, warm, window, 10) - own, own)
        out[at + 1] = own
        out[at + 2] = count_set(key, warm, window, 0)
        out[at + 3] = count_set(key, warm, window, 1)
        at += 4
    out[at] = np.nan
    if beside[SAMPLED] >= SAMPLE_LEAST:
        out[at] = usual(beside[SAMPLE_LOGS], beside[SAMPLED])
    at += 1
    out[at] = ratio(last, beside[CLOSE]) - 1.0
    out[at + 1] = ratio(beside[UPPER], last) - 1.0 if beside[UPPER] > 0.0 else np.nan
    out[at + 2] = 1.0 - beside[LOWER] / last if beside[LOWER] > 0.0 else np.nan
    mid = beside[BID] + beside[ASK]
    out[at + 3] = np.nan
    if beside[BID] > 0.0 and beside[ASK] > 0.0:
        out[at + 3] = 20_000.0 * (beside[ASK] - beside[BID]) / mid


@compiled
def read(state: State) -> int:
    """Write the values of the families the last event is about; which those are, as bits."""
    present = 0
    slots, places, out = state.slots, state.places, state.values
    instrument = slots[INSTRUMENT]
    if instrument >= 0:
        ground = state.instrument.keys[instrument]
        ground_warm = state.instrument.warm[places[INSTRUMENT]]
        read_instrument(ground, ground_warm, out)
        present |= 1 << INSTRUMENT
        if slots[POSITION] >= 0:
            key = state.position.keys[slots[POSITION]]
            warm = state.position.warm[places[POSITION]]
            read_position(key, warm, ground, ground_warm, out)
            present |= 1 << POSITION
    if slots[ACCOUNT] >= 0:
        one, hot = state.account.keys[slots[ACCOUNT]], state.account.warm[places[ACCOUNT]]
        read_account(one, hot, state.peers, out)
        present |= 1 << ACCOUNT
    if slots[PAIR] >= 0:
        read_pair(state.pair.keys[slots[PAIR]], state.pair.warm[places[PAIR]], out)
        present |= 1 << PAIR
    if slots[DEVICE] >= 0:
        read_device(state.device.keys[slots[DEVICE]], state.device.warm[places[DEVICE]], out)
        present |= 1 << DEVICE
    if slots[GROUP] >= 0:
        read_group(state.group.keys[slots[GROUP]], state.group.warm[places[GROUP]], out)
        present |= 1 << GROUP
    return present
