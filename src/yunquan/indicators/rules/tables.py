"""A family's keys and what is kept of each: an open hash, sums of the day for every key, and
windows of less than a day for those that did something within the last hour.

A window is six steps of a fifth of its span: the one now and the five before, so that it reaches
back its span at the least. A key's time is the latest it has seen; what comes late goes into the
step where it belongs, or, when that has left the window, nowhere. The sums of a window are added up
anew whenever a step is left behind: nothing drifts, and a replay gives the same bits.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from yunquan.indicators.rules.catalogue import MEASURES
from yunquan.indicators.rules.jit import compiled
from yunquan.indicators.types import WINDOWS, Family

STEPS: Final = 6
SHORT: Final = len(WINDOWS) - 1
STEP_MS: Final = np.array([one.step_ms for one in WINDOWS[:SHORT]], np.int64)
# The market's midnight is 16:00 UTC.
ZONE_MS: Final = 8 * 3_600_000
DAY_MS: Final = 86_400_000
# Longer than the longest short window: whoever was idle for so long has nothing in any of them.
COLD_MS: Final = 3_600_000 + 720_000
PROBES: Final = 16
# Places in `counts`.
USED, WARM, HAND, EARLY, LATE, FULL = range(6)
# Beside the sums, of each key: see the columns of each family in `update`.
BESIDE: Final = 16
LEAST, MOST, FIRST = range(3)


def _key_dtype(columns: int) -> Any:
    """What is kept of every key: the day so far, and what has no window."""
    return np.dtype(
        [
            ("key", "<i8"),
            ("day_no", "<i4"),
            ("warm", "<i4"),
            ("day", "<f8", (columns,)),
            ("bits", "<u8", (2,)),
            ("ends", "<f8", (3,)),
            ("beside", "<f8", (BESIDE,)),
        ]
    )


def _warm_dtype(columns: int) -> Any:
    """The windows of a key that is at work. ends: least, most and first value of a step."""
    return np.dtype(
        [
            ("seen", "<i8"),
            ("owner", "<i8"),
            ("step_no", "<i8", (SHORT,)),
            ("totals", "<f8", (SHORT, columns)),
            ("sums", "<f8", (SHORT, STEPS, columns)),
            ("bits", "<u8", (SHORT, STEPS, 2)),
            ("ends", "<f8", (SHORT, STEPS, 3)),
        ]
    )


class Table(NamedTuple):
    """One family. places: (key, slot) by the key's hash, -1 where nobody is; keys: one record a
    slot; warm: one for each that is at work. Records are handed on by address, tables are not.
    """

    places: Any
    keys: Any
    warm: Any
    counts: Any


def make_table(family: Family, most: int, warm: int) -> Table:
    """Room for `most` keys, `warm` of them at work within the hour; every page touched."""
    columns = len(MEASURES[family])
    table = Table(
        places=np.full((1 << (2 * most - 1).bit_length(), 2), -1, np.int64),
        keys=np.empty(most, _key_dtype(columns)),
        warm=np.empty(warm, _warm_dtype(columns)),
        counts=np.zeros(8, np.int64),
    )
    empty_keys(table.keys)
    empty_warm(table.warm)
    return table


def empty_keys(keys: Any) -> None:
    """As if nobody had been there."""
    keys.view(np.uint8).fill(0)
    keys["ends"] = np.nan
    keys["day_no"] = -1
    keys["warm"] = -1


def empty_warm(warm: Any) -> None:
    """As if nobody had been there."""
    warm.view(np.uint8).fill(0)
    warm["ends"] = np.nan
    warm["seen"] = -1


@compiled
def mixed(key: int) -> Any:
    """The bits of a key, stirred (splitmix64)."""
    x = np.uint64(key) + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@compiled
def take(places: Any, keys: Any, counts: Any, key: int) -> Any:
    """A key's slot, given it if it has none; -1 when there is no room: counted as FULL."""
    mask = np.int64(places.shape[0] - 1)
    at = np.int64(mixed(key)) & mask
    while places[at, 0] != -1:
        if places[at, 0] == key:
            return places[at, 1]
        at = (at + 1) & mask
    slot = counts[USED]
    if slot >= keys.shape[0]:
        counts[FULL] += 1
        return -1
    counts[USED] += 1
    places[at, 0] = key
    places[at, 1] = slot
    keys[slot].key = key
    return slot


@compiled
def place_all(places: Any, keys: Any, used: int) -> None:
    """Find a place for the key of every slot. Slots were given in order and nobody ever leaves, so
    this makes the places what they were.
    """
    mask = np.int64(places.shape[0] - 1)
    places[:] = -1
    for slot in range(used):
        at = np.int64(mixed(keys[slot].key)) & mask
        while places[at, 0] != -1:
            at = (at + 1) & mask
        places[at, 0] = keys[slot].key
        places[at, 1] = slot


