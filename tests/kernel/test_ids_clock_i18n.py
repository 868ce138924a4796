"""Ids, the clock and messages by code."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunquan.kernel.clock import ManualClock, SystemClock, from_ms, to_ms
from yunquan.kernel.errors import Conflict, Invalid, Refused, Unavailable
from yunquan.kernel.i18n import Catalogue
from yunquan.kernel.ids import Id, IdSource


class ThingId(Id, prefix="thg"):
    __slots__ = ()


def test_ids_sort_by_time_and_parse_back() -> None:
    clock = ManualClock()
    source = IdSource(clock)
    made = []
    for _ in range(50):
        made.append(source.new(ThingId))
        clock.advance(0.002)
    assert made == sorted(made)
    assert len(set(made)) == 50
    for one in made:
        assert ThingId.parse(one) == one
        assert isinstance(ThingId.parse(str(one)), ThingId)


def test_a_seed_repeats_ids_and_no_seed_does_not() -> None:
    clock = ManualClock()
    seeded = [[IdSource(clock, 7).new(ThingId) for _ in range(1)] for _ in range(2)]
    assert seeded[0] == seeded[1]
    assert IdSource(clock).new(ThingId) != IdSource(clock).new(ThingId)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "thg",
        "thg_",
        "_X",
        "ord_01",
        "thg_a b",
        "thg_a-b",
        "thg_é",
        "thg_a\n",
        "thg_" + "A" * 37,
        "thg__1",
        "THG_1",
    ],
)
def test_malformed_ids_are_refused(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        ThingId.parse(text)
    assert caught.value.code == "id.malformed"


@given(st.text(max_size=60))
def test_any_text_is_an_id_or_refused(text: str) -> None:
    try:
        assert ThingId.parse(text) == text
    except Invalid as error:
        assert len(error.facts["text"]) <= 40


@given(st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_milliseconds_round_trip(moment: datetime) -> None:
    whole = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert abs(to_ms(from_ms(to_ms(whole))) - to_ms(whole)) <= 1
    assert from_ms(to_ms(whole)).tzinfo is UTC


def test_clocks() -> None:
    assert SystemClock().now().tzinfo is UTC
    assert SystemClock().monotonic() <= SystemClock().monotonic()
    clock = ManualClock()
    before = clock.now()
    clock.advance(-60)
    assert (clock.now() - before).total_seconds() == -60


def test_errors_carry_code_status_and_facts() -> None:
    assert (Conflict("a.b", seq=1).status, Unavailable("a.c").status) == (409, 503)
    assert str(Conflict("a.b", seq=1)) == "a.b seq=1"
    assert Refused("order.tick", {"tick": 10}) == Refused("order.tick", {"tick": 10})


def written(folder: Path, locale: str, name: str, **texts: str) -> None:
    (folder / locale).mkdir(exist_ok=True)
    entries = [
        f'msgid "{code.replace("__", ".")}"\nmsgstr "{text}"\n' for code, text in texts.items()
    ]
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n'
    (folder / locale / f"{name}.po").write_text("\n".join([head, *entries]), encoding="utf-8")


def test_sentences_by_code(tmp_path: Path) -> None:
    written(tmp_path, "zh_CN", "order", order__tick="价格应为{tick}的整数倍", only__zh="只有中文")
    written(tmp_path, "en", "order", order__tick="The price must be a multiple of {tick}")
    catalogue = Catalogue.load(tmp_path)
    assert catalogue.text("order.tick", tick="0.01") == "价格应为0.01的整数倍"
    assert catalogue.text("order.tick", "en", tick="0.01") == "The price must be a multiple of 0.01"
    assert catalogue.text("only.zh", "en") == "只有中文"
    assert catalogue.text("no.such_code", "en") == "no.such_code"
    assert catalogue.text("order.tick", "fr", tick=1) == "价格应为1的整数倍"


def test_missing_or_awkward_facts_never_crash(tmp_path: Path) -> None:
    written(tmp_path, "zh_CN", "a", a__b="{code}与{other}", a__c="{0}", a__d="{", a__e="{code}")
    catalogue = Catalogue.load(tmp_path)
    assert catalogue.text("a.b", "en") == "{code}与{other}"
    assert catalogue.text("a.c") == "{0}"
    assert catalogue.text("a.d") == "{"
    # An exchange's reject carries its own code: a fact may be called like our argument.
    assert catalogue.text("a.e", **{"code": "V101"}) == "V101"


def test_the_same_code_twice_is_an_error(tmp_path: Path) -> None:
    written(tmp_path, "en", "a", a__b="one")
    written(tmp_path, "en", "b", a__b="two")
    with pytest.raises(ValueError, match=r"a\.b"):
        Catalogue.load(tmp_path)
