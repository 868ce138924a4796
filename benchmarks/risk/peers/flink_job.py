"""Flink SQL: count, sum, mean and highest over 60 s told with every event, by account, and over
that by account and instrument; into a sink that keeps nothing.
"""

# It runs in an environment of its own, which whoever checks these files hasn't got.
# pyright: reportMissingImports=false

import os
import sys
from pathlib import Path

from pyflink.table import EnvironmentSettings, TableEnvironment

SOURCE = """
CREATE TABLE events (
  at_ms BIGINT, account INT, symbol INT, amount DOUBLE,
  ts AS TO_TIMESTAMP_LTZ(at_ms, 3), WATERMARK FOR ts AS ts
) WITH ('connector' = 'filesystem', 'path' = '{path}', 'format' = 'csv')
"""
SINK = """
CREATE TABLE told (
  c1 BIGINT, s1 DOUBLE, a1 DOUBLE, m1 DOUBLE, c2 BIGINT, s2 DOUBLE, a2 DOUBLE, m2 DOUBLE
) WITH ('connector' = 'blackhole')
"""
WINDOW = (
    "OVER (PARTITION BY {by} ORDER BY ts RANGE BETWEEN INTERVAL '60' SECOND PRECEDING"
    " AND CURRENT ROW)"
)
FOUR = ("COUNT(amount)", "SUM(amount)", "AVG(amount)", "MAX(amount)")


def columns(number: int, by: str) -> str:
    window = WINDOW.format(by=by)
    names = ("c", "s", "a", "m")
    return ", ".join(
        f"{one} {window} AS {name}{number}" for one, name in zip(FOUR, names, strict=True)
    )


def processor_s() -> float:
    """Processor time of this process and of the JVM it has begun, which nobody waits for."""
    mine = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    found = 0.0
    for process in ("self", *mine):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        found += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return found


def main(path: str) -> None:
    table = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    table.get_config().set("parallelism.default", "1")
    table.execute_sql(SOURCE.format(path=path))
    table.execute_sql(SINK)
    inner = f"SELECT *, {columns(1, 'account')} FROM events"
    outer = f"SELECT c1, s1, a1, m1, {columns(2, 'account, symbol')} FROM ({inner})"
    table.execute_sql(f"INSERT INTO told {outer}").wait()
    print("processor", processor_s())


main(sys.argv[1])
