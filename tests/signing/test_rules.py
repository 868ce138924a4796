"""Texts by day, blanks, what must have been shown: tables of examples."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from tests.signing.office import ALL, DAY, FACTS, SIGNER
from yunquan.kernel.errors import Refused
from yunquan.signing.rules import papers, shown, texts
from yunquan.signing.service.signing import agreement_texts
from yunquan.signing.types import AgreementText, Shown, ShownAgreement

TEXTS = agreement_texts()
BLANK = re.compile(r"\{([a-z_]+)\}")
NOW = 1_800_000_000_000


def test_there_are_nine_agreements() -> None:
    assert tuple(one.code for one in texts.in_force(TEXTS, DAY)) == ALL


@pytest.mark.parametrize("text", TEXTS, ids=lambda one: one.code)
def test_every_blank_has_its_fact_in_both_languages(text: AgreementText) -> None:
    for article in text.articles:
        for zh, en in zip(article.paragraphs_zh, article.paragraphs_en, strict=True):
            assert set(BLANK.findall(zh)) == set(BLANK.findall(en))
            assert set(BLANK.findall(zh)) <= {*text.facts, "firm"}
            assert re.search(r"[\u4e00-\u9fff]", zh)
            assert not re.search(r"[\u4e00-\u9fff]", en)
    assert {"name", "id_masked"} <= set(text.facts)
    assert "read" in text.ticks


def text(code: str = "risk", version: int = 1, begin: str = "2026-01-01", end: str = "") -> Any:
    found = next(one for one in TEXTS if one.code == code)
    return replace(found, version=version, effective_from=begin, effective_to=end)


@pytest.mark.parametrize(
    ("day", "version"),
    [
        ("2025-12-31", None),
        ("2026-01-01", 1),
        ("2026-06-30", 1),
        ("2026-07-01", 2),
        ("2099-01-01", 2),
    ],
)
def test_the_version_is_that_of_the_day(day: str, version: int | None) -> None:
    both = [text(version=2, begin="2026-07-01"), text()]
    found = texts.in_force(both, day)
    assert [one.version for one in found] == ([version] if version else [])


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        ([], "signing.nothing"),
        (["poem"], "signing.agreement_unknown"),
        (["risk", "risk"], "signing.twice"),
        (["risk"], None),
    ],
)
def test_what_can_be_picked(codes: list[str], code: str | None) -> None:
    found = texts.pick(TEXTS, codes, DAY)
    assert (found.code if isinstance(found, Refused) else None) == code


def test_they_come_in_the_order_people_sign_them() -> None:
    found = texts.pick(TEXTS, ["custody", "privacy"], DAY)
    assert not isinstance(found, Refused)
    assert [one.code for one in found] == ["privacy", "custody"]


def test_a_paragraph_needs_its_copy() -> None:
    table: dict[str, Any] = {
        "code": "x",
        "article": [
            {
                "heading_zh": "一",
                "heading_en": "1",
                "paragraphs_zh": ["a", "b"],
                "paragraphs_en": ["a"],
            }
        ],
    }
    with pytest.raises(ValueError, match="without their copy"):
        texts.text_from(table)


def facts(**more: str) -> dict[str, str]:
    return papers.facts_of(replace(SIGNER, facts={**FACTS, **more}), "云泉证券")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({}, None),
        ({"bank": ""}, "signing.fact_missing"),
        ({"bank": " "}, "signing.fact_missing"),
        ({"bank": "x" * 121}, "signing.fact_malformed"),
        ({"bank": "a\nb"}, "signing.fact_malformed"),
        ({"bank": "#import(x)"}, None),
    ],
)
def test_facts(more: dict[str, str], code: str | None) -> None:
    refused = papers.check_facts(text("custody"), facts(**more))
    assert (refused.code if refused else None) == code


def test_what_fills_a_blank_is_no_blank() -> None:
    assert papers.filled("{name} and {bank}", {"name": "{bank}", "bank": "B"}) == "{bank} and B"


def test_nobody_fills_in_another_name() -> None:
    assert facts(name="别人", day="2020-01-01")["name"] == SIGNER.name


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("DD9R-G62V-5YC3-1GQ2", "DD9RG62V5YC31GQ2"),
        (" dd9r g62v 5yc3 igq2 ", "DD9RG62V5YC31GQ2"),
        ("DD9RG62V5YC3OGQ2", "DD9RG62V5YC30GQ2"),
        ("DD9R", ""),
        ("", ""),
        ("DD9R-G62V-5YC3-1GQU", ""),
        ("DD9R-G62V-5YC3-1GQ2-7", ""),
    ],
)
def test_a_code_as_people_type_it(typed: str, code: str) -> None:
    assert papers.read_code(typed) == code


def test_a_code_is_spelled_in_groups() -> None:
    assert papers.spelled("DD9RG62V5YC31GQ2") == "DD9R-G62V-5YC3-1GQ2"


def seen(**more: Any) -> ShownAgreement:
    given: dict[str, Any] = {
        "code": "risk",
        "version": 1,
        "digest": "d",
        "shown_at_ms": NOW - 60_000,
        "read_s": 40,
        "scrolled_to_end": True,
        "ticked": ("read", "bear_loss"),
    }
    return ShownAgreement(**(given | more))


@pytest.mark.parametrize(
    ("paper", "code"),
    [
        (seen(), None),
        (seen(digest="e"), "signing.not_what_was_shown"),
        (seen(version=2), "signing.not_what_was_shown"),
        (seen(scrolled_to_end=False), "signing.not_read"),
        (seen(read_s=3), "signing.not_read"),
        (seen(ticked=("read",)), "signing.not_ticked"),
        (seen(code="poem"), "signing.not_shown"),
        (seen(shown_at_ms=NOW - 25 * 3600 * 1000), "signing.shown_too_long_ago"),
        (seen(shown_at_ms=NOW + 1), "signing.shown_too_long_ago"),
    ],
)
def test_what_was_shown(paper: ShownAgreement, code: str | None) -> None:
    given = Shown((paper,), "d", "a", "s", "otp_1", NOW)
    refused = shown.check_shown([text()], given, {"risk": "d"}, NOW)
    assert (refused.code if refused else None) == code


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (Shown((), "d", "a", "s", "otp_1", NOW), "signing.not_shown"),
        (Shown((seen(), seen()), "d", "a", "s", "otp_1", NOW), "signing.not_shown"),
        (Shown((seen(),), "d", "a", "s", "", NOW), "signing.not_confirmed"),
        (Shown((seen(),), "d" * 201, "a", "s", "otp_1", NOW), "signing.not_confirmed"),
        (Shown((seen(),), "d", "a", "s", "otp_1", 0), "signing.shown_too_long_ago"),
    ],
)
def test_how_it_was_confirmed(given: Shown, code: str) -> None:
    refused = shown.check_shown([text()], given, {"risk": "d"}, NOW)
    assert refused
    assert refused.code == code
