"""What an event adds to whom. The order of columns is that of `catalogue.MEASURES`."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from yunquan.indicators.rules.catalogue import CATALOGUE, MEASURES, SETS
from yunquan.indicators.rules.jit import compiled
from yunquan.indicators.rules.tables import (
    DAY_MS,
    LATE,
    ZONE_MS,
    Table,
    begin_day,
    make_table,
    mixed,
    put,
    put_day,
    take,
    warm_up,
)
from yunquan.indicators.types import Family, Kind

# Numba knows plain numbers only.
ORDER, CANCEL, FILL, REFUSED, CASH_IN, CASH_OUT = (int(one) for one in list(Kind)[:6])
LOGIN, LOGIN_FAILED, MATCH, QUOTE, TRADE, LIMITS = (int(one) for one in list(Kind)[6:])
ACCOUNT, POSITION, PAIR, DEVICE, GROUP, INSTRUMENT = (int(one) for one in Family)
QUICK_MS: Final = 1_000
# Days an own baseline remembers about.
MEMORY_DAYS: Final = 20.0

# `beside` of an account: time of the last order; days in the baseline; mean and variance of orders,
# amount, cancels, cash over days; days idle before today.
LAST_ORDER, DAYS, MEANS, VARIANCES, IDLE = 0, 1, 2, 6, 10
# Of a position: shares of open buys and sells, of those at the limit.
RESTING_BUY, RESTING_SELL, LIMIT_BUY, LIMIT_SELL = range(4)
# Of an instrument: what it was last told, and when: what is older tells nothing any more.
LAST, BID, ASK, BID_QTY, ASK_QTY, CLOSE, UPPER, LOWER, LAST_AT, BOOK_AT, LIMITS_AT = range(11)
# Of its day's sample of orders: the sum of their logarithms, how many; whose, as bits, and how many
# of those in this round.
SAMPLE_LOGS, SAMPLED, ROUND_BITS, ROUND = 11, 12, 13, 14
# As many bits as a float carries; a round ends before they are all taken.
SAMPLE_BITS, SAMPLE_ROUND = 52, 40
# Of all accounts together, this day.
PEERS_DAY, PEERS_AMOUNT, PEERS_CANCELS, PEERS_ACTIVE = range(4)


class State(NamedTuple):
    """All that is known. values: of the event at hand, by place in the catalogue. slots, places:
    where its families are, -1 for those it isn't about.
    """

    account: Table
    position: Table
    pair: Table
    device: Table
    group: Table
    instrument: Table
    peers: Any
    delta: Any
    bits: Any
    values: Any
    slots: Any
    places: Any


def make_state(most: dict[Family, int], warm: dict[Family, int]) -> State:
    """Empty tables of these sizes."""
    tables = [make_table(family, most[family], warm[family]) for family in Family]
    widest = max(len(columns) for columns in MEASURES.values())
    return State(
        *tables,
        peers=np.zeros(4),
        delta=np.zeros(widest),
        bits=np.zeros(SETS, np.uint64),
        values=np.full(len(CATALOGUE), np.nan),
        slots=np.full(len(Family), -1, np.int32),
        places=np.full(len(Family), -1, np.int32),
    )


@compiled
def measured(whole: int) -> float:
    """A whole number as a measurement: sums of them are looked at, never booked."""
    return float(whole)


@compiled
def log_of(amount: int) -> float:
    """The logarithm of an order's amount; of nothing that of one fen."""
    return np.log(max(measured(amount), 1.0))


@compiled
def bit_of(number: int) -> Any:
    """The bit that stands for a member of a set."""
    return np.uint64(1) << (mixed(number) & np.uint64(63))


@compiled
def position_key(account: int, symbol: int) -> int:
    """Of an account and an instrument."""
    return (account << 32) | symbol


@compiled
def pair_key(one: int, other: int) -> int:
    """Of two accounts, whichever bought."""
    return (one << 32) | other if one < other else (other << 32) | one


@compiled
def day_of(at_ms: int) -> int:
    """The market's day."""
    return (at_ms + ZONE_MS) // DAY_MS


@compiled
def learn(key: Any) -> None:
    """The last active day goes into the account's own baseline."""
    key.beside[DAYS] += 1.0
    weight = 1.0 / min(key.beside[DAYS], MEMORY_DAYS)
    for which in range(4):
        value = key.day[14] + key.day[15]
        if which == 0:
            value = key.day[0]
        elif which == 1:
            value = key.day[1]
        elif which == 2:
            value = key.day[4]
        apart = value - key.beside[MEANS + which]
        key.beside[MEANS + which] += weight * apart
        key.beside[VARIANCES + which] = (1.0 - weight) * (
            key.beside[VARIANCES + which] + weight * apart * apart
        )


