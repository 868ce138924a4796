"""Whatever fails and wherever the process dies: nothing is opened twice, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.depository.conftest import D1, D2, D3, Crash, Scene
from tests.fixtures_database import NewDatabase
from yunquan.depository.types import RequestState
from yunquan.kernel.transaction import Database

FAULTS = ["", "lost", "down", "busy"]
SENT = {"": "", "lost": "office.no_answer", "down": "office.not_sent", "busy": "office.busy"}


def live(scene: Scene) -> bool:
    """One try to get everything done, from the wish to the accounts; whether it survived."""
    try:
        scene.ask()
        scene.room.advance("o1")
    except Crash:
        return False
    return True


def places(database: Database, folder: Path) -> int:
    """How many places there are to die at."""
    scene = Scene(database, folder)
    assert live(scene)
    return scene.fate.place


def test_there_are_places_to_die_at(database: Database, tmp_path: Path) -> None:
    assert places(database, tmp_path) >= 9


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("place", range(12))
def test_a_crash_anywhere_leaves_one_opening(scene: Scene, place: int, fault: str) -> None:
    scene.fate.crashes = {place}
    scene.offices.faults = [fault]
    for _ in range(6):
        live(scene)
    done = scene.load()
    assert done.state is RequestState.DONE
    assert scene.accounts_in_the_world() == 2
    assert {one.number for one in done.accounts} == {"A000000001", "0100000001"}


@pytest.mark.parametrize("place", range(12))
def test_a_crash_at_night_and_another_in_the_morning(scene: Scene, place: int) -> None:
    scene.clock(D1, "15:00", D2)
    scene.fate.crashes = {place}
    for _ in range(3):
        live(scene)
    assert scene.load().state is RequestState.FOR_DAY
    scene.clock(D2, "09:00", D3)
    scene.fate.place, scene.fate.crashes = 0, {place}
    for _ in range(3):
        live(scene)
    assert scene.load().state is RequestState.DONE
    assert scene.accounts_in_the_world() == 2


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ("lost", RequestState.IN_DOUBT),
        ("down", RequestState.ASKED),
        ("busy", RequestState.ASKED),
    ],
)
def test_trouble_is_named_and_says_whether_anything_may_be_done(
    scene: Scene, fault: str, state: RequestState
) -> None:
    scene.ask()
    scene.offices.faults = [fault, "down"]
    first = scene.room.advance("o1")
    assert (first.state, first.trouble, first.tries) == (state, SENT[fault], 1)
    second = scene.room.advance("o1")
    assert (second.state, second.trouble) == (state, "office.not_sent")
    done = scene.room.advance("o1")
    assert (done.state, done.trouble, done.tries) == (RequestState.DONE, "", 3)


def test_trouble_with_files_keeps_it_waiting(scene: Scene) -> None:
    scene.clock(D1, "15:00", D2)
    scene.ask()
    scene.room.advance("o1")
    scene.clock(D2, "09:00", D3)
    scene.offices.faults = ["lost", "", "down"]
    for _ in range(2):
        waits = scene.room.advance("o1")
        assert waits.state is RequestState.FOR_DAY
        assert waits.trouble
    assert scene.room.advance("o1").state is RequestState.DONE


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_mixture_of_faults_crashes_and_hours(
    new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    scene = Scene(new_database("sqlite"), tmp_path_factory.mktemp("office"))
    hours = data.draw(
        st.lists(
            st.sampled_from([(D1, "15:00", D2), (D2, "09:00", D3), (D2, "15:00", D3)]), max_size=3
        )
    )
    for day, minute, following in [(D1, "10:00", D2), *sorted(hours)]:
        scene.clock(day, minute, following)
        scene.offices.faults = data.draw(st.lists(st.sampled_from(FAULTS), max_size=4))
        scene.fate.place = 0
        scene.fate.crashes = set(data.draw(st.lists(st.integers(0, 15), max_size=3)))
        for _ in range(data.draw(st.integers(0, 3))):
            live(scene)
    scene.offices.faults, scene.fate.crashes = [], set()
    scene.clock(D3, "15:00", "2026-07-16")
    live(scene)
    scene.clock("2026-07-16", "10:00", "2026-07-17")
    live(scene)
    assert scene.load().state is RequestState.DONE
    assert scene.accounts_in_the_world() == 2
