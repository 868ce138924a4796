"""Settings: every variable, its default, and what is refused by name."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from yunquan.app.settings import Settings, load_settings
from yunquan.kernel.errors import Invalid
from yunquan.security.types import Relays


def test_defaults_start_a_demo_on_this_machine() -> None:
    settings = load_settings({})
    assert settings == Settings(data=Path("var").absolute())
    assert (settings.host, settings.port, settings.counters) == ("127.0.0.1", 8000, 1)
    assert settings.demo
    assert settings.world
    assert settings.rooms_url() == f"sqlite:///{Path('var').absolute()}/rooms.db"
    assert settings.counter_url(1).endswith("/var/counter-1.db")


def test_every_variable_is_read() -> None:
    settings = load_settings(
        {
            "YUNQUAN_DATA": "/srv/yunquan",
            "YUNQUAN_HOST": "0.0.0.0",
            "YUNQUAN_PORT": "9000",
            "YUNQUAN_DATABASE": "postgresql+psycopg://somewhere/yunquan",
            "YUNQUAN_COUNTERS": "4",
            "YUNQUAN_MEMBER": "YQ02",
            "YUNQUAN_VENUE": "tcp:exchange:7001",
            "YUNQUAN_BANK": "tcp:bank:7002",
            "YUNQUAN_OFFICES": "tcp:offices:7003",
            "YUNQUAN_WORLD": "off",
            "YUNQUAN_DEMO": "OFF",
            "YUNQUAN_WORKERS": "2",
            "YUNQUAN_LOG": "debug",
            "YUNQUAN_SNAPSHOT_EVENTS": "1000",
            "YUNQUAN_TAPE_DAYS": "5",
            "YUNQUAN_VISION_WORKERS": "3",
            "YUNQUAN_VISION_MEMORY_MB": "800",
            "YUNQUAN_DEMO_CROWD": "0",
            "YUNQUAN_STUN": "stun:relay:3478, stun:other:3478",
            "YUNQUAN_TURN": "turns:relay:5349",
            "YUNQUAN_TURN_KEY": "shared",
            "YUNQUAN_WITNESS_HOURS": "09:00-12:00, 13:00-24:00",
            "YUNQUAN_VISION_PYTHON": "/opt/vision/bin/python",
        }
    )
    assert settings == Settings(
        Path("/srv/yunquan"),
        "0.0.0.0",
        9000,
        "postgresql+psycopg://somewhere/yunquan",
        4,
        "YQ02",
        "tcp:exchange:7001",
        "tcp:bank:7002",
        "tcp:offices:7003",
        False,
        False,
        2,
        "DEBUG",
        1000,
        5,
        vision_workers=3,
        vision_memory_mb=800,
        demo_crowd=0,
        relays=Relays(("stun:relay:3478", "stun:other:3478"), ("turns:relay:5349",), "shared"),
        witness_hours=((540, 720), (780, 1440)),
        vision_python=Path("/opt/vision/bin/python"),
    )
    assert settings.venue_address == "tcp:exchange:7001"
    assert settings.bank_address == "tcp:bank:7002"
    assert settings.offices_address == "tcp:offices:7003"
    assert settings.rooms_url() == settings.counter_url(3) == settings.database


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("YUNQUAN_PORT", "0"),
        ("YUNQUAN_PORT", "65536"),
        ("YUNQUAN_PORT", "-1"),
        ("YUNQUAN_PORT", "eight"),
        ("YUNQUAN_PORT", "８０００"),
        ("YUNQUAN_PORT", ""),
        ("YUNQUAN_COUNTERS", "65"),
        ("YUNQUAN_COUNTERS", "1.5"),
        ("YUNQUAN_WORKERS", "0"),
        ("YUNQUAN_SNAPSHOT_EVENTS", "0"),
        ("YUNQUAN_DEMO", "yes"),
        ("YUNQUAN_WORLD", ""),
        ("YUNQUAN_LOG", "loud"),
        ("YUNQUAN_DEMO_CROWD", "-1"),
        ("YUNQUAN_DEMO_CROWD", "241"),
        ("YUNQUAN_STUN", "relay:3478"),
        ("YUNQUAN_TURN", "stun:relay:3478"),
        ("YUNQUAN_WITNESS_HOURS", "always"),
        ("YUNQUAN_WITNESS_HOURS", "20:00-09:00"),
        ("YUNQUAN_WITNESS_HOURS", "09:00-24:01"),
    ],
)
def test_a_malformed_variable_is_named(name: str, value: str) -> None:
    with pytest.raises(Invalid) as caught:
        load_settings({name: value})
    assert caught.value.code == "settings.malformed"
    assert caught.value.facts["name"] == name
    assert caught.value.facts["value"] == value


def test_a_relay_without_its_key_is_named() -> None:
    with pytest.raises(Invalid) as caught:
        load_settings({"YUNQUAN_TURN": "turn:relay:3478"})
    assert caught.value.facts["name"] == "YUNQUAN_TURN_KEY"


def test_sockets_of_a_deep_folder_get_short_names() -> None:
    """A Unix socket's path may have about 107 bytes."""
    shallow, deep = Settings(Path("/srv/yunquan")), Settings(Path("/srv") / ("d" * 40) / ("e" * 60))
    assert shallow.socket("venue") == "unix:/srv/yunquan/run/venue.sock"
    assert len(deep.socket("counter-63-status")) < 100
    other = Settings(Path("/srv") / ("d" * 40) / ("f" * 60))
    assert deep.run_folder != other.run_folder


def test_nobody_changes_settings() -> None:
    with pytest.raises(FrozenInstanceError):
        load_settings({}).port = 1  # type: ignore[misc]