@compiled
def begin_account_day(key: Any, at_ms: int) -> None:
    """An account at this day."""
    day_no = day_of(at_ms)
    if 0 <= key.day_no < day_no:
        learn(key)
    idle = begin_day(key, day_no)
    if idle > 0:
        key.beside[IDLE] = idle - 1
        # A night is no gap between orders.
        key.beside[LAST_ORDER] = 0.0


@compiled
def add_account(key: Any, peers: Any, row: Any, delta: Any, bits: Any) -> float:
    """Of the account the event is about; the value whose extremes count."""
    kind, amount = row.kind, measured(row.amount)
    begin_peers_day(peers, row.at_ms)
    if kind == ORDER:
        add_order(key, peers, row, delta)
        if row.symbol >= 0:
            bits[0] = bit_of(row.symbol)
        return amount
    if kind == CANCEL:
        delta[4], delta[5] = 1.0, amount
        delta[6] = 1.0 if row.age <= QUICK_MS else 0.0
        add_peers(peers, row.at_ms, 0.0, 1.0, False)
    elif kind == FILL:
        delta[7], delta[8] = 1.0, amount
        delta[9] = amount if row.side > 0 else 0.0
    elif kind == REFUSED:
        delta[10] = 1.0
    elif kind == MATCH:
        delta[19] = amount
    else:
        add_doings(row, delta, bits)
    return np.nan


@compiled
def add_order(key: Any, peers: Any, row: Any, delta: Any) -> None:
    """An order of the account, and how long since the one before; of one that comes late nobody
    can say.
    """
    amount = measured(row.amount)
    add_peers(peers, row.at_ms, amount, 0.0, key.day[0] == 0.0)
    delta[0], delta[1], delta[2] = 1.0, amount, amount * amount
    delta[3] = amount if row.side > 0 else 0.0
    before = key.beside[LAST_ORDER]
    if day_of(row.at_ms) != key.day_no or row.at_ms < before:
        return
    if before > 0.0:
        gap = (row.at_ms - before) / 1000.0
        delta[11], delta[12], delta[13] = 1.0, gap, gap * gap
    key.beside[LAST_ORDER] = float(row.at_ms)


@compiled
def add_doings(row: Any, delta: Any, bits: Any) -> None:
    """What an account does besides trading: money and logins."""
    kind, amount = row.kind, measured(row.amount)
    if kind == CASH_IN:
        delta[14], delta[16] = amount, 1.0
    elif kind == CASH_OUT:
        delta[15], delta[16] = amount, 1.0
    elif kind == LOGIN:
        delta[17] = 1.0
        if row.device >= 0:
            bits[1] = bit_of(row.device)
    elif kind == LOGIN_FAILED:
        delta[18] = 1.0


@compiled
def begin_peers_day(peers: Any, at_ms: int) -> None:
    """All accounts together at this day: it is never behind that of any account."""
    day_no = day_of(at_ms)
    if day_no > peers[PEERS_DAY]:
        peers[:] = 0.0
        peers[PEERS_DAY] = day_no


@compiled
def add_peers(peers: Any, at_ms: int, ordered: float, cancels: float, first: bool) -> None:
    """To all accounts together, of this day; first: its first order of the day."""
    if day_of(at_ms) == peers[PEERS_DAY]:
        peers[PEERS_AMOUNT] += ordered
        peers[PEERS_CANCELS] += cancels
        if first:
            peers[PEERS_ACTIVE] += 1.0


@compiled
def add_position(key: Any, upper: float, lower: float, row: Any, delta: Any) -> float:
    """Of the account in this instrument, open orders included. upper, lower: its limits today."""
    kind, amount, qty = row.kind, measured(row.amount), measured(row.qty)
    buys = row.side > 0
    limit = upper if buys else lower
    if kind == ORDER:
        delta[0], delta[1] = 1.0, amount
        if buys:
            delta[2] = amount
        delta[13] = log_of(row.amount)
        rest(key, row.at_ms, buys, limit > 0.0 and row.price == limit, qty)
        return measured(row.price)
    if kind == CANCEL:
        delta[3] = 1.0
        delta[4 if buys else 5] = amount
        delta[6] = 1.0 if row.age <= QUICK_MS else 0.0
        rest(key, row.at_ms, buys, limit > 0.0 and row.a == limit, -qty)
    elif kind == FILL:
        delta[7] = 1.0
        delta[8 if buys else 9] = qty
        delta[10 if buys else 11] = amount
        rest(key, row.at_ms, buys, limit > 0.0 and row.a == limit, -qty)
    elif kind == MATCH:
        delta[12] = qty
    return np.nan


