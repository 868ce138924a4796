"""What a browser hands in is checked before anything opens it."""

from __future__ import annotations

import json

import pytest

from yunquan.kernel.errors import Invalid
from yunquan.vision import read_clip, read_times

JPEG = b"\xff\xd8\xff\xe0picture"


def test_joined_pictures_come_apart_again() -> None:
    frames = read_clip(JPEG + JPEG[:-2], f"[{len(JPEG)}, {len(JPEG) - 2}]", "[30, 151]")
    assert [(f.index, f.at_ms, f.jpeg) for f in frames] == [(0, 30, JPEG), (1, 151, JPEG[:-2])]


@pytest.mark.parametrize(
    ("joined", "sizes", "times"),
    [
        (b"", "[]", "[]"),
        (JPEG, "[11]", "[]"),
        (JPEG, "[12]", "[1]"),
        (JPEG, "[-11]", "[1]"),
        (JPEG, "[11.0]", "[1]"),
        (JPEG, "[true]", "[1]"),
        (JPEG, '["11"]', "[1]"),
        (JPEG, "{}", "[1]"),
        (JPEG, "[11", "[1]"),
        (JPEG, "[" * 3000, "[1]"),
        (JPEG, "[11]", "[99999999]"),
        (JPEG, "[11]", "[-1]"),
        (b"GIF89a-----", "[11]", "[1]"),
        (JPEG, "[500000]", "[1]"),
        (JPEG * 300, json.dumps([11] * 300), json.dumps([1] * 300)),
    ],
)
def test_whatever_does_not_fit_is_refused(joined: bytes, sizes: str, times: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read_clip(joined, sizes, times)
    assert refusal.value.code == "vision.clip_malformed"


def test_a_clip_too_large_is_refused_by_its_own_name() -> None:
    with pytest.raises(Invalid) as refusal:
        read_clip(b"\xff" * 8_000_001, "[1]", "[1]")
    assert refusal.value.code == "vision.clip_too_large"


def test_times_of_colours_are_taken_or_left() -> None:
    assert read_times("[6900, 7400]") == (6900, 7400)
    assert read_times('["x"]') == read_times("") == read_times("[" * 99) == ()
