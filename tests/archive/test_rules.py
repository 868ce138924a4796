"""Words to find by, kinds by day, and what may go: tables of examples."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import yunquan.archive
from yunquan.archive.rules import kinds, words
from yunquan.archive.types import Document, DocumentId, KindRow, NewDocument

TABLE = Path(yunquan.archive.__file__).parent / "rules" / "tables" / "kinds.toml"
ROWS = kinds.rows_from(tomllib.loads(TABLE.read_text()))
PDF, PNG = b"%PDF-1.7", b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", set()),
        ("风", set()),
        ("风险揭示", {"风险", "险揭", "揭示"}),
        ("Risk Disclosure 2026", {"risk", "disclosure", "2026"}),
        ("ＩＣＢＣ　工商银行", {"icbc", "工商", "商银", "银行"}),
        ("姓名：林舟，编号880000000001。", {"姓名", "林舟", "编号", "880000000001"}),
        ("a-b_c", {"a", "b_c"}),
        ("x" * 100, {"x" * 40}),
    ],
)
def test_words_of(text: str, found: set[str]) -> None:
    assert words.words_of(text) == found


def test_a_word_is_a_number_by_the_key_alone() -> None:
    some = frozenset({"风险", "risk"})
    ours = words.numbers_of(b"a" * 32, some)
    assert ours == words.numbers_of(b"a" * 32, some)
    assert not ours & words.numbers_of(b"b" * 32, some)
    assert all(-(2**31) <= number < 2**31 for number in ours)


@pytest.mark.parametrize(
    ("text", "wanted", "holds"),
    [
        ("本人已阅读《风险揭示书》", "风险揭示", True),
        ("本人已阅读《风险揭示书》", "险风", False),
        ("ICBC Account", "icbc", True),
        ("工商银行 林舟", "林舟 工商", True),
        ("工商银行", "工商 农业", False),
    ],
)
def test_holds_text(text: str, wanted: str, holds: bool) -> None:
    assert words.holds_text(text, wanted) is holds


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("风险揭示书", "风险揭示书"),
        ("存管 6222000011112222333", "存管 622****33"),
        ("身份证 99010119900307001X 正面", "身份证 990****1X 正面"),
        ("2026-07-13", "2026-07-13"),
    ],
)
def test_a_title_is_shown_without_long_numbers(title: str, shown: str) -> None:
    assert words.masked_title(title) == shown


def new(**more: object) -> NewDocument:
    given: dict[str, object] = {
        "kind": "agreement",
        "owner": "app_1",
        "title": "t",
        "media_type": "application/pdf",
        "content": PDF,
        "day": "2026-07-13",
    }
    return NewDocument(**(given | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("document", "beginning", "code"),
    [
        (new(), PDF, None),
        (new(kind="id_card", media_type="image/png"), PNG, None),
        (new(kind="poem"), PDF, "archive.kind"),
        (new(day="2024-12-31"), PDF, "archive.kind"),
        (new(day="tomorrow"), PDF, "archive.day"),
        (new(media_type="image/png"), PNG, "archive.media_type"),
        (new(kind="id_card", media_type="image/png"), b"<html>", "archive.media_type"),
        (new(), b"MZ", "archive.media_type"),
        (new(title=" "), PDF, "archive.title"),
        (new(title="x" * 121), PDF, "archive.title"),
        (new(owner=""), PDF, "archive.owner"),
    ],
)
def test_what_may_be_kept(document: NewDocument, beginning: bytes, code: str | None) -> None:
    refused = kinds.check_new(ROWS, document, beginning)
    assert (refused.code if refused else None) == code


SHORT = KindRow("agreement", 5, ("application/pdf",), "2020-01-01", "2025-01-01", "x", "F")


@pytest.mark.parametrize(
    ("day", "ended", "until"),
    [
        ("2026-07-13", "", ""),
        ("2026-07-13", "2026-12-31", "2046-12-31"),
        ("2028-02-29", "2028-02-29", "2048-02-29"),
        ("2027-02-28", "2027-02-28", "2047-02-28"),
        # A relationship that ended before the document came: from the document on.
        ("2026-07-13", "2026-01-01", "2046-07-13"),
        # Kept under a shorter rule, and the longer one came while it was here.
        ("2021-03-01", "2026-12-31", "2046-12-31"),
    ],
)
def test_retain_until(day: str, ended: str, until: str) -> None:
    assert kinds.retain_until((SHORT, *ROWS), "agreement", day, ended) == until


def test_a_leap_day_ends_on_the_first_of_march() -> None:
    odd = KindRow("agreement", 21, ("application/pdf",), "2020-01-01", "", "x", "F")
    assert kinds.retain_until([odd], "agreement", "2028-02-29", "2028-02-29") == "2049-03-01"


def document(destroyed_at_ms: int = 0) -> Document:
    return Document(
        *(DocumentId("doc_1"), 1, "agreement", "app_1", "application/pdf", 9, "a", "d"),
        *("2026-07-13", "", 0, destroyed_at_ms, b"", b"", b""),
    )


@pytest.mark.parametrize(
    ("one", "until", "day", "holds", "code"),
    [
        (document(), "2046-07-13", "2046-07-13", 0, None),
        (document(), "2046-07-13", "2046-07-12", 0, "archive.retained"),
        (document(), "", "2099-01-01", 0, "archive.relationship_lasts"),
        (document(), "2046-07-13", "2050-01-01", 1, "archive.held"),
        (document(destroyed_at_ms=1), "2046-07-13", "2050-01-01", 0, "archive.destroyed"),
    ],
)
def test_what_may_go(one: Document, until: str, day: str, holds: int, code: str | None) -> None:
    refused = kinds.check_destroying(one, until, day, holds)
    assert (refused.code if refused else None) == code


@pytest.mark.parametrize("change", [{"certainty": "?"}, {"years": 0}, {"media": ["text/html"]}])
def test_a_table_that_makes_no_sense_is_refused(change: dict[str, object]) -> None:
    row = {
        "kind": "a",
        "years": 20,
        "media": ["application/pdf"],
        "effective_from": "2025-01-01",
        "source": "x",
        "certainty": "V",
    }
    with pytest.raises(ValueError, match="kind a"):
        kinds.rows_from({"row": [row | change]})
    with pytest.raises(ValueError, match="two rows"):
        kinds.rows_from({"row": [row, row]})
