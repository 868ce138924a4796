"""What is left to a picture that takes the vision process over: nothing beyond its channel."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.vision.stage import PYTHON, ROOT


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    target = tmp_path_factory.mktemp("walls") / "secret"
    target.write_text("kept")
    command = [PYTHON, "-I", "-B", ROOT / "tests" / "vision" / "escape.py", ROOT / "src", "200"]
    run = subprocess.run([*command, target], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert target.read_text() == "kept"
    assert [path.name for path in target.parent.iterdir()] == ["secret"]
    return json.loads(run.stdout)


def test_every_way_out_is_walled_in_each_thread(told: dict[str, Any]) -> None:
    if not all(told["walls"].values()):
        pytest.skip(f"this kernel lacks {told['walls']}: the process says so in its hello")
    for who in ("main", "thread"):
        assert len(told[who]) > 20
        assert {name for name, outcome in told[who].items() if outcome == "done"} == set()
    assert told["main"]["hold more memory"] == "MemoryError"


def test_what_it_needs_it_may(told: dict[str, Any]) -> None:
    assert set(told["may"].values()) == {"done"}


def test_its_environment_and_descriptors_hold_nothing_of_ours(tmp_path: Path) -> None:
    """Looked at from outside, where the kernel shows them."""
    from yunquan.vision import PoolVision

    with (tmp_path / "open").open("w"):
        pool = PoolVision(PYTHON)
        try:
            pool.start()
            (pid,) = pool.pids()
            environment = Path(f"/proc/{pid}/environ").read_bytes()
            names = {entry.partition(b"=")[0] for entry in environment.split(b"\0") if entry}
            assert all(name.endswith(b"_NUM_THREADS") for name in names)
            links = {fd.name: str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir()}
        finally:
            pool.stop()
    assert links["0"].startswith("socket:")
    assert links["1"] == links["2"] == "/dev/null"
    ours = [name for fd, name in links.items() if int(fd) > 2 and not name.startswith("anon")]
    assert [name for name in ours if name.startswith("socket:") or str(tmp_path) in name] == []
