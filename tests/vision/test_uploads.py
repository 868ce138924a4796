"""What a browser hands in is checked before anything opens it."""

from __future__ import annotations

import json

import pytest

from yunquan.kernel.errors import Invalid
from yunquan.vision import read_clip, read_source

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


def test_what_a_browser_says_of_its_camera() -> None:
    told = {"nonce": "n" * 300, "camera": "front", "width": "480", "height": "x", "mobile": "1"}
    source = read_source(told | {"shown": "[6900, null]"})
    assert (len(source.nonce), source.camera, source.mobile) == (200, "front", True)
    assert (source.width, source.height, source.shown_ms) == (480, 0, (6900, -1))
    assert read_source({"width": "1234567"}) == read_source({})
    for shown in ('["x"]', "[-1]", "[" * 99):
        with pytest.raises(Invalid, match=r"vision\.clip_malformed"):
            read_source({"shown": shown})
