"""Good papers have no finding, and every way they are spoiled is found where it is."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.papers.sentences import LAWFUL, PROMISES
from tests.papers.sets import DAY, SPOILINGS, OpeningPaper, OpeningPapers, Spoiling, good
from yunquan.app.locale import catalogue
from yunquan.papers import Papers
from yunquan.papers.rules.checks import MOST_OF_A_CHECK
from yunquan.papers.rules.checks.classes import class_in
from yunquan.papers.rules.folding import fold, fold_word, masked, same
from yunquan.papers.rules.rows import parse_paper_rows

OFFICE = Papers(catalogue())
SEEDS = range(40)


@pytest.mark.parametrize("seed", SEEDS)
def test_good_papers_have_no_error(seed: int) -> None:
    opening = good(seed)
    found = OFFICE.look(opening)
    assert [one for one in found if one.severity == "error"] == []
    # Whoever insists is looked at by a person.
    assert [one.code for one in found] == ["papers.insisted"] * len(opening.confirmed)


@pytest.mark.parametrize("name", SPOILINGS)
def test_every_spoiling_is_found(name: str) -> None:
    spoiling = SPOILINGS[name]
    for seed in SEEDS:
        spoiled = spoiling.spoil(good(seed), random.Random(seed))
        found = [
            one
            for one in OFFICE.look(spoiled)
            if (one.code, one.document) == (spoiling.code, spoiling.document)
        ]
        assert found, f"{name}, seed {seed}"
        if spoiling.placed:
            check_place(spoiled, found[0])


def check_place(opening: OpeningPapers, found: Any) -> None:
    """The place is within the page, and its line is that place's."""
    paper = next(one for one in opening.papers if one.code == found.document)
    place = found.place
    page = paper.pages[place.page - 1]
    assert 0 <= place.start <= place.end <= len(page)
    assert page[: place.start].count("\n") + 1 == place.line
    if "word" in found.facts:
        assert page[place.start : place.end].startswith(found.facts["word"])


@pytest.mark.parametrize("name", SPOILINGS)
def test_what_is_not_spoiled_stays_clean(name: str) -> None:
    """One spoiling leads to findings of that document, or of one whose order it breaks."""
    spoiling = SPOILINGS[name]
    opening = good(3)
    found = OFFICE.look(spoiling.spoil(opening, random.Random(3)))
    touched = {spoiling.document, "risk", "privacy", ""}
    assert {one.document for one in found} <= touched | {"suitability", "mismatch"}


def text_with(sentence: str, locale: str = "zh_CN") -> list[str]:
    paper = OpeningPaper("other", "1", locale, (sentence,), "app_1", 1)
    opening = OpeningPapers("app_1", DAY, (paper,), {"other": "1"}, {"risk_class": "C3"})
    return [one.facts["word"] for one in OFFICE.look(opening) if one.code == "papers.forbidden"]


@pytest.mark.parametrize(
    "sentence",
    [
        "本公司不保证收益。",
        "本公司不承诺保本保收益，也不承诺刚性兑付。",
        "任何人不得以任何方式，向您承诺收益或者补偿亏损。",
        "禁止代客理财、全权委托。",
        "国债并非无风险。",
        "本产品不保本。",
        "上市时可能存在累计未弥补亏损。",
        "没有风险承受能力的投资者只能购买 R1 产品。",
        "无风险利率按国债收益率计算。",
        "请确保本人操作。",
        "由担保公司承担连带责任。",
        "本公司无权承诺收益。",
        "过往业绩不代表未来表现，不构成保证收益。",
        "We do not guarantee a return.",
        "Nobody may promise profit or cover a loss.",
        "This isn\u2019t a guaranteed return.",
        "No product is risk-free.",
        "The firm promises neither profit, nor to make good a loss.",
        "The risk-free rate is that of treasuries.",
    ],
)
def test_lawful_sentences_stand(sentence: str) -> None:
    assert text_with(sentence) == []


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("本公司不收费，保证收益。", "保证收益"),
        ("您不会失望：保本保收益。", "保本保收益"),
        ("不承诺高收益。本产品保本。", "保本"),
        ("绝不会不保本。", "保本"),
        ("We do not charge. Your capital is guaranteed.", "capital is guaranteed"),
        ("We never lie, this is risk-free.", "risk-free"),
        ("Now guaranteed return for all.", "guaranteed return"),
        ("保 本 保\n收 益", "保 本 保\n收 益"),
        ("保*本*保*收*益", "保*本*保*收*益"),
        ("稳\u200b赚", "稳\u200b赚"),
        ("ＲＩＳＫ－ＦＲＥＥ", "ＲＩＳＫ－ＦＲＥＥ"),
    ],
)
def test_promises_are_found_however_they_are_written(sentence: str, word: str) -> None:
    assert text_with(sentence) == [word]


@pytest.mark.parametrize("sentence", PROMISES)
def test_promises_in_other_words(sentence: str) -> None:
    assert text_with(sentence)


@pytest.mark.parametrize("sentence", LAWFUL)
def test_lawful_sentences_that_sound_alike(sentence: str) -> None:
    assert text_with(sentence) == []


