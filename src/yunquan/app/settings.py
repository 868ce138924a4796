"""Everything that can be set, read once from the environment. Every default starts a working demo
on one machine.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from yunquan.kernel.errors import Invalid
from yunquan.security.types import NO_RELAYS, Relays
from yunquan.witness.rules.policy import spans_of

# A Unix socket's path is limited to about 107 bytes by the system; deeper folders get theirs under
# the temporary folder.
LONGEST_SOCKET_FOLDER = 80
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


@dataclass(frozen=True, slots=True)
class Settings:
    """data: folder of everything kept. database: "" for SQLite files in `data`, else a PostgreSQL
    URL for all of it.

    counters: how many share the accounts. speed: market seconds per real second of the simulated
    exchange. tape_days: trading days of ticks kept. vision_workers, vision_memory_mb: processes
    that look at pictures for one web process, and what each may take; vision_python: theirs.
    watched_accounts: room for so many in the indicators. surveillance_days: how long it is kept in
    which order log and tape were read, and what was told and left out then. partitions: 1 for
    surveillance in one process; more are Ray actors fed by the NATS server at `nats`, in the
    cluster at `ray` ("": one of this machine alone). demo_crowd: clients whom a demonstration plays
    by itself. relays: for calls between browsers that are not on one network. witness_hours: when
    staff witness by video, in minutes of the day; none: as the room's table says.
    """

    data: Path
    host: str = "127.0.0.1"
    port: int = 8000
    database: str = ""
    counters: int = 1
    member: str = "YQ01"
    venue: str = ""
    bank: str = ""
    offices: str = ""
    world: bool = True
    demo: bool = True
    workers: int = 1
    log_level: str = "INFO"
    snapshot_events: int = 200_000
    tape_days: int = 30
    vision_workers: int = 1
    vision_memory_mb: int = 1000
    watched_accounts: int = 4_096
    demo_crowd: int = 12
    relays: Relays = NO_RELAYS
    witness_hours: tuple[tuple[int, int], ...] = ()
    surveillance_days: int = 90
    partitions: int = 1
    nats: str = "nats://127.0.0.1:4222"
    ray: str = ""
    vision_python: Path = Path(sys.prefix).parent / ".venv-vision" / "bin" / "python"

    @property
    def plays_crowd(self) -> bool:
        """Whether clients are played by the machine: in a demonstration's own world only."""
        return self.demo and self.world and self.demo_crowd > 0

    @property
    def run_folder(self) -> Path:
        """Where sockets and locks live."""
        folder = self.data / "run"
        if len(str(folder)) <= LONGEST_SOCKET_FOLDER:
            return folder
        name = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"yunquan-{name}"

    def socket(self, name: str) -> str:
        """The address of one role's socket on this machine."""
        return f"unix:{self.run_folder / name}.sock"

    @property
    def bell(self) -> Path:
        """Where it is rung when something was written to the rooms' log."""
        return (self.run_folder / "bell").with_suffix(".sock")

    @property
    def venue_address(self) -> str:
        return self.venue or self.socket("venue")

    @property
    def bank_address(self) -> str:
        return self.bank or self.socket("bank")

    @property
    def offices_address(self) -> str:
        """Where police, depository, carrier and lists are asked."""
        return self.offices or self.socket("offices")

    def counter_address(self, number: int) -> str:
        return self.socket(f"counter-{number}")

    def rooms_url(self) -> str:
        """The database of all rooms but the counters."""
        return self.database or f"sqlite:///{self.data / 'rooms.db'}"

    def counter_url(self, number: int) -> str:
        """The database of one counter's stream: a file of its own on SQLite, so that no writer
        waits for another.
        """
        return self.database or f"sqlite:///{self.data / f'counter-{number}.db'}"

    def workflows_url(self) -> str:
        """The database of long processes."""
        return self.database or f"sqlite:///{self.data / 'workflows.db'}"

    @property
    def snapshots(self) -> Path:
        return self.data / "snapshots"

    @property
    def heads(self) -> Path:
        """Signed heads of the log, one a day and stream."""
        return self.data / "heads"

    @property
    def tape(self) -> Path:
        """The market tape: every tick the feed brought, by trading day."""
        return self.data / "tape"

    @property
    def archive(self) -> Path:
        """Documents, encrypted."""
        return self.data / "archive"

    @property
    def keys(self) -> Path:
        return self.data / "keys"


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from YUNQUAN_* variables. Raises Invalid settings.malformed naming the variable."""
    env = os.environ if environment is None else environment
    python = env.get("YUNQUAN_VISION_PYTHON", "")
    return Settings(
        data=Path(env.get("YUNQUAN_DATA", "var")).absolute(),
        host=env.get("YUNQUAN_HOST", "127.0.0.1"),
        port=_number(env, "YUNQUAN_PORT", 8000, 65_535),
        database=env.get("YUNQUAN_DATABASE", ""),
        counters=_number(env, "YUNQUAN_COUNTERS", 1, 64),
        member=env.get("YUNQUAN_MEMBER", "YQ01"),
        venue=env.get("YUNQUAN_VENUE", ""),
        bank=env.get("YUNQUAN_BANK", ""),
        offices=env.get("YUNQUAN_OFFICES", ""),
        world=_switch(env, "YUNQUAN_WORLD", default=True),
        demo=_switch(env, "YUNQUAN_DEMO", default=True),
        workers=_number(env, "YUNQUAN_WORKERS", 1, 64),
        log_level=_level(env, "YUNQUAN_LOG"),
        snapshot_events=_number(env, "YUNQUAN_SNAPSHOT_EVENTS", 200_000, 10**9),
        tape_days=_number(env, "YUNQUAN_TAPE_DAYS", 30, 3_650),
        vision_workers=_number(env, "YUNQUAN_VISION_WORKERS", 1, 64),
        watched_accounts=_number(env, "YUNQUAN_WATCHED_ACCOUNTS", 4_096, 4_000_000),
        demo_crowd=_number(env, "YUNQUAN_DEMO_CROWD", 12, 240, least=0),
        relays=_relays(env),
        witness_hours=_hours(env, "YUNQUAN_WITNESS_HOURS"),
        partitions=_number(env, "YUNQUAN_SURVEILLANCE_PARTITIONS", 1, 256),
        nats=env.get("YUNQUAN_NATS", "nats://127.0.0.1:4222"),
        ray=env.get("YUNQUAN_RAY", ""),
        surveillance_days=_number(env, "YUNQUAN_SURVEILLANCE_DAYS", 90, 36_500),
        vision_memory_mb=_number(env, "YUNQUAN_VISION_MEMORY_MB", 1000, 65_536),
        **({"vision_python": Path(python).absolute()} if python else {}),
    )


def _relays(env: Mapping[str, str]) -> Relays:
    """Addresses by commas. A relay without its key would refuse everybody when a call begins."""
    found = dict[str, tuple[str, ...]]()
    for kind, name in (("stun", "YUNQUAN_STUN"), ("turn", "YUNQUAN_TURN")):
        text = env.get(name, "")
        found[kind] = tuple(one.strip() for one in text.split(",") if one.strip())
        for one in found[kind]:
            if not one.startswith((f"{kind}:", f"{kind}s:")):
                raise Invalid(
                    "settings.malformed", name=name, value=one, largest=f"{kind}:host:port"
                )
    key = env.get("YUNQUAN_TURN_KEY", "")
    if found["turn"] and not key:
        raise Invalid("settings.malformed", name="YUNQUAN_TURN_KEY", value="", largest="-")
    return Relays(found["stun"], found["turn"], key)


def _hours(env: Mapping[str, str], name: str) -> tuple[tuple[int, int], ...]:
    text = env.get(name, "")
    try:
        return spans_of(text)
    except ValueError:
        hours = "09:00-12:00,13:00-20:00"
        raise Invalid("settings.malformed", name=name, value=text, largest=hours) from None


def _number(env: Mapping[str, str], name: str, default: int, largest: int, least: int = 1) -> int:
    text = env.get(name, str(default))
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= largest:
        raise Invalid("settings.malformed", name=name, value=text, largest=largest)
    return int(text)


def _level(env: Mapping[str, str], name: str) -> str:
    text = env.get(name, "INFO").upper()
    if text not in _LEVELS:
        # Found out here, once: each role would die of it on its own, again and again.
        raise Invalid("settings.malformed", name=name, value=env[name], largest="|".join(_LEVELS))
    return text


def _switch(env: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = env.get(name, "on" if default else "off").lower()
    if text not in ("on", "off"):
        raise Invalid("settings.malformed", name=name, value=text, largest="on|off")
    return text == "on"
