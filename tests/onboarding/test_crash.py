"""Whatever fails and wherever the process dies: one client, one account of each kind, one set of
signed papers; nothing is lost.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fixtures_database import NewDatabase
from tests.onboarding.mortal import MortalDatabase
from tests.onboarding.office import Crash, Scene
from yunquan.clients import load_accounts
from yunquan.clients.types import ClientId
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.errors import Unavailable
from yunquan.kernel.ids import IdSource
from yunquan.kernel.transaction import Database
from yunquan.onboarding.types import State, Step

# How many rows there are of each once one person's account is opened.
TABLES = {
    "clients_client": 1,
    "clients_cash_account": 1,
    "clients_securities_account": 2,
    "funding_binding": 1,
    "funding_cash_password": 1,
    "signing_set": 1,
}
FAULTS = ("", "", "lost", "down", "busy")


class Stage:
    """A database and a world's folder, copied for every fate: what came before is done once."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.url, self.clock = database.url, database.clock
        self.folder = folder
        self.app = ""
        self.copies = 0

    def scene(self, again: Scene | None = None) -> Scene:
        """A new process over a copy of everything, or over the same where another died."""
        if again is None:
            self.copies += 1
            folder = self.folder.parent / f"copy-{self.copies}"
            shutil.copytree(self.folder, folder)
            url = f"sqlite:///{folder / 'rooms.db'}"
        else:
            folder, url = again.folder, again.database.url
            again.database.dispose()
        clock = ManualClock(again.database.clock.now() if again else self.clock.now())
        # Ids of another process are others: what it had begun is nobody's.
        database = MortalDatabase(url, clock, IdSource(clock, self.copies * 1000 + 7))
        scene = Scene(database, folder)
        database.fate = scene.fate
        scene.world.now_ms = again.world.now_ms if again else 1_790_000_000_000
        return scene


def stage(new_database: NewDatabase, folder: Path, prepare: Callable[[Scene], str]) -> Stage:
    """Everything up to where it gets dangerous, once."""
    folder.mkdir()
    database = new_database("sqlite")
    path = Path(database.url.removeprefix("sqlite:///"))
    scene = Scene(database, folder)
    app = prepare(scene)
    database.dispose()
    with sa.create_engine(database.url).connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(path, folder / "rooms.db")
    made = Stage(database, folder)
    made.app = app
    return made


def survive(scene: Scene, do: Callable[[Scene], object]) -> bool:
    """Whether it was done; not where the process died or somebody outside couldn't."""
    try:
        do(scene)
    except Crash:
        return False
    except Unavailable:
        return False
    return True


def one_of_everything(scene: Scene, app: str, index: int = 0) -> None:
    """What must hold of whoever was opened, here and at the depository."""
    one = scene.load(app)
    assert one.state is State.ACTIVE, one
    with scene.database.read() as tx:
        count = {
            table: tx.execute(sa.text(f"SELECT COUNT(*) FROM {table}")).scalar_one()
            for table in TABLES
        }
        tree = load_accounts(tx, ClientId(one.client))
    assert count == TABLES
    assert {held.market for held in tree.cash[0].securities} == {"SH", "SZ"}
    vault, number = scene.world.depository.vault, scene.person(index).number
    holders = "SELECT COUNT(*) FROM holders WHERE identity = ?"
    assert vault.row(holders, number)[0] == 1
    held = "SELECT market, COUNT(*) FROM accounts JOIN holders USING (ymt) WHERE identity = ?"
    assert dict(vault.rows(f"{held} GROUP BY market", number)) == {"SH": 1, "SZ": 1}


# --- the opening, after two people agreed


def approved(scene: Scene) -> str:
    app = scene.apply(0)
    scene.approve(app)
    return app


@pytest.fixture
def opening(new_database: NewDatabase, tmp_path: Path) -> Stage:
    return stage(new_database, tmp_path / "world", approved)


def open_wholly(made: Stage, scene: Scene) -> None:
    """Whatever is left of the opening, as jobs would go on with it, over three days."""
    depository = scene.world.depository
    for _ in range(3):
        day = depository.day
        following = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
        for minute in ("10:00", "15:30"):
            ended = minute > "15:00"
            depository.look_at_clock(day, minute, ended=ended, following=following)
            scene.open(made.app)
            if scene.load(made.app).state is State.ACTIVE:
                return