@compiled
def warm_up(keys: Any, warm: Any, counts: Any, slot: int, at_ms: int) -> Any:
    """The warm place of a slot. Where none is free the hand goes round for one that is cold, and
    takes the longest idle of those it passed when none is: counted as EARLY.
    """
    place = np.int64(keys[slot].warm)
    if place >= 0:
        return place
    count = np.int64(warm.shape[0])
    if counts[WARM] < count:
        place = counts[WARM]
        counts[WARM] += 1
    else:
        hand = counts[HAND]
        place = hand
        for _ in range(PROBES):
            if warm[hand].seen < warm[place].seen:
                place = hand
            hand = (hand + 1) % count
            if at_ms - warm[place].seen > COLD_MS:
                break
        counts[HAND] = hand
        if at_ms - warm[place].seen <= COLD_MS:
            counts[EARLY] += 1
        keys[warm[place].owner].warm = -1
    keys[slot].warm = place
    begin(warm[place], slot, at_ms)
    return place


@compiled
def begin(one: Any, slot: int, at_ms: int) -> None:
    """A warm place for another key."""
    one.owner = slot
    one.seen = at_ms
    for window in range(SHORT):
        one.step_no[window] = at_ms // STEP_MS[window]
        clear(one, window, STEPS)


@compiled
def clear(one: Any, window: int, steps: int) -> None:
    """Empty the newest steps of a window, `step_no` the last of them, and add up the rest."""
    columns = one.totals.shape[1]
    newest = one.step_no[window]
    for back in range(steps):
        step = (newest - back) % STEPS
        for column in range(columns):
            one.sums[window, step, column] = 0.0
        one.bits[window, step, 0] = 0
        one.bits[window, step, 1] = 0
        for end in range(3):
            one.ends[window, step, end] = np.nan
    for column in range(columns):
        one.totals[window, column] = 0.0
    if steps < STEPS:
        for step in range(STEPS):
            for column in range(columns):
                one.totals[window, column] += one.sums[window, step, column]


@compiled
def put_end(ends: Any, window: int, step: int, value: float) -> None:
    """Least, most and first of a step."""
    if np.isnan(ends[window, step, FIRST]):
        ends[window, step, FIRST] = value
        ends[window, step, LEAST] = value
        ends[window, step, MOST] = value
        return
    if value < ends[window, step, LEAST]:
        ends[window, step, LEAST] = value
    if value > ends[window, step, MOST]:
        ends[window, step, MOST] = value


@compiled
def put_day(key: Any, at_ms: int, delta: Any, bits: Any, end: float) -> None:
    """Add to the key's day, if the event is of it."""
    if (at_ms + ZONE_MS) // DAY_MS != key.day_no:
        return
    for column in range(key.day.shape[0]):
        key.day[column] += delta[column]
    key.bits[0] |= bits[0]
    key.bits[1] |= bits[1]
    if np.isnan(end):
        return
    if np.isnan(key.ends[FIRST]):
        key.ends[FIRST] = end
        key.ends[LEAST] = end
        key.ends[MOST] = end
    elif end < key.ends[LEAST]:
        key.ends[LEAST] = end
    elif end > key.ends[MOST]:
        key.ends[MOST] = end


@compiled
def put(one: Any, at_ms: int, delta: Any, bits: Any, end: float) -> bool:
    """Add to every window; whether it came too late for one. delta: of each sum; bits: of both
    sets; end: NaN for none.
    """
    if at_ms > one.seen:
        one.seen = at_ms
    late = False
    for window in range(SHORT):
        step_no = at_ms // STEP_MS[window]
        newest = one.step_no[window]
        if step_no > newest:
            one.step_no[window] = step_no
            clear(one, window, min(step_no - newest, STEPS))
        elif step_no <= newest - STEPS:
            late = True
            continue
        step = step_no % STEPS
        for column in range(one.totals.shape[1]):
            one.sums[window, step, column] += delta[column]
            one.totals[window, column] += delta[column]
        one.bits[window, step, 0] |= bits[0]
        one.bits[window, step, 1] |= bits[1]
        if not np.isnan(end):
            put_end(one.ends, window, step, end)
    return late


@compiled
def begin_day(key: Any, day_no: int) -> Any:
    """Empty the sums of an earlier day; how many days ago that was, 0 for the same day, -1 for a
    key that is new. An event of an earlier day changes nothing.
    """
    was = np.int64(key.day_no)
    if day_no <= was:
        return 0
    key.day_no = day_no
    for column in range(key.day.shape[0]):
        key.day[column] = 0.0
    key.bits[0] = 0
    key.bits[1] = 0
    for end in range(3):
        key.ends[end] = np.nan
    return day_no - was if was >= 0 else -1
