"""The command line: `yunquan up`, `doctor`, `log verify`, `backup`, `restore`, `bars`,
`evidence verify`, `archive verify`, `sign verify`, `calendar`, `migrate`.
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
from yunquan.app.seed import announcement, import_bars_file, import_days_file, prepare
from yunquan.app.settings import Settings, load_settings
from yunquan.app.verification import (
    export_roots,
    sweep_archive,
    verify_archive,
    verify_evidence,
    verify_log,
    verify_signed,
)
from yunquan.bars.adapters.bar_files import KINDS_OF_PRICES
from yunquan.kernel.errors import YunquanError


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
    role = _command(commands, "role", "run one process: web, readers, jobs, counter:0", _role)
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
    bars = _command(commands, "bars", "import bars of days or minutes from CSV or Parquet", _bars)
    bars.add_argument("file", type=Path)
    bars.add_argument(
        "--prices",
        choices=[kind for kind in KINDS_OF_PRICES if kind],
        default="",
        help="raw: as traded, so one off the tick is an error; backward: times the column factor",
    )
    proof = commands.add_parser("evidence", help="evidence packs").add_subparsers(
        required=True, metavar="action"
    )
    check = _command(proof, "verify", "check a pack, by itself or against the log", _check_pack)
    check.add_argument("archive", type=Path)
    check.add_argument("--key", type=Path, help="the firm's public key, PEM, as you know it")
    check.add_argument(
        "--log", action="store_true", help="look the records up in this installation's log too"
    )
    kept = commands.add_parser("archive", help="documents that are kept").add_subparsers(
        required=True, metavar="action"
    )
    _command(
        kept, "verify", "check every document and its file; names each bad one", _check_archive
    )
    _command(kept, "sweep", "take away files that belong to no document", _sweep_archive)
    signed = commands.add_parser("sign", help="signed papers").add_subparsers(
        required=True, metavar="action"
    )
    look = _command(signed, "verify", "who signed a PDF, when, and whether it is whole", _look)
    look.add_argument("paper", type=Path)
    look.add_argument("--seal", type=Path, help="the SM2 seal that came with it, DER")
    give = _command(signed, "roots", "write the certificates to verify with, as PEM", _roots)
    give.add_argument("folder", type=Path)
    days = _command(commands, "calendar", "import kinds of days from a CSV file", _calendar)
    days.add_argument("file", type=Path)
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
    faults = 0
    for holds, line in verify_log(settings):
        faults += not holds
        print(f"{'good' if holds else 'BAD '} {line}")
    if faults:
        print(f"{faults} faults")
    return 1 if faults else 0


def _check_pack(settings: Settings, chosen: argparse.Namespace) -> int:
    faults = 0
    for holds, line in verify_evidence(settings, chosen.archive, chosen.key, log=chosen.log):
        faults += not holds
        print(f"{'good' if holds else 'BAD '} {line}")
    print(f"{faults} faults" if faults else "the pack holds")
    return 1 if faults else 0


def _check_archive(settings: Settings, _: argparse.Namespace) -> int:
    faults = 0
    for holds, line in verify_archive(settings):
        faults += not holds
        print(f"{'good' if holds else 'BAD '} {line}")
    print(f"{faults} faults" if faults else "the archive is whole")
    return 1 if faults else 0


def _sweep_archive(settings: Settings, _: argparse.Namespace) -> int:
    gone = sweep_archive(settings)
    for name in gone:
        print(name)
    print(f"{len(gone)} files swept")
    return 0


def _look(settings: Settings, chosen: argparse.Namespace) -> int:
    faults = 0
    for holds, line in verify_signed(settings, chosen.paper, chosen.seal):
        faults += not holds
        print(f"{'good' if holds else 'BAD '} {line}")
    print("the paper does not hold" if faults else "the paper holds")
    return 1 if faults else 0


def _roots(settings: Settings, chosen: argparse.Namespace) -> int:
    for name in export_roots(settings, chosen.folder):
        print(name)
    return 0


def _backup(settings: Settings, chosen: argparse.Namespace) -> int:
    print(f"{backup(settings, chosen.archive)} files in {chosen.archive}")
    return 0


def _restore(settings: Settings, chosen: argparse.Namespace) -> int:
    print(f"{restore(settings, chosen.archive)} files in {settings.data}")
    return _verify(settings, chosen)


def _bars(settings: Settings, chosen: argparse.Namespace) -> int:
    settings.data.mkdir(parents=True, exist_ok=True)
    migrate_all(settings)
    for line in import_bars_file(settings, chosen.file, chosen.prices):
        print(line)
    return 0


def _calendar(settings: Settings, chosen: argparse.Namespace) -> int:
    settings.data.mkdir(parents=True, exist_ok=True)
    migrate_all(settings)
    for line in import_days_file(settings, chosen.file):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
