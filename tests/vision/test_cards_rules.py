"""A reading of a card, judged: what passes, what is asked, what is found wrong."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vision.limits import LIMITS
from yunquan.kernel.residents import check_digit, is_resident_number
from yunquan.vision.rules.cards import judge_card, places_of
from yunquan.vision.rules.numbers import (
    as_date,
    birth_of,
    fits_term,
    sex_of,
)
from yunquan.vision.types import CardField, CardJudgement, CardReading

TODAY: Final = date(2026, 11, 25)
FRONT: Final = {
    "name": "欧阳思琳",
    "sex": "女",
    "nation": "维吾尔",
    "birth": "19900307",
    "address": "云渺省岚桥市澄江区人民路12号3幢501室",
    "number": "990102199003070021",
}
BACK: Final = {"issuer": "岚桥市公安局澄江分局", "since": "20200615", "until": "20400615"}


def number(body: str) -> str:
    return body + check_digit(body)


def reading(which: str, texts: dict[str, str], /, **changed: Any) -> CardReading:
    fields = tuple(
        CardField(name, text, confidence=9900, mean=9950, again=text, confidence_again=9900)
        for name, text in texts.items()
    )
    good = CardReading(
        found=True,
        width=1280,
        height=900,
        side=which,
        card_width=1050,
        card_height=660,
        fields=fields,
        sharpness=1800,
        light=19000,
        colour=1400,
        moire=450,
    )
    return msgspec.structs.replace(good, **changed)


def judged(
    front: dict[str, str] | None = None,
    back: dict[str, str] | None = None,
    told: dict[str, str] | None = None,
    **changed: Any,
) -> CardJudgement:
    texts = {**FRONT, **(front or {})}
    if front is None or "number" not in front:
        texts["number"] = number("99010219900307002")
    return judge_card(
        reading("front", texts, **changed),
        reading("back", {**BACK, **(back or {})}),
        TODAY,
        LIMITS,
        told,
    )


def codes(found: CardJudgement) -> dict[str, str]:
    return {
        f.code.removeprefix("vision."): f.outcome for f in found.findings if f.outcome != "pass"
    }


def unsure(side: CardReading, name: str, **changed: Any) -> CardReading:
    fields = tuple(
        msgspec.structs.replace(f, **changed) if f.name == name else f for f in side.fields
    )
    return msgspec.structs.replace(side, fields=fields)


def why(found: CardJudgement, name: str) -> str:
    return next(f.why for f in found.fields if f.name == name)


def test_a_clear_reading_passes_in_every_field() -> None:
    found = judged()
    assert (found.outcome, codes(found)) == ("pass", {})
    assert {f.decision for f in found.fields} == {"passes"}
    assert found.text("name") == "欧阳思琳"
    assert "vision.card_specimen" in {f.code for f in found.findings}


@pytest.mark.parametrize(
    ("front", "back", "code", "outcome"),
    [
        ({"number": "990102199003070029"}, {}, "card_number_wrong", "human"),
        ({"number": number("00010219900307002")}, {}, "card_number_wrong", "human"),
        ({"birth": "19900308"}, {}, "card_birth_mismatch", "human"),
        ({"sex": "男"}, {}, "card_sex_mismatch", "human"),
        ({}, {"since": "20061124", "until": "20161124"}, "card_expired", "refuse"),
        ({}, {"since": "20261126", "until": "20461126"}, "card_not_yet", "refuse"),
        ({}, {"issuer": "望潮市公安局海棠分局"}, "card_issuer_mismatch", "human"),
        ({}, {"until": "长期"}, "card_sides_differ", "human"),
        ({}, {"since": "19890615", "until": "19990615"}, "card_sides_differ", "human"),
        (
            {"birth": "20081126", "number": number("99010220081126002")},
            {"since": "20250101", "until": "20350101"},
            "card_minor",
            "refuse",
        ),
    ],
)
def test_what_the_card_says_against_itself_is_named(
    front: dict[str, str], back: dict[str, str], code: str, outcome: str
) -> None:
    found = judged(front, back)
    assert codes(found).get(code) == outcome
    assert found.outcome in {outcome, "refuse"}


def test_the_day_itself_counts() -> None:
    """Valid on its last day; of age on the eighteenth birthday."""
    assert "card_expired" not in codes(judged({}, {"since": "20161125", "until": "20261125"}))
    of_age = {"birth": "20081125", "number": number("99010220081125002")}
    assert "card_minor" not in codes(judged(of_age, {"since": "20250101", "until": "20350101"}))


@pytest.mark.parametrize(
    ("changed", "code", "outcome"),
    [
        ({"cropped": 1}, "card_cropped", "again"),
        ({"card_width": 300}, "card_too_small", "again"),
        ({"sharpness": 200}, "card_blur", "again"),
        ({"light": 2000}, "card_dark", "again"),
        ({"colour": 20}, "card_copy", "again"),
        ({"moire": 9000}, "card_screen", "human"),
        ({"side": "back"}, "card_wrong_side", "again"),
        ({"found": False}, "card_not_found", "again"),
    ],
)
def test_what_is_wrong_with_a_picture_is_named(
    changed: dict[str, Any], code: str, outcome: str
) -> None:
    found = judged(**changed)
    assert codes(found) == {code: outcome}
    assert found.outcome == outcome


def test_glare_over_a_field_and_an_odd_digit_are_named() -> None:
    front, back = reading("front", FRONT), reading("back", BACK)
    shiny = judge_card(unsure(front, "name", glare=5000), back, TODAY, LIMITS)
    assert codes(shiny)["card_glare"] == "again"
    edited = judge_card(unsure(front, "number", odd=9000), back, TODAY, LIMITS)
    assert codes(edited)["card_edited"] == "human"


@pytest.mark.parametrize("name", ["name", "nation", "address", "issuer", "since"])
def test_two_readings_that_differ_are_asked_about(name: str) -> None:
    front = reading("front", {**FRONT, "number": number("99010219900307002")})
    back = reading("back", BACK)
    found = judge_card(
        unsure(front, name, again="另一"), unsure(back, name, again="另一"), TODAY, LIMITS
    )
    assert why(found, name) == "vision.field_unsure"
    assert found.outcome == "pass"


def test_what_the_number_proves_needs_no_second_reading() -> None:
    front = reading("front", {**FRONT, "number": number("99010219900307002")})
    found = judge_card(
        unsure(front, "birth", again="", confidence_again=5000),
        reading("back", BACK),
        TODAY,
        LIMITS,
    )
    assert {f.name for f in found.fields if f.decision == "passes"} == {*FRONT, *BACK}


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("name", "欧阳5琳", "vision.field_unlawful"),
        ("name", "·欧阳", "vision.field_unlawful"),
        ("name", "", "vision.field_not_read"),
        ("name", "王堃", "vision.field_rare"),
        ("nation", "维吾", "vision.field_unlawful"),
        ("sex", "文", "vision.field_unlawful"),
        ("birth", "19900230", "vision.field_unlawful"),
        ("address", "云渺", "vision.field_unlawful"),
    ],
)
def test_what_can_not_be_is_asked_about(name: str, text: str, reason: str) -> None:
    assert why(judged({name: text}), name) == reason


def test_names_with_a_middle_dot_pass() -> None:
    assert why(judged({"name": "阿依古丽·买买提"}), "name") == ""


def test_a_misread_number_is_asked_about_and_accuses_nobody() -> None:
    front = unsure(
        reading("front", {**FRONT, "number": "990102199003070029"}), "number", confidence=4000
    )
    found = judge_card(front, reading("back", BACK), TODAY, LIMITS)
    assert (why(found, "number"), codes(found)) == ("vision.field_unlawful", {})


def test_what_the_person_corrects_is_checked_and_what_they_turn_round_is_seen() -> None:
    front = unsure(reading("front", {**FRONT, "nation": "维吾"}), "nation", confidence=3000)
    found = judge_card(front, reading("back", BACK), TODAY, LIMITS, {"nation": "维吾尔"})
    assert {f.name: f.decision for f in found.fields}["nation"] == "told"
    lied = judged(told={"name": "王芳"})
    assert codes(lied) == {"card_told_otherwise": "human"}
    wrong = judged(told={"nation": "火星"})
    assert why(wrong, "nation") == "vision.field_unlawful"


def test_the_front_alone_is_judged_alone() -> None:
    front = reading("front", {**FRONT, "number": number("99010219900307002")})
    found = judge_card(front, None, TODAY, LIMITS)
    assert (found.outcome, {f.name for f in found.fields}) == ("pass", set(FRONT))


def test_places_of_an_issuer() -> None:
    assert places_of("岚桥市公安局澄江分局") == ("岚桥", "澄江")
    assert places_of("溪源县公安局") == ("溪源",)


@pytest.mark.parametrize(
    ("birth", "since", "until", "fits"),
    [
        ("20150101", "20200301", "20250301", True),
        ("20150101", "20200301", "20300301", False),
        ("20000101", "20200301", "20300301", True),
        ("20000101", "20200301", "20400301", False),
        ("19850101", "20200301", "20400301", True),
        ("19850101", "20200301", "20400302", False),
        ("19700101", "20200301", "长期", True),
        ("19700101", "20200301", "20400301", False),
        ("19850101", "20200301", "长期", False),
        ("20000601", "20160601", "20260601", True),  # applied for at 15 or at 16
        ("20000601", "20160601", "20210601", True),
        ("19850101", "20200229", "20400229", True),
        ("20000101", "20200229", "20300228", True),
        ("20210101", "20200301", "20250301", False),
        ("19850101", "20200301", "nonsense", False),
    ],
)
def test_terms_follow_the_age(birth: str, since: str, until: str, *, fits: bool) -> None:
    born, begins = as_date(birth), as_date(since)
    assert born
    assert begins
    assert fits_term(born, begins, until) is fits


@given(
    st.integers(110000, 659999),
    st.dates(date(1910, 1, 1), date(2026, 1, 1)),
    st.integers(0, 999),
    st.integers(0, 17),
    st.integers(1, 9),
)
def test_one_changed_digit_never_makes_a_number(
    region: int, birth: date, order: int, place: int, by: int
) -> None:
    """MOD 11-2 catches every single change, the last character's too."""
    whole = number(f"{region}{birth:%Y%m%d}{order:03d}")
    assert is_resident_number(whole)
    assert birth_of(whole) == f"{birth:%Y%m%d}"
    assert sex_of(whole) == ("男" if order % 2 else "女")
    old = whole[place]
    new = str((int(old) + by) % 10) if old != "X" else str(by)
    assert not is_resident_number(whole[:place] + new + whole[place + 1 :])


@given(st.text(max_size=24))
def test_any_text_is_a_number_or_not(text: str) -> None:
    assert is_resident_number(text) in {True, False}


@given(st.dictionaries(st.sampled_from([*FRONT, *BACK]), st.text(max_size=30)))
def test_any_reading_is_judged(texts: dict[str, str]) -> None:
    front = {name: texts.get(name, text) for name, text in FRONT.items()}
    back = {name: texts.get(name, text) for name, text in BACK.items()}
    found = judge_card(reading("front", front), reading("back", back), TODAY, LIMITS)
    assert found.outcome in {"pass", "human", "again", "refuse"}
    assert len(found.fields) == 9
