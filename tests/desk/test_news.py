"""News of an instrument: what is told of it, in order, each with its day and its source."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.partners.brokerage import DAY, NOTICES
from yunquan.actions import Action
from yunquan.actions.types import ActionState, Standing
from yunquan.app.locale import catalogue
from yunquan.desk.rules.news import news_of
from yunquan.investor.pages.figures import ratios
from yunquan.market.types import TradingStatus, VenueNotice
from yunquan.quotes.types import NewsLine, Quote

NOTICE = NOTICES[0]
SYMBOL = NOTICE.instrument.symbol
CATALOGUE = catalogue()
DIVIDEND = Standing(
    Action(
        f"{SYMBOL}:2026-07-15",
        SYMBOL,
        "2026-07-14",
        "2026-07-15",
        "2026-07-16",
        cash_e6=259_110_000,
        bonus_e6=3_000_000,
    ),
    1,
    ActionState.ANNOUNCED,
    "Notice 2026-031",
)
TOLD = VenueNotice(
    "n1", "network_test", "周六测试", "Rehearsal on Saturday", f"{DAY}T09:00:00+08:00"
)


def text(code: str, /, **facts: Any) -> str:
    return CATALOGUE.text(code, "en", **facts)


def found(notice: Any = NOTICE, stopped: Any = None, told: Any = None, *actions: Standing) -> Any:
    return news_of(notice, stopped, told, actions, text)


def test_nothing_told_is_nothing_shown() -> None:
    assert found() == ()


def test_an_action_says_what_it_gives_when_and_who_says_so() -> None:
    (one,) = found(NOTICE, None, None, DIVIDEND)
    assert (one.day, one.kind, one.source) == ("2026-07-15", "action", "Notice 2026-031")
    assert "259.11" in one.text
    assert "3" in one.text
    assert "2026-07-14" in one.text
    assert "2026-07-16" in one.text


@pytest.mark.parametrize(
    ("changed", "stopped", "kind", "text_of"),
    [
        ({"halted": True}, None, "halt", ""),
        (
            {},
            TradingStatus(SYMBOL, "SH", "volatility_halt", "10:12:00", "swing of 30%"),
            "halt",
            "swing of 30% until 10:12:00",
        ),
        ({"delisting_day": 3}, None, "delisting", "Trading day 3 of its delisting period"),
    ],
)
def test_what_the_exchange_says_of_it(
    changed: dict[str, Any], stopped: TradingStatus | None, kind: str, text_of: str
) -> None:
    notice = msgspec.structs.replace(NOTICE, **changed)
    assert [(one.kind, one.text, one.day) for one in found(notice, stopped)] == [
        (kind, text_of, DAY)
    ]


def test_a_new_a_warned_and_a_told_one_newest_first() -> None:
    instrument = msgspec.structs.replace(NOTICE.instrument, risk_warned=True, listed_on=DAY)
    notice = msgspec.structs.replace(NOTICE, instrument=instrument, listing_day=1)
    lines: tuple[NewsLine, ...] = found(notice, None, TOLD, DIVIDEND)
    assert [one.kind for one in lines] == ["action", "listing", "warned", "notice"]
    assert [one.day for one in lines] == sorted((one.day for one in lines), reverse=True)
    assert lines[-1].title == "Rehearsal on Saturday"


QUOTE = Quote(SYMBOL, 1, "", 12_500, 12_000, 12_600, 11_900, 12_000, 250_000, 310_000_000, (), ())


@pytest.mark.parametrize(
    ("units", "rate", "value"),
    [(0, None, None), (100_000_000, "0.0025", "1250000000.00"), (1, "250000.0000", "12.50")],
)
def test_ratios_rest_on_what_the_exchange_tells(
    units: int, rate: str | None, value: str | None
) -> None:
    class Shown:
        last, prev_close, high, low = "12.50", "12.00", "12.60", "11.90"
        volume, turnover, bids, asks = QUOTE.volume, "3100000.00", (), ()

    told = ratios(Shown, units)
    assert (told.get("turnover_rate"), told.get("float_value")) == (rate, value)
    assert "pe" not in told
