"""Cards printed, photographed, read and judged: clean ones pass, each spoiling has its name."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from datetime import date
from typing import Final

import pytest

from tests.vision.card_desk import DAY, CardDesk
from tests.vision.limits import LIMITS
from tests.vision.stage import PYTHON
from yunquan.kernel.errors import Invalid
from yunquan.vision import PoolVision
from yunquan.vision.rules.cards import BACK_FIELDS, FRONT_FIELDS, judge_card
from yunquan.vision.types import CardJudgement

TODAY: Final = date.fromisoformat(DAY)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CardDesk]:
    made = CardDesk(tmp_path_factory.mktemp("cards"))
    yield made
    made.close()


def codes(judged: CardJudgement) -> set[str]:
    return {f.code.removeprefix("vision.") for f in judged.findings if f.outcome != "pass"}


@pytest.mark.parametrize("template", range(10))
def test_a_clean_card_of_each_template_is_read_and_passes(desk: CardDesk, template: int) -> None:
    front = desk.see("front", 100 + template, template)
    back = desk.see("back", 100 + template, template)
    judged = judge_card(front.reading, back.reading, TODAY, LIMITS)
    assert {f.name: f.text for f in judged.fields} == front.person
    assert (judged.outcome, codes(judged)) == ("pass", set())
    passed = {f.name for f in judged.fields if f.decision == "passes"}
    assert {"number", "birth", "sex", "since", "until"} <= passed <= {*FRONT_FIELDS, *BACK_FIELDS}
    assert front.reading.portrait.startswith(b"\xff\xd8\xff")


def test_a_heavily_damaged_card_is_read_and_what_passes_is_right(desk: CardDesk) -> None:
    for seed in (300, 301, 302):
        front = desk.see("front", seed, seed % 10, 4)
        back = desk.see("back", seed, seed % 10, 4)
        judged = judge_card(front.reading, back.reading, TODAY, LIMITS)
        passed = {f.name: f.text for f in judged.fields if f.decision == "passes"}
        assert passed == {name: front.person[name] for name in passed}
        assert {"number", "birth", "sex"} <= set(passed)


@pytest.mark.parametrize(
    ("spoiling", "code", "outcome"),
    [
        ("glare", "card_glare", "again"),
        ("blur", "card_blur", "again"),
        ("crop", "card_cropped", "again"),
        ("copy", "card_copy", "again"),
        ("screen", "card_screen", "human"),
        ("dark", "card_dark", "again"),
        ("small", "card_too_small", "again"),
        ("empty", "card_not_found", "again"),
    ],
)
def test_each_spoiling_of_the_picture_is_named(
    desk: CardDesk, spoiling: str, code: str, outcome: str
) -> None:
    front = desk.see("front", 400, 2, 1, spoiling=spoiling)
    judged = judge_card(front.reading, desk.see("back", 400, 2, 1).reading, TODAY, LIMITS)
    assert code in codes(judged)
    assert judged.outcome == outcome


def test_a_card_upside_down_is_read(desk: CardDesk) -> None:
    seen = desk.see("front", 401, 5, 1, spoiling="upside_down")
    assert {f.name: f.text for f in seen.reading.fields}["number"] == seen.person["number"]


def test_a_card_that_fills_the_picture_is_read_and_its_edges_are_missed(desk: CardDesk) -> None:
    seen = desk.see("front", 402, 1, flat=True)
    assert {f.name: f.text for f in seen.reading.fields}["number"] == seen.person["number"]
    judged = judge_card(seen.reading, None, TODAY, LIMITS)
    assert codes(judged) == {"card_cropped"}


def test_a_picture_of_a_full_camera_is_read(desk: CardDesk) -> None:
    seen = desk.see("front", 402, 6, 1, large=True)
    assert {f.name: f.text for f in seen.reading.fields} == {
        name: seen.person[name] for name in FRONT_FIELDS
    }
    (left, _), (right, _) = seen.reading.corners[:2]
    assert right - left > 2500


def test_the_vision_process_reads_the_same_behind_its_walls(desk: CardDesk) -> None:
    pool = PoolVision(PYTHON)
    try:
        for side in ("front", "back"):
            content = desk.picture(side, 409)
            assert pool.read_card(content, side) == desk.read(content, side)
        with pytest.raises(Invalid) as refused:
            pool.read_card(b"no picture", "front")
    finally:
        pool.stop()
    assert refused.value.code == "vision.not_an_image"


def test_the_other_side_is_named(desk: CardDesk) -> None:
    back = desk.see("back", 403, 0, 1).reading
    assert codes(judge_card(back, back, TODAY, LIMITS)) == {"card_wrong_side"}


def test_a_digit_written_anew_is_seen_by_its_print_and_by_the_check_digit(desk: CardDesk) -> None:
    """The eighth digit is a year's, so that the birth date gives it away too."""
    seen = desk.see("front", 404, 0, 0)
    digit = str((int(seen.person["number"][7]) + 1) % 10)
    edited = desk.see("front", 404, 0, 0, edit=[7, digit]).reading
    found = codes(judge_card(edited, desk.see("back", 404, 0, 0).reading, TODAY, LIMITS))
    assert {"card_edited", "card_number_wrong"} <= found


