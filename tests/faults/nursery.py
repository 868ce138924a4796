"""A process that has everything imported and makes counters by forking: a killed one is replaced in
milliseconds.

python -m tests.faults.nursery FOLDER: each line on standard input makes one counter; its process id
is printed, and when
it has died, "dead". The counter is the real one: driver, journal in SQLite, snapshots, socket,
gateway to the exchange at
FOLDER/venue.sock. SIGTERM drains it; it leaves the digest of its state in FOLDER/digest.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
from pathlib import Path

from tests.counter.desk import every_day
from yunquan.app.processes.floor import Floor
from yunquan.counter import CounterServer, Driver, Journal, SnapshotFiles, state_digest
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.transaction import Database
from yunquan.venues import ExchangeGateways

FAILED = 3


async def serve(folder: Path) -> int:
    """One counter's life; FAILED when another took its stream."""
    clock = SystemClock()
    database = Database(f"sqlite:///{folder / 'counter-0.db'}", clock)
    driver = Driver("0", Journal(database, "0"), SnapshotFiles(folder / "snapshots"), clock)
    driver.open()
    server = CounterServer(driver)
    floor = Floor("0", driver, server, every_day)
    gateways = ExchangeGateways(
        f"unix:{folder / 'venue.sock'}", "YQ01", "counter-0", ("",), floor.listener
    )
    driver.gateway = floor.gateways = gateways
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await server.start(f"unix:{folder / 'counter.sock'}")
    gateways.start()
    ends = [asyncio.create_task(stop.wait()), asyncio.create_task(server.failed.wait())]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    await gateways.stop()
    await server.drain()
    if server.failed.is_set():
        return FAILED
    (folder / "digest").write_text(state_digest(driver.state, driver.journal.next_seq - 1))
    return 0


def main() -> None:
    folder = Path(sys.argv[1])
    logging.basicConfig(filename=folder / "counter.log", level=logging.WARNING)
    gc.freeze()
    for _ in sys.stdin:
        child = os.fork()
        if not child:
            code = 1
            try:
                sys.stdin.close()
                code = asyncio.run(serve(folder))
            except BaseException:
                logging.exception("counter died of itself")
            finally:
                os._exit(code)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print("dead", os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
