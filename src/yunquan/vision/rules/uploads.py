"""A clip as a browser hands it in: JPEGs joined, their sizes and times beside; and its limits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from yunquan.kernel.errors import Invalid
from yunquan.vision.types import ClipFrame, ClipSource

MOST_FRAMES: Final = 240
MOST_BYTES: Final = 8_000_000
LARGEST_FRAME: Final = 400_000
LATEST_MS: Final = 60_000
LONGEST_LABEL: Final = 200
LONGEST_SIZE: Final = 5
NEVER: Final = -1
_JPEG: Final = b"\xff\xd8\xff"


def read_clip(joined: bytes, sizes: str, times: str) -> tuple[ClipFrame, ...]:
    """sizes, times: JSON lists of integers, bytes and milliseconds. Raises Invalid.

    Nothing is decoded here; what is no picture inside shows in the worker.
    """
    if len(joined) > MOST_BYTES:
        raise Invalid("vision.clip_too_large", most=MOST_BYTES)
    lengths, moments = _numbers(sizes, LARGEST_FRAME), _numbers(times, LATEST_MS)
    if len(lengths) != len(moments) or not 0 < len(lengths) <= MOST_FRAMES:
        raise Invalid("vision.clip_malformed")
    if sum(lengths) != len(joined):
        raise Invalid("vision.clip_malformed")
    frames, at = list[ClipFrame](), 0
    for index, (length, at_ms) in enumerate(zip(lengths, moments, strict=True)):
        jpeg = joined[at : at + length]
        if not jpeg.startswith(_JPEG):
            raise Invalid("vision.clip_malformed")
        frames.append(ClipFrame(index, at_ms, jpeg))
        at += length
    return tuple(frames)


def read_source(told: Mapping[str, str]) -> ClipSource:
    """What a browser says of its camera and screen, by the names of CLIP_TEXTS. A flash that never
    was on the screen is null there and NEVER here. Raises Invalid.
    """
    return ClipSource(
        nonce=told.get("nonce", "")[:LONGEST_LABEL],
        camera=told.get("camera", "")[:LONGEST_LABEL],
        width=_size(told.get("width", "")),
        height=_size(told.get("height", "")),
        mobile=told.get("mobile", "") == "1",
        shown_ms=_numbers(told.get("shown", "[]") or "[]", LATEST_MS, never=NEVER),
    )


def _size(text: str) -> int:
    """Pixels; 0 for what is no number a camera could have."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_SIZE else 0


def _numbers(text: str, most: int, never: int | None = None) -> tuple[int, ...]:
    """A JSON list of integers 0 to `most`. never: what stands for null, None where it may not be
    there.
    """
    if len(text) > 16 * MOST_FRAMES:
        raise Invalid("vision.clip_malformed")
    try:
        told: object = json.loads(text)
    except (ValueError, RecursionError):
        raise Invalid("vision.clip_malformed") from None
    if not isinstance(told, list):
        raise Invalid("vision.clip_malformed")
    found = list[int]()
    for value in told:  # pyright: ignore[reportUnknownVariableType]
        if value is None and never is not None:
            found.append(never)
            continue
        if type(value) is not int or not 0 <= value <= most:  # pyright: ignore[reportUnknownArgumentType]
            raise Invalid("vision.clip_malformed")
        found.append(value)
    return tuple(found)