@given(st.text(max_size=80), st.sampled_from(" \u200b·*-_~\u3000\n、"), st.text(max_size=40))
def test_a_promise_split_by_marks_is_found_in_any_text(before: str, mark: str, after: str) -> None:
    """Whatever stands around its sentence."""
    sentence = f"{before}。{mark.join('包赚')}。{after}"
    assert any(fold_word(word) == "包赚" for word in text_with(sentence))


@given(st.text(max_size=200))
def test_folding_keeps_the_way_back(page: str) -> None:
    folded = fold(page)
    assert len(folded.text) == len(folded.places)
    assert list(folded.places) == sorted(folded.places)
    for at in range(len(folded.text)):
        start, end = folded.span(at, at + 1)
        assert folded.text[at] in fold_word(page[start:end])


@given(st.text(max_size=300))
def test_no_text_breaks_a_check(text: str) -> None:
    opening = good(1)
    papers = (replace(opening.papers[0], pages=(text, "")), *opening.papers[1:])
    found = OFFICE.look(replace(opening, papers=papers))
    assert all(one.code.startswith("papers.") for one in found)


@pytest.mark.parametrize(
    ("said", "true", "agrees"),
    [
        ("林晓舟", "林晓舟", True),
        ("林 晓 舟", "林晓舟", True),
        ("林*舟", "林晓舟", True),
        ("林**", "林晓舟", True),
        ("***", "林晓舟", False),
        ("林*", "林晓舟", False),
        ("陈*舟", "林晓舟", False),
        ("990************32", "990105199003071232", False),
        ("990*************32", "990105199003071232", True),
        ("990***********1232", "990105199003071232", True),
        ("６２２２ 0000", "62220000", True),
        ("lin xiaozhou", "Lin Xiaozhou", True),
        ("99010519900307123x", "99010519900307123X", True),
    ],
)
def test_masked_and_spaced_values(said: str, true: str, agrees: bool) -> None:
    assert same(said, true) is agrees


@pytest.mark.parametrize(
    ("text", "class_"),
    [
        ("C4（积极型）", "C4"),
        ("C 3", "C3"),
        ("C1（最低类别）", "C1-lowest"),
        ("C1 lowest category", "C1-lowest"),
        ("C1", "C1"),
        ("C3 或 C4", ""),
        ("稳健型", ""),
        ("最低类别 C3", ""),
    ],
)
def test_classes_as_documents_say_them(text: str, class_: str) -> None:
    assert class_in(text) == class_


def test_findings_carry_nobody_s_data() -> None:
    for seed in SEEDS:
        opening = good(seed)
        secrets = {
            value
            for field, value in opening.truth.items()
            if field in ("id_number", "mobile", "bank_account", "name", "address")
        }
        for spoiling in SPOILINGS.values():
            for one in OFFICE.look(spoiling.spoil(opening, random.Random(seed))):
                assert not secrets & set(one.facts.values()), one


def test_masking_always_hides_something() -> None:
    for value in ("", "林", "林舟", "林晓舟", "1234567", "12345678", "990105199003071232"):
        hidden = masked(value)
        assert len(hidden) == len(value)
        assert len(value) < 2 or "*" in hidden


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"certainty": "sure"}, "certainty"),
        ({"source": ""}, "source"),
        ({"effective_from": "2026-02-30"}, "day"),
        ({"effective_to": "2020-01-01"}, "before it begins"),
    ],
)
def test_a_row_without_its_marks_is_refused(change: dict[str, str], said: str) -> None:
    row = {
        "before": "privacy",
        "after": "risk",
        "effective_from": "2026-01-01",
        "source": "a test",
        "certainty": "F",
    } | change
    lines = [f'{name} = "{value}"' for name, value in row.items()]
    rest = "".join(
        f"{name} = []\n"
        for name in ("paper", "phrase", "forbidden", "denial", "twice", "voided", "label")
    )
    with pytest.raises(ValueError, match=said):
        parse_paper_rows(rest + "[[order]]\n" + "\n".join(lines))


def test_the_rows_hold_on_the_day() -> None:
    """Before the Securities Law of 2020 the sentence against lending wasn't asked for."""
    opening = good(2)
    spoiling: Spoiling = SPOILINGS["lending allowed"]
    spoiled = spoiling.spoil(opening, random.Random(2))
    before = replace(spoiled, day="2020-02-28", products=())
    assert any(one.code == "papers.phrase_missing" for one in OFFICE.look(spoiled))
    assert not any(one.code == "papers.phrase_missing" for one in OFFICE.look(before))


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_every_finding_is_a_whole_sentence(locale: str) -> None:
    for name, spoiling in SPOILINGS.items():
        for one in OFFICE.look(spoiling.spoil(good(3), random.Random(3))):
            told = OFFICE.sentence(one, locale)
            assert "papers." not in told, name
            assert "suitability." not in told, name
            assert "{" not in told or one.code == "papers.blank", name


def test_a_hostile_page_is_read_in_one_go() -> None:
    """Half a million letters of promises: a hundred are told, the rest needn't be looked at."""
    page = "保证收益。" * 50_000 + "保证收益，" * 50_000
    paper = OpeningPaper("other", "1", "zh_CN", (page,), "app_1", 1)
    opening = OpeningPapers("app_1", DAY, (paper,), {"other": "1"}, {"risk_class": "C3"})
    found = [one for one in OFFICE.look(opening) if one.code == "papers.forbidden"]
    assert len(found) == MOST_OF_A_CHECK
