"""Instruments kept, compared and found: on a real database of each kind."""

from __future__ import annotations

import msgspec
import pytest

from tests.fixtures_database import NewDatabase
from yunquan.kernel.transaction import Database
from yunquan.market import load_instrument_days, load_rule_book, record_instruments, search
from yunquan.market.types import Instrument, InstrumentNotice

BOOK = load_rule_book()


def notice(symbol: str, name_zh: str, name_en: str, board: str = "main") -> InstrumentNotice:
    instrument = Instrument(symbol, symbol[-2:], board, name_zh, name_en, simulated="intraday")
    return InstrumentNotice(instrument, "2026-07-13", 10_000, 11_000, 9_000, halted=False)


def test_instruments_are_kept_and_compared(database: Database) -> None:
    good = notice("600519.SH", "海棠酒业", "Haitang Spirits")
    odd = notice("688981.SH", "澄光微电", "Clearlight Micro", "star")
    with database.transaction() as tx:
        (found,) = record_instruments(tx, [good, odd], BOOK)
    assert (found.symbol, found.ours, found.theirs) == (
        "688981.SH",
        (12_000, 8_000),
        (11_000, 9_000),
    )
    renamed = msgspec.structs.replace(
        good, halted=True, instrument=msgspec.structs.replace(good.instrument, name_zh="海棠酒")
    )
    with database.transaction() as tx:
        record_instruments(tx, [renamed], BOOK)
    with database.read() as tx:
        days = load_instrument_days(tx, BOOK)
        assert [(d.symbol, d.halted, d.limit_up_milli) for d in days] == [
            ("600519.SH", True, 11_000),
            ("688981.SH", False, 12_000),
        ]
        assert [i.initials for i in search(tx, "600519")] == ["HTJ"]


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("600519", ["600519.SH"]),
        ("600519.sh", ["600519.SH"]),
        ("6", ["600519.SH", "688981.SH"]),
        ("ljyh", ["000001.SZ"]),
        ("临江", ["000001.SZ"]),
        ("micro", ["688981.SH"]),
        ("light", ["688981.SH"]),
        ("  haitang ", ["600519.SH"]),
        ("银行", ["000001.SZ"]),
        ("", []),
        ("   ", []),
        ("%", []),
        ("zzz", []),
    ],
)
def test_search(new_database: NewDatabase, text: str, symbols: list[str]) -> None:
    database = new_database("sqlite")
    with database.transaction() as tx:
        record_instruments(
            tx,
            [
                notice("600519.SH", "海棠酒业", "Haitang Spirits"),
                notice("688981.SH", "澄光微电", "Clearlight Micro", "star"),
                notice("000001.SZ", "临江银行", "Linjiang Bank"),
            ],
            BOOK,
        )
        assert [found.symbol for found in search(tx, text)] == symbols
        assert len(search(tx, text, 1)) <= 1
