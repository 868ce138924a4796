"""A clip as a browser hands it in: JPEGs joined, their sizes and times beside; and its limits."""

from __future__ import annotations

import json
from typing import Final

from yunquan.kernel.errors import Invalid
from yunquan.vision.types import ClipFrame

MOST_FRAMES: Final = 240
MOST_BYTES: Final = 8_000_000
LARGEST_FRAME: Final = 400_000
LATEST_MS: Final = 60_000
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


def read_times(text: str) -> tuple[int, ...]:
    """When each colour was shown, as the browser says; none when it says nothing usable."""
    try:
        return _numbers(text, LATEST_MS)
    except Invalid:
        return ()


def _numbers(text: str, most: int) -> tuple[int, ...]:
    """A JSON list of integers 0 to `most`."""
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
        if type(value) is not int or not 0 <= value <= most:  # pyright: ignore[reportUnknownArgumentType]
            raise Invalid("vision.clip_malformed")
        found.append(value)
    return tuple(found)
