"""However many partitions there are: the alerts of one engine, in its order, with its numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest

from tests.indicators.streams import long_stream
from tests.partitions.apart import TODAY, Parts, running, told_apart, told_whole
from yunquan.indicators import sizes_for
from yunquan.indicators.rules.catalogue import CATALOGUE
from yunquan.indicators.types import EVENT, Family, Kind
from yunquan.kernel.transaction import Database
from yunquan.partitions.rules.ownership import owner_of
from yunquan.rulebook.rules.books import first_rules, limits_on
from yunquan.rulebook.rules.language import reach
from yunquan.rulebook.types import Condition, RuleText
from yunquan.surveillance.types import AlertView
from yunquan_world.foes import KINDS, Scale, World

SIZES = sizes_for(640, 640, 64)
COUNTS = (1, 2, 3)


def plain(views: list[AlertView]) -> list[AlertView]:
    """Without ids, which are each way's own."""
    return [msgspec.structs.replace(one, id="") for one in views]


def every_indicator() -> list[RuleText]:
    """A rule for each indicator, about each family that may look at it: it sees the numbers of
    whatever it reaches, and tells them. Sequences with an end among them.
    """
    made, families = list[RuleText](), list(Family)
    for one in CATALOGUE:
        for subject in families:
            kinds = [kind for kind in Kind if {one.family, subject} <= reach(kind)]
            if not kinds or (one.place + subject) % 9:
                continue
            on = tuple(kind.name.lower() for kind in kinds)
            first = Condition(on, f"{one.code} == {one.code}")
            made.append(
                RuleText(
                    f"see.{one.code}.{subject.name}".lower()[:60],
                    "measured",
                    subject.name.lower(),
                    (first, first) if one.place % 2 == 0 else (first,),
                    1,
                    "",
                    "",
                    "",
                    "",
                    within_s=3_600 if one.place % 2 == 0 else 0,
                    without=(Condition((on[-1],), "event.qty == shares(200)"),)
                    if one.place % 4 == 0
                    else (),
                    quiet_s=60 * (one.place % 4),
                    most=5,
                )
            )
    return made


@pytest.fixture
def database(new_database: Callable[[str], Database]) -> Database:
    return new_database("sqlite")


@pytest.fixture(scope="module")
def foes() -> Any:
    """A day of every kind of foe, and of innocents, after days of habit."""
    world = World(1, Scale(accounts=300, symbols=20, foes=0))
    days = [world.asleep(), *[world.habit().rows for _ in range(3)]]
    days.append(world.day([(kind, "strong", "plain") for kind in KINDS]).rows)
    rows = np.concatenate(days)
    made = np.zeros(len(rows), EVENT)
    for name in rows.dtype.names or ():
        made[name] = rows[name]
    made["seq"] = np.arange(len(made))
    # Devices by small numbers, as the encoder gives them; nobody is the least.
    made["device"] = np.unique(made["device"], return_inverse=True)[1] - 1
    return made


@pytest.mark.parametrize("count", COUNTS)
def test_foes_are_found_by_the_first_rules(foes: Any, database: Database, count: int) -> None:
    rules = running(first_rules(), limits_on(TODAY))
    assert len(rules) == 45
    parts = Parts(database, count, SIZES)
    found = told_apart(parts, foes, rules, pieces=60)
    expected = told_whole(foes, rules, SIZES)
    assert len(expected) > 100
    assert plain(found) == expected
    assert len({one.id for one in found}) == len(found)
    by_subject = Counter(one.subject for one in found)
    assert {"account", "position", "pair", "device", "group", "instrument"} <= by_subject.keys()
    if count > 1:
        # The proof is worth something: kinds that reach across accounts came from either side.
        sides = {owner_of(one.account, count) for one in found if one.account}
        assert sides == set(range(count))


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("seed", range(2))
def test_every_indicator_is_seen_as_one_engine_sees_it(
    database: Database, seed: int, count: int
) -> None:
    """Ties, late rows, several days; sequences, silences and floods."""
    rows = long_stream(seed, 1_200, busy=seed == 1)
    rules = running(every_indicator(), limits_on(TODAY))
    parts = Parts(database, count, SIZES)
    found = told_apart(parts, rows, rules, pieces=37)
    expected = told_whole(rows, rules, SIZES)
    assert len(expected) > 1_000
    assert any(one.flood for one in expected)
    assert any(one.began_ms < one.at_ms for one in expected)
    assert plain(found) == expected
