"""Kinds of days, how far the calendar reaches, when a day may begin."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import marina_rules
import pytest

from yunquan.kernel.errors import Invalid
from yunquan.kernel.transaction import Database
from yunquan.market import (
    load_calendar,
    load_days,
    next_trading_day,
    read_days,
    record_days,
    record_trading_days,
    seed_calendar,
)
from yunquan.market.adapters.holidays import SOURCE, known_days
from yunquan.market.rules import (
    Calendar,
    contradicts,
    decide_roll,
    horizon,
    horizon_fault,
    refuse_test_day,
)
from yunquan.market.types import CalendarDay, DayKind

SEEDED = list(known_days())
TRADING = [day.day for day in SEEDED if day.kind is DayKind.TRADING]
OTHERS = {day.day: day.kind for day in SEEDED if day.kind is not DayKind.TRADING}
CALENDAR = Calendar(TRADING, OTHERS)


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        ("2026-07-13", DayKind.TRADING),
        ("2026-07-11", DayKind.CLOSED),  # Saturday
        ("2026-10-01", DayKind.CLOSED),  # National Day
        ("2026-10-08", DayKind.TRADING),
        ("2026-10-10", DayKind.BANK_ONLY),  # a Saturday made a working day
        ("2024-02-09", DayKind.BANK_ONLY),  # banks work, the exchanges close ahead of the festival
        ("2026-12-31", DayKind.TRADING),
        ("2027-01-04", None),  # a Monday nobody has spoken of
        ("2027-01-02", DayKind.CLOSED),  # but a Saturday is a Saturday
    ],
)
def test_kinds_of_days(day: str, kind: DayKind | None) -> None:
    assert CALENDAR.known_kind(day) is kind
    assert CALENDAR.is_trading_day(day) is (kind in (DayKind.TRADING, None))


def test_the_seed_agrees_with_seven_years_of_real_bars() -> None:
    folder = Path(marina_rules.DATA_DIR) / "samples" / "cn_bars"
    traded: set[str] = set()
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            traded |= {row["date"] for row in csv.DictReader(file)}
    first, last = min(traded), max(traded)
    known = {day for day in TRADING if first <= day <= last}
    assert len(traded) > 1_700
    assert known == traded


@pytest.mark.parametrize(
    ("day", "left", "fault"),
    [
        ("2026-07-13", 117, ""),
        ("2026-09-30", 61, ""),
        ("2026-10-09", 59, "market.calendar_short"),
        ("2026-12-03", 20, "market.calendar_short"),
        ("2026-12-04", 19, "market.calendar_ends"),
        ("2026-12-31", 0, "market.calendar_ends"),
        ("2027-03-01", 0, "market.calendar_ends"),  # weekdays beyond don't count as known
    ],
)
def test_horizon(day: str, left: int, fault: str) -> None:
    assert horizon(CALENDAR, day) == left
    assert horizon_fault(left) == fault


@pytest.mark.parametrize(
    ("day", "kind_of_day", "code"),
    [
        ("2026-07-13", "trading", ""),
        ("2026-07-13", "test", "market.test_day"),
        ("2026-07-18", "trading", "market.test_day"),  # the calendar says it is a rehearsal
        ("2026-12-03", "trading", ""),
        ("2026-12-04", "trading", "market.calendar_ends"),
        ("2026-10-01", "trading", ""),  # against the calendar, but the venue knows
    ],
)
def test_decide_roll(day: str, kind_of_day: str, code: str) -> None:
    calendar = Calendar(TRADING, OTHERS | {"2026-07-18": DayKind.NETWORK_TEST})
    refused = decide_roll(calendar, day, kind_of_day)
    assert (refused.code if refused else "") == code
    assert contradicts(calendar, day) is (day in ("2026-07-18", "2026-10-01"))


def test_a_rehearsal_is_refused_by_its_name() -> None:
    assert refuse_test_day("trading") is None
    assert refuse_test_day("test") is not None


def test_an_empty_calendar_lets_no_day_begin() -> None:
    refused = decide_roll(Calendar([]), "2026-07-13", "trading")
    assert refused is not None
    assert refused.facts == {"known_to": "", "days_left": 0}


# --- in the database ------------------------------------------------------------------------------


def test_the_seed_goes_in_once(database: Database) -> None:
    with database.transaction() as tx:
        assert seed_calendar(tx) == len(SEEDED)
        assert len(tx.outbox) == 1
    with database.transaction() as tx:
        assert seed_calendar(tx) == 0
        assert tx.outbox == []
    with database.read() as tx:
        calendar = load_calendar(tx)
        assert calendar.days == tuple(TRADING)
        assert horizon(calendar, "2026-07-13") == 117
        assert next_trading_day(tx, "2026-09-30") == "2026-10-08"
        (day,) = load_days(tx, "2026-10-10", "2026-10-10")
        assert day == CalendarDay("2026-10-10", DayKind.BANK_ONLY, SOURCE)


def test_a_persons_word_stays(database: Database) -> None:
    notice = "exchange notice"
    test_day = CalendarDay("2026-07-18", DayKind.NETWORK_TEST, notice)
    storm = CalendarDay("2026-07-20", DayKind.SETTLEMENT_ONLY, notice)
    with database.transaction() as tx:
        record_trading_days(tx, ["2026-07-17"])
        assert record_days(tx, [test_day, storm], notice) == 2
        seed_calendar(tx)
    with database.transaction() as tx:
        record_trading_days(tx, ["2026-07-17", "2026-07-20", "2031-01-02"])
    with database.read() as tx:
        assert load_days(tx, "2026-07-17", "2026-07-20") == [
            CalendarDay("2026-07-17", DayKind.TRADING, "bars"),
            test_day,
            storm,
        ]
        assert load_calendar(tx).known_to == "2031-01-02"
        assert not load_calendar(tx).is_trading_day("2026-07-20")


def test_days_of_next_year_from_a_file(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "2027.csv"
    first = date(2027, 1, 4)
    weekdays = [first + timedelta(days=n) for n in range(60)]
    rows = [f"{day},trading,notice of 2026-12-20" for day in weekdays if day.weekday() < 5]
    path.write_text("day,kind,source\n" + "\n".join(rows), encoding="utf-8")
    with database.transaction() as tx:
        seed_calendar(tx)
        assert record_days(tx, read_days(path), path.name) == len(rows)
    with database.read() as tx:
        assert decide_roll(load_calendar(tx), "2026-12-31", "trading") is None


@pytest.mark.parametrize(
    "text",
    [
        "day,kind\n2027-01-04,trading",
        "day,kind,source\n2027-01-04,trading,",
        "day,kind,source\n2027-13-04,trading,x",
        "day,kind,source\n2027-01-04,holiday,x",
        "day,kind,source\n2027-01-04",
    ],
)
def test_a_bad_file_of_days_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "days.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Invalid, match="days_unreadable") as refused:
        read_days(path)
    assert refused.value.facts["line"] == 2