def places_of_opening(made: Stage) -> int:
    scene = made.scene()
    scene.fate.place = 0
    open_wholly(made, scene)
    one_of_everything(scene, made.app)
    return scene.fate.place


@pytest.mark.parametrize("part", range(3))
def test_a_crash_anywhere_opens_once(opening: Stage, part: int) -> None:
    places = places_of_opening(opening)
    assert places > 40
    for place in range(part, places, 3):
        scene = opening.scene()
        scene.fate.place, scene.fate.crashes = 0, {place}
        survive(scene, lambda it: open_wholly(opening, it))
        told = scene.counter
        scene = opening.scene(scene)
        scene.counter.opened |= told.opened
        assert survive(scene, lambda it: open_wholly(opening, it)), place
        one_of_everything(scene, opening.app)
        assert set(scene.counter.opened) == {scene.load(opening.app).account}, place
        scene.database.dispose()


@settings(
    max_examples=10,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_any_mixture_of_faults_and_crashes_opens_once(opening: Stage, data: st.DataObject) -> None:
    scene = opening.scene()
    for _ in range(data.draw(st.integers(0, 3), label="lives")):
        scene.world.faults = data.draw(st.lists(st.sampled_from(FAULTS), max_size=5))
        crashes = data.draw(st.lists(st.integers(0, 60), max_size=2))
        scene.fate.place, scene.fate.crashes = 0, set(crashes)
        survive(scene, lambda it: open_wholly(opening, it))
        scene = opening.scene(scene)
    for _ in range(2):
        survive(scene, lambda it: open_wholly(opening, it))
    one_of_everything(scene, opening.app)
    scene.database.dispose()


# --- handing in, and the card with the police


def killed_everywhere(
    made: Stage, do: Callable[[Scene], object], check: Callable[[Scene], None], every: int = 1
) -> int:
    """Killed at every place, each followed by another process that does it again; how many."""
    scene = made.scene()
    scene.fate.place = 0
    do(scene)
    places = scene.fate.place
    check(scene)
    scene.database.dispose()
    for place in range(0, places, every):
        scene = made.scene()
        scene.fate.place, scene.fate.crashes = 0, {place}
        survive(scene, do)
        scene = made.scene(scene)
        scene.wait(61)
        do(scene)
        check(scene)
        scene.database.dispose()
    return places


def test_a_crash_while_handing_in_signs_once(new_database: NewDatabase, tmp_path: Path) -> None:
    """The same key again, after a new code: one signed set, in review, nothing of it lost."""
    made = stage(
        new_database, tmp_path / "world", lambda scene: scene.apply(0, until=Step.AGREEMENTS)
    )

    def sign(scene: Scene) -> None:
        if scene.load(made.app).state is State.FILLING:
            scene.sign(made.app)

    def check(scene: Scene) -> None:
        assert scene.load(made.app).state is State.REVIEW
        assert len(scene.parts.signing.sets_of(made.app)) == 1
        with scene.database.read() as tx:
            assert scene.screening.load(tx, made.app)
        (line,) = scene.office.reviewing.queue().items
        assert (line.id, line.waits) == (made.app, "first")

    assert killed_everywhere(made, sign, check, every=3) > 20


@pytest.mark.parametrize("fault", ["", "lost", "down", "busy"])
def test_a_crash_or_a_fault_while_asking_the_police(
    new_database: NewDatabase, tmp_path: Path, fault: str
) -> None:
    def prepare(scene: Scene) -> str:
        app = scene.apply(0, until=Step.CARD)
        scene.photograph(app, 0)
        return app

    made = stage(new_database, tmp_path / "world", prepare)

    def confirm(scene: Scene) -> None:
        scene.confirm(made.app)

    def check(scene: Scene) -> None:
        assert scene.load(made.app).done == (Step.CONSENTS, Step.CARD)
        with scene.database.read() as tx:
            checks = scene.parts.verification.newest(tx, made.app)
        assert (checks["police"].outcome, checks["police"].number) == ("pass", 1)

    assert killed_everywhere(made, confirm, check) >= 10
    scene = made.scene()
    scene.world.faults = [fault]
    assert survive(scene, confirm) is (fault == "")
    confirm(scene)
    check(scene)
    scene.database.dispose()