@compiled
def rest(key: Any, at_ms: int, buys: bool, at_limit: bool, qty: float) -> None:
    """More or less of an order waits in the market. Orders are good for a day: what comes late from
    an earlier one changes nothing.
    """
    if day_of(at_ms) != key.day_no:
        return
    side = RESTING_BUY if buys else RESTING_SELL
    key.beside[side] = max(key.beside[side] + qty, 0.0)
    if at_limit:
        side = LIMIT_BUY if buys else LIMIT_SELL
        key.beside[side] = max(key.beside[side] + qty, 0.0)


@compiled
def add_pair(last: float, row: Any, delta: Any) -> None:
    """Of two accounts of ours that traded with each other. last: the market's price before."""
    delta[0], delta[1], delta[2] = 1.0, measured(row.amount), measured(row.qty)
    if last > 0.0:
        delta[3] = 10_000.0 * abs(row.price - last) / last
    if row.account < row.other:
        delta[4] = measured(row.amount)


@compiled
def add_device(row: Any, delta: Any, bits: Any) -> None:
    """Of the device it came from."""
    kind, amount = row.kind, measured(row.amount)
    if kind == LOGIN:
        delta[0] = 1.0
    elif kind == LOGIN_FAILED:
        delta[1] = 1.0
    elif kind == ORDER:
        delta[2], delta[3] = 1.0, amount
    elif kind == CASH_IN:
        delta[4] = amount
    elif kind == CASH_OUT:
        delta[5] = amount
    if row.account >= 0:
        bits[0] = bit_of(row.account)


@compiled
def add_group(row: Any, delta: Any, bits: Any) -> None:
    """Of the group of clients the account belongs to."""
    kind, amount = row.kind, measured(row.amount)
    if kind == ORDER:
        delta[0], delta[1] = 1.0, amount
        if row.side > 0:
            delta[2] = amount
    elif kind == FILL:
        delta[3], delta[4] = 1.0, amount
        if row.side > 0:
            delta[5] = amount
    elif kind == CANCEL:
        delta[6] = 1.0
    if kind in (ORDER, FILL) and row.symbol >= 0:
        bits[1] = bit_of(row.symbol)
    bits[0] = bit_of(row.account)


@compiled
def add_instrument(key: Any, row: Any, delta: Any, bits: Any) -> float:
    """Of the instrument: the market's quotes and trades, and what our clients do in it."""
    kind = row.kind
    if kind == TRADE:
        delta[1] = 1.0
    elif kind == LIMITS and row.at_ms >= key.beside[LIMITS_AT]:
        key.beside[CLOSE], key.beside[UPPER] = float(row.a), float(row.b)
        key.beside[LOWER], key.beside[LIMITS_AT] = float(row.c), float(row.at_ms)
    elif kind == ORDER:
        delta[7] = 1.0
        add_sample(key, row)
    elif kind == FILL:
        delta[8], delta[9] = measured(row.qty), measured(row.amount)
        delta[10] = delta[9] if row.side > 0 else 0.0
        if row.account >= 0:
            bits[0 if row.side > 0 else 1] = bit_of(row.account)
    elif kind == QUOTE:
        return add_quote(key, row, delta)
    return np.nan


@compiled
def add_sample(key: Any, row: Any) -> None:
    """An order into the day's sample, one an account in each round of forty accounts: what is usual
    is told neither by who orders all day nor by who comes to flood the instrument.
    """
    if row.account < 0 or day_of(row.at_ms) != key.day_no:
        return
    beside = key.beside
    if beside[ROUND] >= SAMPLE_ROUND:
        beside[ROUND] = beside[ROUND_BITS] = 0.0
    taken = np.int64(beside[ROUND_BITS])
    bit = np.int64(1) << np.int64(mixed(row.account) % np.uint64(SAMPLE_BITS))
    if taken & bit == 0:
        beside[ROUND_BITS] = float(taken | bit)
        beside[ROUND] += 1.0
        beside[SAMPLED] += 1.0
        beside[SAMPLE_LOGS] += log_of(row.amount)


@compiled
def add_quote(key: Any, row: Any, delta: Any) -> float:
    """What the market says. A quote that comes late counts in its window, and is the last one no
    more: it has no return.
    """
    beside = key.beside
    delta[0], delta[2], delta[3] = 1.0, measured(row.qty), measured(row.amount)
    if row.at_ms >= beside[BOOK_AT]:
        beside[BID], beside[ASK] = float(row.a), float(row.b)
        beside[BID_QTY], beside[ASK_QTY] = float(row.c), float(row.d)
        beside[BOOK_AT] = float(row.at_ms)
    if row.a > 0 and row.b > 0:
        delta[5] = 20_000.0 * (row.b - row.a) / (row.a + row.b)
    if row.c + row.d > 0:
        delta[6] = (row.c - row.d) / (row.c + row.d)
    if row.price <= 0:
        return np.nan
    last, price = beside[LAST], measured(row.price)
    if row.at_ms < beside[LAST_AT]:
        return price
    if last > 0.0:
        moved = np.log(price / last)
        delta[4] = moved * moved
    beside[LAST], beside[LAST_AT] = price, float(row.at_ms)
    return price


