"""risk.kernel, risk.event_p99_us, risk.start_s and what they rest on: events through the kernel of
the indicators, 372 of them kept and one condition on each judged.

Limit: an order moves 20 sums of its account in four windows of six steps and the day, 13 of its
position, 7 of its group, 10 of its instrument and 6 of its device: about 500 additions and as many
loads, then some 300 values are reckoned, many with a division, and as many conditions asked. At
2e9 simple operations a second that is a microsecond or two; 5 us are allowed (>= 200,000/s would be
near), and the promise is 150,000/s. Memory is what the records are; time must not grow with how
many accounts there are, but for what the caches of the processor lose.
"""

from __future__ import annotations

import os
import tempfile
import time
from typing import Any

import numpy as np

from benchmarks import child
from benchmarks.rows import Row, middle, percentile, row, spread
from yunquan.indicators import RULES, Engine, sizes_for
from yunquan.indicators.rules.catalogue import CATALOGUE
from yunquan.indicators.rules.code import Op
from yunquan.indicators.rules.kernel import trace
from yunquan.indicators.types import EVENT, Family, Kind
from yunquan.rulebook.rules.language import reach
from yunquan.rulebook.rules.program import make_program
from yunquan.rulebook.types import CompiledRule, Condition, Line, RuleState, RuleText

SYMBOLS = 300
OPEN_MS = 1_783_906_200_000
# Shares of the stream, as of a busy morning.
MIX = {
    Kind.ORDER: 0.44,
    Kind.CANCEL: 0.18,
    Kind.FILL: 0.2,
    Kind.QUOTE: 0.13,
    Kind.MATCH: 0.005,
    Kind.REFUSED: 0.005,
    Kind.CASH_IN: 0.01,
    Kind.CASH_OUT: 0.01,
    Kind.LOGIN: 0.02,
}
PERSONLESS, MONEY = (Kind.QUOTE,), (Kind.CASH_IN, Kind.CASH_OUT, Kind.LOGIN)


