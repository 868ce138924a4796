"""The market at a glance: who leads, who stands at a limit, what is counted and what is not."""

from __future__ import annotations

import pytest

from yunquan.market.types import Instrument, InstrumentNotice, TradingStatus
from yunquan.quotes.rules.glance import Glance, Listed, glance, listed, sorted_by
from yunquan.quotes.types import Quote

DAY = "2026-07-13"
# symbol, board, product, previous close, last (0: hasn't traded), turnover, industry
ROWS = (
    ("600001.SH", "main", "stock", 10_000, 11_000, 500, "bank"),
    ("600002.SH", "main", "stock", 10_000, 9_000, 900, "bank"),
    ("300001.SZ", "chinext", "stock", 10_000, 10_500, 100, "chips"),
    ("300002.SZ", "chinext", "stock", 10_000, 10_000, 300, "chips"),
    ("300003.SZ", "chinext", "stock", 10_000, 0, 0, "chips"),
    ("510300.SH", "fund", "etf", 4_000, 4_400, 700, ""),
    ("000001.SH", "index", "index", 3_000_000, 3_030_000, 10**15, ""),
)


def market(stopped: str = "") -> list[Listed]:
    notices, quotes = [], {}
    for symbol, board, product, prev, last, turnover, industry in ROWS:
        instrument = Instrument(symbol, symbol[-2:], board, symbol, symbol, product=product)
        up, down = prev * 11 // 10, prev * 9 // 10
        notices.append(
            InstrumentNotice(instrument, DAY, prev, up, down, halted=False, industry=industry)
        )
        head = (symbol, 1, f"{DAY}T10:00:00+08:00", last, prev, last, last, prev)
        quotes[symbol] = Quote(*head, turnover, turnover, (), ())

    def status(symbol: str) -> TradingStatus | None:
        return TradingStatus(symbol, "SH", "halted") if symbol == stopped else None

    return listed(notices, quotes, status)


def symbols(found: tuple[Listed, ...] | list[Listed]) -> list[str]:
    return [one.symbol for one in found]


def test_what_is_counted() -> None:
    found: Glance = glance(market("600002.SH"))
    assert (found.up, found.down, found.flat) == (2, 1, 1)
    assert (found.limit_up, found.limit_down, found.stopped) == (1, 1, 1)
    # An index turns nothing over; a fund does, though it leads no list of shares.
    assert found.turnover_fen == 500 + 900 + 100 + 300 + 700
    assert symbols(found.leaders) == ["600001.SH", "300001.SZ"]
    assert symbols(found.losers) == ["600002.SH"]
    assert symbols(found.busiest) == ["600002.SH", "600001.SH", "300002.SZ", "300001.SZ"]
    assert symbols(found.indices) == ["000001.SH"]
    moves = [
        (one.industry, one.count, one.up, one.down, one.leader.symbol, one.change_e4)
        for one in found.industries
    ]
    assert moves == [
        ("chips", 2, 1, 0, "300001.SZ", 250),
        ("bank", 2, 1, 1, "600001.SH", 0),
    ]


@pytest.mark.parametrize(
    ("sort", "falling", "first", "last"),
    [
        ("symbol", False, "000001.SH", "600002.SH"),
        ("symbol", True, "600002.SH", "000001.SH"),
        ("name_en", False, "000001.SH", "600002.SH"),
        # What hasn't traded comes last in both ways; equals stand by symbol.
        ("change", True, "510300.SH", "300003.SZ"),
        ("change", False, "600002.SH", "300003.SZ"),
        ("price", False, "510300.SH", "300003.SZ"),
        ("price", True, "000001.SH", "300003.SZ"),
        ("turnover", True, "000001.SH", "300003.SZ"),
        ("volume", False, "300001.SZ", "300003.SZ"),
    ],
)
def test_orders(sort: str, *, falling: bool, first: str, last: str) -> None:
    found = symbols(sorted_by(market(), sort, falling=falling))
    assert (found[0], found[-1], len(found)) == (first, last, len(ROWS))


def test_an_empty_market() -> None:
    found = glance([])
    assert (found.up, found.leaders, found.industries, found.turnover_fen) == (0, (), (), 0)
