"""risk.pipeline: from a log in a database to alerts written in it, with 300 rules of every kind.

Limit: the kernel takes some 5 us an event, decoding a record and making a row of an event one or
two each, a database read a page is a few milliseconds for thousands of events; 100,000/s would be
near, and the promise is 60,000/s. The log is that of a busy morning: records as the counter's group
commits write them, logins in the rooms' stream, quotes on the tape; merged by time, journaled,
judged, and the alerts written with the places in one transaction a batch. Of the processor, as the
kernel's: the machine is shared; the clock's is in the note.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks import child, disk
from benchmarks.risk import log
from benchmarks.risk.desk import desk
from benchmarks.risk.kernel import busy
from benchmarks.rows import Row, middle, row, spread
from yunquan.app.event_kinds import event_kinds
from yunquan.app.migrations import migrate
from yunquan.app.processes.role import keep_what_stays
from yunquan.counter.events import codec
from yunquan.indicators import sizes_for
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.events import EventCodec
from yunquan.kernel.transaction import ROOMS_STREAM, Database
from yunquan.quotes import TapeReader
from yunquan.rulebook import store as rules
from yunquan.rulebook.events import RuleStateSet
from yunquan.rulebook.types import RuleState, RuleVersion
from yunquan.surveillance import store
from yunquan.surveillance.service.monitor import Monitor
from yunquan.surveillance.service.sources import LogSource, TapeSource

ACCOUNTS: Final = 10_000
STORES: Final = ("sqlite", "postgres")


def publish(database: Database) -> int:
    """All rules of the desk live, as the office of rules writes them; how many."""
    texts = desk()
    with database.transaction("benchmark") as tx:
        for number, text in enumerate(texts):
            one = RuleVersion(text, 1, RuleState.LIVE, number, "benchmark", 0, "benchmark")
            rules.insert_rule(tx, one)
            tx.emit(RuleStateSet(text.code, 1, "live", number, text, "benchmark", "benchmark"))
    return len(texts)


def make_monitor(database: Database, place: Path, accounts: int) -> Monitor:
    """As the process of surveillance makes it."""
    every = EventCodec(event_kinds().values())
    return Monitor(
        database,
        [
            LogSource("counter-0", database, codec()),
            LogSource(ROOMS_STREAM, database, every),
            TapeSource(TapeReader(place / "tape")),
        ],
        sizes_for(accounts + 1_024, max(accounts // 4, 4_096), 1_024),
        lambda _symbol, _day: (10_000, 11_000, 9_000),
        place / "snapshots",
    )


def measured(url: str, place: str, accounts: int, orders: int) -> dict[str, Any]:
    """One log through a monitor of its own."""
    folder = Path(place)
    database = Database(url, SystemClock())
    migrate(database.engine)
    publish(database)
    written = log.write(database, folder / "tape", accounts, orders)
    monitor = make_monitor(database, folder, accounts)
    monitor.start()
    keep_what_stays()
    began, worked, steps = time.perf_counter(), time.process_time(), 0
    while monitor.step():
        steps += 1
    wall, processor = time.perf_counter() - began, time.process_time() - worked
    with database.read() as tx:
        alerts = len(store.list_alerts(tx, before_ms=2**62, limit=10**6))
    database.dispose()
    return {
        "wall": wall,
        "processor": processor,
        "steps": steps,
        "alerts": alerts,
        "rows": monitor.next_row,
        "events": written.events,
        **msgspec.structs.asdict(_Mix(written.counter, written.rooms, written.quotes)),
    }


class _Mix(msgspec.Struct):
    counter: int
    rooms: int
    quotes: int


def one(store_name: str, accounts: int, orders: int) -> dict[str, Any]:
    """In a fresh process, on a fresh database."""
    with disk.folder() as place:
        if store_name == "sqlite":
            url = f"sqlite:///{place / 'rooms.db'}"
            return child.run(
                "benchmarks.risk.pipeline:measured",
                url=url, place=str(place), accounts=accounts, orders=orders,
            )  # fmt: skip
        with disk.postgres() as url:
            return child.run(
                "benchmarks.risk.pipeline:measured",
                url=url, place=str(place), accounts=accounts, orders=orders,
            )  # fmt: skip


def bench(*, quick: bool) -> list[Row]:
    """Both databases, and two sizes of the first."""
    small, large, rounds = (400, 800, 1) if quick else (10_000, 40_000, 3)
    rows = list[Row]()
    rates = dict[str, list[float]]()
    for name in STORES:
        found = [one(name, ACCOUNTS, large) for _ in range(rounds)]
        rates[name] = [each["events"] / each["processor"] for each in found]
        last = found[-1]
        clock = [each["events"] / each["wall"] for each in found]
        suffix = "" if name == "sqlite" else f".{name}"
        rows.append(
            row(
                f"risk.pipeline{suffix}",
                middle(rates[name]),
                "events/s of CPU",
                size=f"300 rules, {last['events']:,} events of {ACCOUNTS:,} accounts, {name}",
                limit=">= 60,000",
                note=f"{spread(rates[name])}; {spread(clock)} of the clock; {last['rows']:,}"
                f" rows for the kernel ({last['counter']:,} events of the counter,"
                f" {last['rooms']:,} logins, {last['quotes']:,} quotes); {last['alerts']:,} alerts"
                f" written in {last['steps']:,} batches; {busy()}",
            )
        )
    little = [one("sqlite", ACCOUNTS, small) for _ in range(rounds)]
    told = [each["events"] / each["processor"] for each in little]
    rows.append(
        row(
            "risk.pipeline.slope",
            middle(told) / middle(rates["sqlite"]),
            "times",
            size=f"an event of {large:,} orders over one of {small:,}",
            limit="<= 1.3",
            note=f"{spread(told)} events/s at {small:,} orders; {busy()}",
        )
    )
    return rows