@compiled
def fresh(delta: Any, bits: Any) -> None:
    """Nothing to add yet."""
    delta[:] = 0.0
    bits[:] = 0


@compiled
def keep(table: Table, slot: int, at_ms: int, delta: Any, bits: Any, end: float) -> int:
    """Put what was gathered; the warm place."""
    put_day(table.keys[slot], at_ms, delta, bits, end)
    place = warm_up(table.keys, table.warm, table.counts, slot, at_ms)
    if put(table.warm[place], at_ms, delta, bits, end):
        table.counts[LATE] += 1
    return place


@compiled
def add(state: State, row: Any) -> None:
    """Everything an event adds. The instrument first: positions and pairs look at its prices."""
    day_no = day_of(row.at_ms)
    last, upper, lower = add_ground(state, row, day_no)
    if row.account >= 0:
        add_person(state, row, day_no, upper, lower)
    add_links(state, row, day_no, last)


@compiled
def add_ground(state: State, row: Any, day_no: int) -> tuple[float, float, float]:
    """To the instrument; its last price before, its upper and lower limit."""
    slots, delta, bits = state.slots, state.delta, state.bits
    slots[:] = -1
    if row.symbol < 0:
        return 0.0, 0.0, 0.0
    table = state.instrument
    slot = take(table.places, table.keys, table.counts, row.symbol)
    if slot < 0:
        return 0.0, 0.0, 0.0
    ground = table.keys[slot]
    if begin_day(ground, day_no) > 0:
        ground.beside[SAMPLE_LOGS : ROUND + 1] = 0.0
    last, upper, lower = ground.beside[LAST], ground.beside[UPPER], ground.beside[LOWER]
    fresh(delta, bits)
    end = add_instrument(ground, row, delta, bits)
    slots[INSTRUMENT] = slot
    state.places[INSTRUMENT] = keep(table, slot, row.at_ms, delta, bits, end)
    return last, upper, lower


@compiled
def add_person(state: State, row: Any, day_no: int, upper: float, lower: float) -> None:
    """To the account, and the account in the instrument."""
    slots, places, delta, bits = state.slots, state.places, state.delta, state.bits
    table = state.account
    slot = take(table.places, table.keys, table.counts, row.account)
    if slot >= 0:
        begin_account_day(table.keys[slot], row.at_ms)
        fresh(delta, bits)
        end = add_account(table.keys[slot], state.peers, row, delta, bits)
        slots[ACCOUNT] = slot
        places[ACCOUNT] = keep(table, slot, row.at_ms, delta, bits, end)
    if row.symbol >= 0:
        table = state.position
        own = position_key(row.account, row.symbol)
        slot = take(table.places, table.keys, table.counts, own)
        if slot >= 0:
            if begin_day(table.keys[slot], day_no) > 0:
                # Orders are good for a day.
                table.keys[slot].beside[:4] = 0.0
            fresh(delta, bits)
            end = add_position(table.keys[slot], upper, lower, row, delta)
            slots[POSITION] = slot
            places[POSITION] = keep(table, slot, row.at_ms, delta, bits, end)


@compiled
def add_links(state: State, row: Any, day_no: int, last: float) -> None:
    """To what accounts have with each other: group, device, pair. last: the price before."""
    slots, places, delta, bits = state.slots, state.places, state.delta, state.bits
    if row.account >= 0 and row.group >= 0:
        table = state.group
        slot = take(table.places, table.keys, table.counts, row.group)
        if slot >= 0:
            begin_day(table.keys[slot], day_no)
            fresh(delta, bits)
            add_group(row, delta, bits)
            slots[GROUP] = slot
            places[GROUP] = keep(table, slot, row.at_ms, delta, bits, np.nan)
    if row.device >= 0:
        table = state.device
        slot = take(table.places, table.keys, table.counts, row.device)
        if slot >= 0:
            begin_day(table.keys[slot], day_no)
            fresh(delta, bits)
            add_device(row, delta, bits)
            slots[DEVICE] = slot
            places[DEVICE] = keep(table, slot, row.at_ms, delta, bits, np.nan)
    two = row.account >= 0 and row.other >= 0 and row.other != row.account
    if row.kind == MATCH and two:
        table = state.pair
        slot = take(table.places, table.keys, table.counts, pair_key(row.account, row.other))
        if slot >= 0:
            begin_day(table.keys[slot], day_no)
            fresh(delta, bits)
            add_pair(last, row, delta)
            slots[PAIR] = slot
            places[PAIR] = keep(table, slot, row.at_ms, delta, bits, np.nan)
