"""The phases of a day, and how long they take in real time."""

from __future__ import annotations

import pytest

from yunquan_world.hours import CLOSED, CONTINUOUS, Timetable, minute_label

PHASES = (
    ("pre_open", "09:05:00"),
    ("opening_call", "09:15:00"),
    ("opening_call_locked", "09:20:00"),
    ("opening_gap", "09:25:00"),
    ("continuous", "09:30:00"),
    ("lunch", "11:30:00"),
    ("continuous", "13:00:00"),
    ("closing_call", "14:57:00"),
    ("after_hours_entry", "15:00:00"),
    ("after_hours", "15:05:00"),
    ("closed", "15:30:00"),
)
SESSIONS_S = (120 + 117) * 60


@pytest.mark.parametrize("speed", [0.5, 1.0, 10.0, 3600.0])
def test_every_phase_comes_at_its_time(speed: float) -> None:
    table = Timetable(speed, "day")
    elapsed_s, seen = 0.0, []
    while elapsed_s < table.day_s:
        moment = table.moment(elapsed_s)
        seen.append((moment.phase, moment.text))
        assert table.place(elapsed_s) == table.place_at(moment.market_s)
        elapsed_s += table.to_next_boundary(elapsed_s)
    assert seen == list(PHASES)


def test_at_speed_ten_the_pauses_take_a_few_seconds() -> None:
    table = Timetable(10.0, "day")
    assert table.day_s == pytest.approx(SESSIONS_S / 10 + 8 + 5 + 3 + 2 + 4 + 6 + 2 + 6 + 10)
    assert table.moment(18.0 + 360.0).text == "10:30:00"
    assert table.moment(table.day_s - 1).phase == CLOSED
    for elapsed_s in (1.0, 9.0, 100.0, 725.0, 800.0, 1460.0):
        again = table.elapsed(table.moment(elapsed_s).market_s)
        assert again == pytest.approx(elapsed_s)


def test_at_real_time_the_phases_last_as_long_as_in_the_market() -> None:
    table = Timetable(1.0, "day")
    assert table.day_s == (16 - 9) * 3600 - 5 * 60
    assert table.moment(10 * 60).text == "09:15:00"


def test_pauses_can_be_set() -> None:
    table = Timetable(10.0, "day", {"opening_call": 60.0})
    assert table.moment(8.0 + 30.0).text == "09:17:30"


def test_without_pauses_only_the_sessions_take_time() -> None:
    table = Timetable(10.0, "always")
    assert table.moment(0).text == "09:30:00"
    assert table.moment(720.0).text == "13:00:00"
    assert table.day_s == pytest.approx(SESSIONS_S / 10)
    assert table.moment(table.day_s - 0.001).phase == CONTINUOUS


def test_minute_labels() -> None:
    labels = [minute_label(minute) for minute in (0, 119, 120, 239)]
    assert labels == ["09:31", "11:30", "13:01", "15:00"]
