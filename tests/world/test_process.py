"""The world as a process: started, killed, started again."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.world.client import Client
from yunquan_world.__main__ import settings_from

SOURCE = Path(__file__).parents[2] / "src"
READY_S = 60.0


@pytest.fixture
def sockets() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="yqw") as folder:
        yield Path(folder)


class Process:
    """One start of the command; the folder and the sockets are those of all its starts."""

    def __init__(self, data: Path, sockets: Path, *options: str):
        self.venue = f"unix:{sockets}/venue.sock"
        self._command = [
            sys.executable,
            "-m",
            "yunquan_world",
            "--data",
            str(data),
            "--venue",
            self.venue,
            "--bank",
            f"unix:{sockets}/bank.sock",
            *options,
        ]

    async def start(self) -> Client:
        """Start it and log a member on as soon as it serves."""
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
            stderr=asyncio.subprocess.DEVNULL,
        )
        until_s = time.monotonic() + READY_S
        while True:
            try:
                return await Client.open(self.venue)
            except OSError:
                assert time.monotonic() < until_s, "the world does not serve"
                assert self._process.returncode is None, "the world has ended"
                await asyncio.sleep(0.02)

    async def end(self, how: signal.Signals) -> int:
        self._process.send_signal(how)
        return await self._process.wait()


def log_on(client: Client, next_report: int) -> None:
    client.send(type="logon", role="member", member="YQ01", gateway="c0", next_report=next_report)


def test_killed_at_any_time_nothing_told_is_lost_or_renumbered(
    tmp_path: Path, sockets: Path
) -> None:
    async def story() -> None:
        process = Process(
            tmp_path / "world", sockets, "--hours", "always", "--latency-ms", "0-5", "--speed", "60"
        )
        told: dict[int, dict[str, Any]] = {}
        times: list[str] = []
        sent = 0
        for kill_after_s in (0.15, 0.3, 0.45):
            client = await process.start()
            log_on(client, len(told) + 1)
            hello = await client.receive()
            times.append(f"{hello['trading_day']} {hello['time']}")
            assert hello["next_report"] > max(told, default=0)
            instruments = [each for each in await client.until("market")]
            price = next(
                each["prev_close_milli"]
                for each in instruments
                if each.get("symbol") == "000001.SZ"
            )
            for each in instruments:
                if each["type"] == "report":
                    told[each["index"]] = each
            end_s = time.monotonic() + kill_after_s
            while time.monotonic() < end_s:
                for _ in range(5):
                    sent += 1
                    other = {"security": "000001", "market": "SZ"}
                    side = "B" if sent % 2 else "S"
                    client.order(f"o{sent}", side, price, 100, **other)
                report = await client.next("report")
                assert told.setdefault(report["index"], report) == report
            assert await process.end(signal.SIGKILL) == -signal.SIGKILL
        client = await process.start()
        log_on(client, 1)
        replayed = [each for each in await client.until("market") if each["type"] == "report"]
        assert [each["index"] for each in replayed] == list(range(1, len(replayed) + 1))
        for index, report in told.items():
            assert replayed[index - 1] == report
        left: dict[str, int] = {}
        for report in replayed:
            left[report["id"]] = report["leaves"]
        for order_id in [each for each, leaves in left.items() if leaves][:20]:
            client.send(type="query", id=order_id)
            status = await client.next("status")
            # The crowd may have traded with it meanwhile; it is known in any case.
            assert status["state"] in ("open", "filled")
        assert times == sorted(times)
        assert await process.end(signal.SIGTERM) == 0

    asyncio.run(story())


def test_sigterm_keeps_the_time(tmp_path: Path, sockets: Path) -> None:
    async def story() -> None:
        process = Process(tmp_path / "world", sockets, "--hours", "always", "--speed", "600")
        client = await process.start()
        log_on(client, 1)
        await client.next("market")
        before = await client.next("market")
        assert await process.end(signal.SIGTERM) == 0
        client = await process.start()
        log_on(client, 1)
        after = await client.receive()
        assert before["time"] <= after["time"] < before["time"][:2] + ":59:59"
        assert await process.end(signal.SIGTERM) == 0

    asyncio.run(story())


def test_a_file_of_bars_that_is_wrong_is_refused(tmp_path: Path, sockets: Path) -> None:
    async def story() -> None:
        bars = tmp_path / "bars.csv"
        bars.write_text("symbol,date,close\n600000.SH,2026-01-05,-1\n")
        process = await asyncio.create_subprocess_exec(
            *[sys.executable, "-m", "yunquan_world", "--data", str(tmp_path / "world")],
            *["--venue", f"unix:{sockets}/v", "--bank", f"unix:{sockets}/b", "--bars", str(bars)],
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
            stderr=asyncio.subprocess.PIPE,
        )
        _, errors = await process.communicate()
        assert process.returncode == 1
        assert b"bars.csv line 2: close must be above 0" in errors
        assert b"Traceback" not in errors

    asyncio.run(story())


NEEDED = ["--data", "/x", "--venue", "unix:/v", "--bank", "unix:/b"]


def test_settings_come_from_the_command_line_then_the_environment() -> None:
    environment = {
        "YUNQUAN_SPEED": "60",
        "YUNQUAN_FIRST_DAY": "2026-08-03",
        "YUNQUAN_WORLD_ORDERS_PER_S": "50",
        "YUNQUAN_WORLD_FAULTS": "drop=0.01, repeat=0.02,latency_ms=1-2",
        "YUNQUAN_WORLD_LATENCY_MS": "0",
        "YUNQUAN_WORLD_BANK_FAULTS": "lose_answer=0.5",
    }
    settings = settings_from([*NEEDED, "--speed", "20"], environment)
    assert (settings.speed, settings.first_day, settings.orders_per_s) == (20.0, "2026-08-03", 50.0)
    assert (settings.faults.drop, settings.faults.repeat) == (0.01, 0.02)
    assert settings.faults.latency_ms == (1.0, 2.0)
    assert settings.order_latency_ms == (0.0, 0.0)
    assert settings.bank_faults.lose_answer == 0.5
    defaults = settings_from(NEEDED, {"YUNQUAN_SPEED": ""})
    assert (defaults.speed, defaults.seed, defaults.orders_per_s) == (10.0, 7, 300.0)


@pytest.mark.parametrize(
    "wrong",
    [
        ["--faults", "drop=2"],
        ["--faults", "fire=1"],
        ["--speed", "0"],
        ["--speed", "nan"],
        ["--latency-ms", "9-1"],
        ["--orders-per-s", "-1"],
        ["--first-day", "tomorrow"],
    ],
)
def test_wrong_settings_are_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        settings_from([*NEEDED, *wrong], {})
    assert stopped.value.code == 2
    assert "error:" in capsys.readouterr().err
