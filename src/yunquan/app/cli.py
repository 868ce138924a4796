"""The command line: `yunquan up`, `doctor`, `log verify`, `backup`, `restore`, `bars`,
`migrate`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from yunquan.app.backup import backup, restore
from yunquan.app.doctor import examine
from yunquan.app.locale import catalogue
from yunquan.app.processes.__main__ import run
from yunquan.app.processes.supervisor import Supervisor, check_port, migrate_all, only_one, roles_of
from yunquan.app.seed import announcement, import_bars_file, prepare
from yunquan.app.settings import Settings, load_settings
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.errors import YunquanError
from yunquan.kernel.log import streams
from yunquan.kernel.proof import Fault, is_authentic, load_heads, verify
from yunquan.kernel.transaction import Database


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it did what was asked, 1 when it found a fault, 2 for wrong use."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    try:
        return chosen.act(load_settings(), chosen)
    except YunquanError as error:
        text = catalogue().text(error.code, "en", **error.facts)
        print(f"{error.code}: {text}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="yunquan", description="Yunquan, an open internet brokerage."
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    _command(commands, "up", "start the whole brokerage on this machine", _up)
    role = _command(commands, "role", "run one process: web, readers, counter:0, follower:0", _role)
    role.add_argument("name")
    _command(commands, "migrate", "bring the databases to the current tables", _migrate)
    _command(commands, "doctor", "what is set, what is simulated, how everything is", _doctor)
    log = commands.add_parser("log", help="the hash-chained log").add_subparsers(
        required=True, metavar="action"
    )
    _command(log, "verify", "check every record; names the first bad one", _verify)
    save = _command(commands, "backup", "copy everything into one archive, while running", _backup)
    save.add_argument("archive", type=Path)
    bring = _command(commands, "restore", "unpack an archive into an empty data folder", _restore)
    bring.add_argument("archive", type=Path)
    bars = _command(commands, "bars", "import daily bars from a CSV or Parquet file", _bars)
    bars.add_argument("file", type=Path)
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    about: str,
    act: Callable[[Settings, argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=about, description=about)
    parser.set_defaults(act=act)
    return parser


def _up(settings: Settings, _: argparse.Namespace) -> int:
    with only_one(settings):
        check_port(settings)
        migrate_all(settings)
        prepare(settings)
        return Supervisor(settings, roles_of(settings)).run(announcement(settings))


def _role(_: Settings, chosen: argparse.Namespace) -> int:
    return run(chosen.name)


def _migrate(settings: Settings, _: argparse.Namespace) -> int:
    settings.data.mkdir(parents=True, exist_ok=True)
    migrate_all(settings)
    return 0


def _doctor(settings: Settings, _: argparse.Namespace) -> int:
    ill = 0
    for mark, line in examine(settings):
        ill += mark == "!!"
        print(f"{mark} {line}")
    return 1 if ill else 0


def _verify(settings: Settings, _: argparse.Namespace) -> int:
    witnesses = load_heads(settings.heads)
    public = settings.heads / "public.pem"
    forged = (
        [w for w in witnesses if not is_authentic(w, public.read_bytes())]
        if public.exists()
        else []
    )
    for witness in forged:
        print(f"BAD  signed head of {witness.stream} on {witness.day}: signature does not hold")
    faults = len(forged)
    urls = {settings.rooms_url(), *(settings.counter_url(n) for n in range(settings.counters))}
    for url in sorted(urls):
        database = Database(url, SystemClock())
        with database.read() as tx:
            for stream in streams(tx.connection):
                found = verify(tx.connection, stream, witnesses)
                if isinstance(found, Fault):
                    faults += 1
                    print(f"BAD  {found}")
                else:
                    print(
                        f"good {stream}: {found.records} records, {found.events} events,"
                        f" head {found.head.hash.hex()}"
                    )
        database.dispose()
    print(f"{len(witnesses) - len(forged)} signed heads hold" if not faults else f"{faults} faults")
    return 1 if faults else 0


def _backup(settings: Settings, chosen: argparse.Namespace) -> int:
    print(f"{backup(settings, chosen.archive)} files in {chosen.archive}")
    return 0


def _restore(settings: Settings, chosen: argparse.Namespace) -> int:
    print(f"{restore(settings, chosen.archive)} files in {settings.data}")
    return _verify(settings, chosen)


def _bars(settings: Settings, chosen: argparse.Namespace) -> int:
    settings.data.mkdir(parents=True, exist_ok=True)
    migrate_all(settings)
    for line in import_bars_file(settings, chosen.file):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