def stream(count: int, accounts: int, *, seed: int = 1, first: int = 0, per_s: int = 2_000) -> Any:
    """Rows as they come: nine of ten are of a twentieth of the accounts, the others of all."""
    chance = np.random.default_rng(seed)
    rows = np.zeros(count, EVENT)
    rows["seq"] = first + np.arange(count)
    rows["at_ms"] = OPEN_MS + (first + np.arange(count)) * 1_000 // per_s
    rows["kind"] = chance.choice([int(one) for one in MIX], count, p=list(MIX.values()))
    busy = chance.random(count) < 0.9
    active = max(accounts // 20, 1)
    rows["account"] = np.where(
        busy, chance.integers(active, size=count), chance.integers(accounts, size=count)
    )
    # An account trades a few instruments.
    few = chance.integers(4, size=count)
    rows["symbol"] = (rows["account"] * 7 + few * few * 31) % SYMBOLS
    rows["device"], rows["group"] = rows["account"] // 2, rows["account"] // 8
    rows["side"] = chance.choice([1, -1], count)
    rows["qty"] = 100 * chance.integers(1, 50, size=count)
    rows["price"] = 10_000 + 10 * chance.integers(-50, 50, size=count)
    rows["amount"] = rows["price"] * rows["qty"] // 10
    rows["a"], rows["age"] = rows["price"], chance.integers(60_000, size=count)
    rows["other"] = np.where(rows["kind"] == Kind.MATCH, (rows["account"] + 1) % accounts, -1)
    market = np.isin(rows["kind"], PERSONLESS)
    for name in ("account", "device", "group"):
        rows[name][market] = -1
    rows["a"][market], rows["b"][market] = rows["price"][market] - 10, rows["price"][market] + 10
    rows["c"][market] = rows["d"][market] = 100_000
    rows["symbol"][np.isin(rows["kind"], MONEY)] = -1
    return rows


def thresholds(rows: Any, accounts: int) -> Any:
    """A condition on every indicator: far more than it ever was in these rows. A desk's rules hold
    of one event in thousands; those here are asked every time and hold of next to none.
    """
    engine = Engine(sizes_for(accounts, accounts))
    values = np.full((len(rows), len(CATALOGUE)), np.nan)
    trace(engine.state, rows, values, np.zeros(len(rows), np.int64))
    with np.errstate(all="ignore"):
        most = np.nanmax(np.where(np.isnan(values), -np.inf, values), axis=0)
    rules = {one.place: rule_of(one.place, float(most[one.place])) for one in CATALOGUE}
    return make_program({place: (rule, RuleState.LIVE) for place, rule in rules.items()}, RULES)


def rule_of(place: int, most: float) -> CompiledRule:
    """A rule about one indicator's family, on every kind of event that reaches it."""
    family = CATALOGUE[place].family
    kinds = tuple(kind for kind in Kind if family in reach(kind))
    limit = 1_000 * abs(most) if np.isfinite(most) else 1e300
    told = Condition(tuple(kind.name.lower() for kind in kinds), CATALOGUE[place].code)
    text = RuleText(
        code=CATALOGUE[place].code,
        kind="measured",
        subject=family.name.lower(),
        conditions=(told,),
        grade=1,
        title_zh="",
        title_en="",
        basis="",
        certainty="",
    )
    line = Line(kinds, frozenset({family}), Op.GT, place, limit, ())
    return CompiledRule(text, family, (line,), (), (place,))


def ready(accounts: int) -> Engine:
    """An engine with every condition, compiled."""
    engine = Engine(sizes_for(accounts, max(accounts // 10, 10_000), SYMBOLS))
    engine.publish(thresholds(stream(20_000, 2_000, seed=9), 2_000))
    engine.warm_up()
    return engine


def through(accounts: int, count: int, rounds: int) -> dict[str, Any]:
    """Events a second of processor time, in each round, and alerts told."""
    engine, rates, alerts = ready(accounts), list[float](), 0
    engine.feed(stream(count, accounts, seed=99))
    for number in range(rounds):
        rows = stream(count, accounts, seed=number, first=(number + 1) * count)
        began = time.process_time()
        found, _ = engine.feed(rows)
        rates.append(count / (time.process_time() - began))
        alerts += len(found)
    used = {family.name.lower(): engine.fill_of(family).used for family in Family}
    early = sum(engine.fill_of(family).early for family in Family)
    full = sum(engine.fill_of(family).full for family in Family)
    return {"rates": rates, "alerts": alerts, "used": used, "early": early, "full": full}


def alone(accounts: int, count: int) -> dict[str, Any]:
    """Microseconds of each event fed by itself, of the clock and of the processor."""
    engine = ready(accounts)
    engine.feed(stream(count, accounts, seed=98))
    rows = stream(count, accounts, seed=2, first=count)
    clock, processor = list[float](), list[float]()
    for at in range(count):
        one = rows[at : at + 1]
        began, worked = time.perf_counter_ns(), time.thread_time_ns()
        engine.feed(one)
        processor.append((time.thread_time_ns() - worked) / 1_000)
        clock.append((time.perf_counter_ns() - began) / 1_000)
    return {"clock": percentile(clock, 0.99), "processor": percentile(processor, 0.99)}


def start() -> dict[str, Any]:
    """Ready for the first event: of a process that has just begun."""
    engine = Engine(sizes_for(10_000, 1_000, SYMBOLS))
    engine.warm_up()
    return {"fed": len(engine.feed(stream(1, 10))[0])}


def kept(accounts: int, count: int) -> dict[str, Any]:
    """Seconds to take a snapshot and to restore it, its bytes, and that it is what it was."""
    engine = ready(accounts)
    everyone = np.zeros(accounts, EVENT)
    everyone["seq"], everyone["at_ms"] = np.arange(accounts), OPEN_MS
    everyone["kind"], everyone["account"] = Kind.LOGIN, np.arange(accounts)
    for name in ("symbol", "device", "group", "other"):
        everyone[name] = -1
    engine.feed(everyone)
    engine.feed(stream(count, accounts, first=accounts))
    began = time.perf_counter()
    taken = engine.snapshot()
    wrote = time.perf_counter() - began
    # A million accounts are several gigabytes: not twice at once.
    del engine
    other = Engine(sizes_for(accounts, max(accounts // 10, 10_000), SYMBOLS))
    began = time.perf_counter()
    other.restore(taken)
    read = time.perf_counter() - began
    assert other.snapshot() == taken
    return {"wrote": wrote, "read": read, "bytes": len(taken)}


def published(count: int) -> float:
    """Milliseconds to make a program of so many rules and publish it."""
    engine = Engine(sizes_for(1_000, 1_000))
    rules = {at: (rule_of(at % len(CATALOGUE), 1.0), RuleState.LIVE) for at in range(count)}
    began = time.perf_counter()
    engine.publish(make_program(rules, RULES))
    return (time.perf_counter() - began) * 1_000


def bytes_of() -> dict[str, tuple[int, int]]:
    """Of a family: bytes a key takes that is cold, and more while it is warm."""
    engine = Engine(sizes_for(1_024, 1_024))
    found = dict[str, tuple[int, int]]()
    for family in (Family.ACCOUNT, Family.PAIR, Family.POSITION):
        table = engine.state[family]
        cold = table.keys.itemsize + table.places.nbytes // len(table.keys)
        found[family.name.lower()] = cold, table.warm.itemsize
    return found


def busy() -> str:
    """How many others wanted the processor."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def bench(*, quick: bool) -> list[Row]:
    """Each in a process of its own."""
    count, rounds = (5_000, 2) if quick else (400_000, 5)
    small, large = (2_000, 20_000) if quick else (10_000, 1_000_000)
    child.run("benchmarks.risk.kernel:start")
    rows = [*speed(count, rounds, small, large), *starting(rounds)]
    for name, (cold, warm) in bytes_of().items():
        for state, size, limit in (("cold", cold, 600), ("warm", cold + warm, 8_000)):
            rows.append(
                row(
                    f"risk.memory.{name}_{state}",
                    size,
                    "bytes",
                    size=f"one {name}, its place in the table included",
                    limit=f"<= {limit}",
                    note="records of fixed size; warm: at work within the hour",
                )
            )
    return rows + keeping(large, count)


def speed(count: int, rounds: int, small: int, large: int) -> list[Row]:
    """Events a second at two sizes, and one by one."""
    little, much = (
        child.run("benchmarks.risk.kernel:through", accounts=size, count=count, rounds=rounds)
        for size in (small, large)
    )
    one = child.run("benchmarks.risk.kernel:alone", accounts=small, count=max(count // 4, 1_000))
    told = f"{len(CATALOGUE)} indicators, {len(CATALOGUE)} conditions"
    return [
        row(
            "risk.kernel",
            middle(little["rates"]),
            "events/s of CPU",
            size=f"{told}, {small:,} accounts, {SYMBOLS} instruments",
            limit=">= 150,000",
            note=f"{spread(little['rates'])}; {little['alerts']:,} alerts; {busy()}",
        ),
        row(
            "risk.kernel.slope",
            middle(little["rates"]) / middle(much["rates"]),
            "times",
            size=f"an event at {large:,} accounts over one at {small:,}",
            limit="<= 2",
            note=f"{spread(much['rates'])} events/s at {large:,}; {much['used']['account']:,}"
            f" accounts and {much['used']['position']:,} positions touched,"
            f" {much['early']:,} lost their hour early, {much['full']:,} found no room; {busy()}",
        ),
        row(
            "risk.event_p99_us",
            one["clock"],
            "us",
            size=f"{told}, one event a call, {small:,} accounts",
            limit="<= 300",
            note=f"{one['processor']:.0f} us of CPU; {busy()}",
        ),
    ]


def starting(rounds: int) -> list[Row]:
    """From nothing to the first event."""
    took = list[float]()
    for _ in range(rounds):
        began = time.perf_counter()
        child.run("benchmarks.risk.kernel:start")
        took.append(time.perf_counter() - began)
    ms = [published(300) for _ in range(rounds)]
    return [
        first_start(),
        row(
            "risk.start_s",
            middle(took),
            "s",
            size="a fresh process, Python included, the kernel in its cache",
            limit="< 3",
            note=f"{min(took):.2f} to {max(took):.2f} in {rounds} rounds; {busy()}",
        ),
        row(
            "risk.publish_ms",
            middle(ms),
            "ms",
            size="300 rules",
            limit="<= 100",
            note=f"{min(ms):.1f} to {max(ms):.1f} in {rounds} rounds; between two events",
        ),
    ]


def first_start() -> Row:
    """With nothing kept: the first start after an install or an upgrade."""
    with tempfile.TemporaryDirectory() as empty:
        kept, os.environ["NUMBA_CACHE_DIR"] = os.environ.get("NUMBA_CACHE_DIR"), empty
        try:
            began, before = time.perf_counter(), os.times()
            child.run("benchmarks.risk.kernel:start")
            took, after = time.perf_counter() - began, os.times()
        finally:
            del os.environ["NUMBA_CACHE_DIR"]
            if kept is not None:
                os.environ["NUMBA_CACHE_DIR"] = kept
    return row(
        "risk.first_start_s",
        took,
        "s",
        size="a fresh process that compiles the kernel and keeps it",
        limit="<= 60",
        note=f"{after.children_user - before.children_user:.0f} s of CPU, in a process of its own:"
        f" the web, the counters and the rest serve meanwhile; {busy()}",
    )


def keeping(accounts: int, count: int) -> list[Row]:
    """A snapshot of everybody, and back."""
    found = child.run("benchmarks.risk.kernel:kept", accounts=accounts, count=count)
    size = f"{accounts:,} accounts, {found['bytes'] / 1e6:,.0f} MB"
    note = f"taken, read and taken again: the same bytes; {busy()}"
    return [
        row("risk.snapshot_s", found["wrote"], "s", size=size, limit="<= 10", note=note),
        row("risk.restore_s", found["read"], "s", size=size, limit="<= 10", note=note),
    ]
