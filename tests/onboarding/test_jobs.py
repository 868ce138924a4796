"""The durable opening in processes of its own: killed inside every act, it goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures_database import ROOT, NewDatabase
from tests.onboarding.office import D1, D2, Scene
from tests.onboarding.test_crash import one_of_everything
from yunquan.onboarding.types import State


def open_in_a_process(
    url: str, folder: Path, act: str, seed: int, day: str
) -> subprocess.CompletedProcess[str]:
    workflows = f"sqlite:///{folder / 'workflows.db'}"
    command = [sys.executable, "-m", "tests.onboarding.dying_run"]
    return subprocess.run(
        [*command, url, workflows, str(folder), act, str(seed), day],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.alone
def test_killed_inside_every_act_it_goes_on(new_database: NewDatabase, tmp_path: Path) -> None:
    database = new_database("sqlite")
    scene = Scene(database, tmp_path)
    app = scene.apply(0)
    scene.approve(app)
    for seed, act in enumerate(("ask_depository", "register", "tell_counter", "tell"), 1):
        done = open_in_a_process(database.url, tmp_path, act, seed, D1)
        assert done.returncode == 9, (act, done.stdout, done.stderr[-2000:])
    waits = open_in_a_process(database.url, tmp_path, "", 5, D1)
    assert waits.returncode == 0, waits.stderr[-2000:]
    assert scene.load(app).state is State.OPENED
    for seed, act in enumerate(("designate", "activate"), 6):
        done = open_in_a_process(database.url, tmp_path, act, seed, D2)
        assert done.returncode == 9, (act, done.stdout, done.stderr[-2000:])
    last = open_in_a_process(database.url, tmp_path, "", 9, D2)
    assert last.returncode == 0, last.stderr[-2000:]
    one_of_everything(scene, app)