def test_sides_of_different_people_are_told_apart_by_place_or_age(desk: CardDesk) -> None:
    front = desk.see("front", 405, 0, 1)
    back = desk.see("back", 407, 0, 1)
    assert front.person["issuer"] != back.person["issuer"]
    judged = judge_card(front.reading, back.reading, TODAY, LIMITS)
    assert {"card_issuer_mismatch", "card_sides_differ"} & codes(judged)
    assert judged.outcome == "human"


@pytest.mark.parametrize(
    ("order", "code"),
    [({"expired": True}, "card_expired"), ({"minor": True}, "card_minor")],
)
def test_an_expired_card_and_a_minor_are_refused(
    desk: CardDesk, order: dict[str, bool], code: str
) -> None:
    front, back = (desk.see(side, 407, 3, 1, **order).reading for side in ("front", "back"))
    judged = judge_card(front, back, TODAY, LIMITS)
    assert code in codes(judged)
    assert judged.outcome == "refuse"


def test_names_of_many_characters_and_a_long_address_are_read(desk: CardDesk) -> None:
    facts = {
        "name": "阿依古丽·买买提",
        "nation": "维吾尔",
        "address": "云渺省岚桥市澄江区人民路388号阳光花园30栋4单元1899室",
    }
    seen = desk.see("front", 408, 0, 1, facts=facts).reading
    texts = {f.name: f.text for f in seen.fields}
    assert {name: texts[name] for name in facts} == facts


# --- files that lie, and pictures that are no card ------------------------------------------------


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "vision.not_an_image"),
        (b"\xff\xd8\xff\xe0 no picture", "vision.not_an_image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "vision.not_an_image"),
        (b"\x00" * 12_000_001, "vision.too_large"),
    ],
)
def test_what_is_no_picture_is_refused(desk: CardDesk, content: bytes, code: str) -> None:
    assert desk.refusal(content) == code


@pytest.mark.parametrize("size", [(64, 64), (64, 4000), (4000, 64), (900, 600)])
def test_what_is_no_card_is_not_found(desk: CardDesk, size: tuple[int, int]) -> None:
    for grain in (0, 97):
        judged = judge_card(desk.read(png(*size, grain=grain)), None, TODAY, LIMITS)
        assert judged.outcome == "again"
        assert not any(field.text for field in judged.fields)


def png(width: int, height: int, *, grain: int) -> bytes:
    """Grey, or with a pattern that is not quite regular."""
    rows = b"".join(
        b"\x00" + bytes((90 + grain * x * (y + 3) // 7) % 256 for x in range(width))
        for y in range(height)
    )

    def part(kind: bytes, content: bytes) -> bytes:
        whole = kind + content
        return struct.pack(">I", len(content)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    ends = part(b"IHDR", head) + part(b"IDAT", zlib.compress(rows, 1)) + part(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + ends
