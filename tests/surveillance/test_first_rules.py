"""Some of a firm's first rules on rows made by hand: large beside what is usual, accounts that act
alike, an index at its lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pytest

from tests.indicators.streams import OPEN_MS, event, rows_of
from yunquan.indicators import RULES, Engine, sizes_for
from yunquan.indicators.types import Kind
from yunquan.quotes.types import QuoteTick
from yunquan.rulebook.rules.books import first_rules, limits_on
from yunquan.rulebook.rules.language import compile_rule
from yunquan.rulebook.rules.program import make_program
from yunquan.rulebook.types import CompiledRule, RuleState
from yunquan.surveillance.service.encoding import INDEX, UNLIMITED, Encoder

SECOND = 1_000
SHARE = 1
NO_BOOK = msgspec.Raw(msgspec.msgpack.encode(()))
Events = list[dict[str, int]]


def told_by(events: Events, *codes: str, day: str = "2026-09-01") -> list[str]:
    """Rules that spoke, of these, each as often as it did."""
    texts = [one for one in first_rules() if one.code in codes]
    assert len(texts) == len(codes)
    engine = Engine(sizes_for(256, 256, symbols=16))
    rules = dict[int, tuple[CompiledRule, RuleState]]()
    for number, text in enumerate(texts):
        compiled = compile_rule(text, limits_on(day))
        assert isinstance(compiled, CompiledRule), compiled
        rules[number] = compiled, RuleState.LIVE
    engine.publish(make_program(rules, RULES))
    found, _ = engine.feed(rows_of(sorted(events, key=lambda one: one["at_ms"])))
    return sorted(texts[int(number)].code for number in found["rule"])


def act(kind: Kind, second: int, account: int, side: int, yuan: int, **more: int) -> dict[str, int]:
    """An act of an account in the one share, at 10 yuan."""
    told = {"symbol": SHARE, "side": side, "price": 10_000, "a": 10_000, "qty": yuan // 10}
    told |= {"amount": yuan * 100, "minute": 600, "device": -1, "group": -1} | more
    return event(kind, OPEN_MS + second * SECOND, account=account, **told)


def ordinary(yuan: int, count: int = 30) -> Events:
    """Orders of so many others, who make what is usual, half an hour before."""
    return [act(Kind.ORDER, at - 1_800, 100 + at, 1 if at % 2 else -1, yuan) for at in range(count)]


def market(seconds: int, turnover: int = 200_000) -> Events:
    """A quote every 15 s; turnover: yuan of each."""
    told = {"symbol": SHARE, "price": 10_000, "side": 0, "a": 9_990, "b": 10_010}
    told |= {"c": 40_000, "d": 40_000, "qty": turnover // 10, "amount": turnover * 100}
    return [
        event(Kind.QUOTE, OPEN_MS + at * SECOND, minute=600, **told) for at in range(0, seconds, 15)
    ]


# --- false orders

FALSE = ("spoofing.opposite", "spoofing.sequence", "layering.book")


def leaning(yuan: int) -> Events:
    """Five orders on one side, all cancelled; one on the other, filled between."""
    made = [act(Kind.ORDER, at, 0, 1, yuan) for at in range(1, 6)]
    made += [act(Kind.ORDER, 8, 0, -1, yuan), act(Kind.FILL, 9, 0, -1, yuan)]
    return made + [act(Kind.CANCEL, 10 + at, 0, 1, yuan, age=10_000) for at in range(5)]


def test_large_orders_on_one_side_and_a_trade_on_the_other_are_false_orders() -> None:
    found = told_by([*ordinary(40_000), *market(30), *leaning(500_000)], *FALSE)
    assert found == sorted(FALSE)


def test_orders_that_are_usual_there_lean_by_chance() -> None:
    # The same orders, where everybody's are of that size.
    assert told_by([*ordinary(500_000), *market(30), *leaning(500_000)], *FALSE) == []


def test_who_floods_an_instrument_does_not_make_that_usual() -> None:
    flood = [act(Kind.ORDER, at - 900, 0, 1, 500_000) for at in range(400)]
    found = told_by([*ordinary(40_000), *flood, *market(30), *leaning(500_000)], *FALSE)
    assert "spoofing.opposite" in found


# --- accounts that act alike


def alike(amounts: Sequence[int], side: int = 1) -> Events:
    """Each account buys (or sells) its amount in two halves, a few seconds after the one before."""
    made = Events()
    for account, yuan in enumerate(amounts):
        for half in range(2):
            at = 20 + account * 2 + half * 60
            told = (account, side, yuan // 2)
            made += [act(Kind.ORDER, at, *told), act(Kind.FILL, at + 1, *told)]
    return made


@pytest.mark.parametrize("side", [1, -1])
def test_a_few_accounts_without_a_link_that_act_alike_are_told_of_once(side: int) -> None:
    events = [*ordinary(40_000), *market(200), *alike([400_000] * 5, side)]
    assert told_by(events, "group.alike") == ["group.alike"]


@pytest.mark.parametrize(
    "amounts",
    [
        # Too few; a crowd; one big account and some small ones; nobody with large orders.
        [700_000] * 3,
        [400_000] * 30,
        [3_000_000, 30_000, 30_000, 30_000, 30_000],
        [100_000] * 5,
    ],
)
def test_others_who_trade_one_way_are_left_alone(amounts: list[int]) -> None:
    assert told_by([*ordinary(40_000), *market(200), *alike(amounts)], "group.alike") == []


def test_no_group_trades_both_ways() -> None:
    events = [*alike([400_000] * 3, 1), *alike([400_000] * 6, -1)[12:]]
    assert told_by([*ordinary(40_000), *market(200), *events], "group.alike") == []


def test_what_the_price_explains_is_no_group() -> None:
    moved = market(200)
    for at, quote in enumerate(moved):
        quote["price"] = 10_000 + at * 100
    assert told_by([*ordinary(40_000), *moved, *alike([400_000] * 5)], "group.alike") == []


# --- an index

LINES = ("market.index", "market.index_first", "market.index_second")


def fall(side: int, percent: float, minutes: int) -> Events:
    """From a close of 3,000 points, evenly."""
    known = {"symbol": SHARE, "price": 0, "side": 0, "a": 3_000_000, "b": -1, "c": -1}
    made = [event(Kind.LIMITS, OPEN_MS - SECOND, **known)]
    steps = minutes * 4
    for at in range(steps + 1):
        price = round(3_000_000 * (1 - percent / 100 * at / steps))
        told = {"symbol": SHARE, "price": price, "side": side, "a": 0, "b": 0, "c": 0, "d": 0}
        made.append(event(Kind.QUOTE, OPEN_MS + at * 15 * SECOND, **told))
    return made


@pytest.mark.parametrize(
    ("percent", "minutes", "codes"),
    [
        (1.0, 5, []),
        (2.0, 5, ["market.index"]),
        (2.0, 60, []),
        (5.5, 200, ["market.index_first"]),
        (-5.5, 200, ["market.index_first"]),
        (7.5, 200, ["market.index_first", "market.index_second"]),
    ],
)
def test_an_index_at_its_lines(percent: float, minutes: int, codes: list[str]) -> None:
    assert told_by(fall(INDEX, percent, minutes), *LINES) == codes


def test_a_share_has_no_lines_of_an_index() -> None:
    assert told_by(fall(0, 9.0, 20), *LINES) == []


def test_the_lines_of_2016_are_known_as_such() -> None:
    for day in ("2016-01-04", "2026-09-01"):
        assert limits_on(day)["index_first"] == ("share", 0.05)
        assert limits_on(day)["index_second"] == ("share", 0.07)
    assert "index_first" not in limits_on("2015-12-31")


def quote_rows(limits: tuple[int, int, int], *days: str) -> Any:
    encoder = Encoder(lambda _symbol, _day: limits)
    for day in days:
        prices = (3_000_000,) * 5
        told = (0, "000300", 1, f"{day}T10:00:00+08:00", *prices, 0, 0, NO_BOOK, NO_BOOK)
        encoder.put(QuoteTick(*told), 0)
    made = encoder.rows(1)
    return np.array(made[made["kind"] == Kind.QUOTE]["side"]).tolist()


def test_quotes_of_an_index_say_so() -> None:
    assert quote_rows((3_000_000, UNLIMITED, UNLIMITED), "2026-09-01", "2026-09-02") == [1, 1]
    assert quote_rows((3_000, 3_300, 2_700), "2026-09-01") == [0]
    # Nobody announced it: not known to be one.
    assert quote_rows((0, 0, 0), "2026-09-01") == [0]
