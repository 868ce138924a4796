"""Single pictures through the worker's own eyes: people, masks, several, none, and bad light."""

from __future__ import annotations

import itertools
import random
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.vision.limits import LIMITS
from tools.photos import FOLDER, PEOPLE
from yunquan.vision.rules.faces import distance, judge_quality, pack_embedding

if TYPE_CHECKING:
    from tests.vision.stage import Studio

CLEAR = ("cage.jpg", "bieber_small.jpg", "SeanConnery.jpg", "franck_02159.jpg", "obama.jpg")


def codes(studio: Studio, picture: Path, purpose: str = "selfie") -> set[str]:
    return {f.code for f in judge_quality(studio.look(picture), purpose, LIMITS).findings}


def test_clear_photographs_are_good(studio: Studio) -> None:
    found = {photo: codes(studio, FOLDER / photo) for photo in CLEAR}
    assert not any(found.values()), found


@pytest.mark.parametrize(
    ("photo", "code"),
    [
        ("terminator_crop.jpg", "face.eyes_covered"),
        ("skullmask.jpg", "face.covered"),
        ("vendetta.jpg", "face.covered"),
    ],
)
def test_glasses_and_masks_are_named(studio: Studio, photo: str, code: str) -> None:
    assert code in codes(studio, FOLDER / photo)


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        ("blur", "face.blurred"),
        ("dark", "face.too_dark"),
        ("small", "face.too_small"),
        ("twice", "face.several"),
        ("cloth", "face.covered"),
        ("tilted", "face.turned"),
        ("none", "face.none"),
    ],
)
def test_each_harm_is_named(studio: Studio, harm: str, code: str) -> None:
    assert code in codes(studio, studio.harmed("bieber_small.jpg", harm))


def test_one_person_is_nearer_than_any_two(studio: Studio) -> None:
    """Photographs of one person taken at other times; of all others one each."""
    faces = {
        photo: pack_embedding(studio.look(FOLDER / photo).embedding)
        for person, photos in PEOPLE.items()
        if person not in {"p14", "p15", "p16"}
        for photo in photos
    }
    of = {photo: person for person, photos in PEOPLE.items() for photo in photos}
    same, other = list[int](), list[int]()
    for one, two in itertools.combinations(faces, 2):
        (same if of[one] == of[two] else other).append(distance(faces[one], faces[two]))
    assert len(same) == 9
    assert len(other) > 130
    assert max(same) < LIMITS.number("face_human") < min(other)


# --- files that lie -------------------------------------------------------------------------------


def png(width: int, height: int, body: bytes = b"") -> bytes:
    """A PNG that says it has this size, and holds `body`."""

    def chunk(name: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + check

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", body), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


LIES = {
    "nothing": (b"", "vision.not_an_image"),
    "text": (b"<svg xmlns='http://www.w3.org/2000/svg'/>" * 20, "vision.not_an_image"),
    "another kind": (b"GIF89a\x80\x02\x80\x02\x00\x00\x00;" + b"0" * 99, "vision.not_an_image"),
    "a program": (b"MZ" + b"\x00" * 4000, "vision.not_an_image"),
    "half a JPEG": (
        b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01" + b"\x00" * 300,
        "vision.not_an_image",
    ),
    "a bomb": (png(60_000, 60_000, zlib.compress(b"\x00" * 10**6)), "vision.too_large"),
    "a long strip": (png(9000, 70), "vision.too_large"),
    "a dot": (png(20, 20), "vision.too_small"),
    "a PNG without its pixels": (png(500, 500), "vision.not_an_image"),
    "heavy": (b"\xff\xd8\xff\xe0" + b"\x00" * 12_000_001, "vision.too_large"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_file_that_lies_is_refused_with_a_reason(studio: Studio, lie: str) -> None:
    content, code = LIES[lie]
    assert studio.refused_picture(content) == code


def test_cut_and_flipped_pictures_are_refused_or_read_and_never_kill(studio: Studio) -> None:
    whole = studio.still("obama.jpg")
    draw = random.Random(5)
    for number in range(30):
        harmed = bytearray(whole[: draw.randrange(200, len(whole))] if number % 2 else whole)
        for _ in range(draw.randrange(1, 40)):
            harmed[draw.randrange(2, len(harmed))] = draw.randrange(256)
        path = studio.kept(bytes(harmed))
        told = studio.ask("look", photo=str(path))
        assert told.get("refused", "vision.not_an_image").startswith("vision.")
    assert studio.look(FOLDER / "obama.jpg").faces == 1
