"""How long a recording is, as its own blocks tell: browsers write no length in front. Pure; a
malformed file gives 0, never an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

# Matroska ids. Those entered; all others are skipped by their size.
_ENTERED: Final = frozenset({0x18538067, 0x1F43B675, 0x1549A966, 0xA0})
_SCALE, _CLUSTER_TIME, _BLOCKS = 0x2AD7B1, 0xE7, frozenset({0xA3, 0xA1})
_DEFAULT_SCALE: Final = 1_000_000
_NS_PER_MS: Final = 1_000_000
_SIGN: Final = 1 << 15
_BOXES_ENTERED: Final = frozenset({b"moov", b"trak", b"mdia", b"moof", b"traf"})
MOST_ELEMENTS: Final = 500_000


def length_ms(media_type: str, content: bytes) -> int:
    """From the first to the last moment of the recording; 0 when it can't be told."""
    try:
        return _webm(content) if media_type == "video/webm" else _mp4(content)
    except (IndexError, ValueError, ZeroDivisionError):
        return 0


def _number(content: bytes, at: int, *, marked: bool) -> tuple[int, int, bool]:
    """(value, bytes it took, whether all its bits are set) of a Matroska number."""
    first = content[at]
    if not first:
        raise ValueError("a number of more than eight bytes")
    size = 9 - first.bit_length()
    if at + size > len(content):
        raise IndexError
    value = int.from_bytes(content[at : at + size])
    bare = value & ((1 << 7 * size) - 1)
    return (value if marked else bare), size, bare == (1 << 7 * size) - 1


def _elements(content: bytes) -> Iterator[tuple[int, int, int]]:
    """(id, begin of the content, its end) of everything that holds no other."""
    at, seen = 0, 0
    while at < len(content) and seen < MOST_ELEMENTS:
        kind, taken, _ = _number(content, at, marked=True)
        size, more, unknown = _number(content, at + taken, marked=False)
        at, seen = at + taken + more, seen + 1
        if kind in _ENTERED:
            continue
        if unknown:
            raise ValueError("an element without a size")
        yield kind, at, at + size
        at += size


def _webm(content: bytes) -> int:
    scale, cluster = _DEFAULT_SCALE, 0
    first, last = -1, 0
    for kind, begin, end in _elements(content):
        if kind == _SCALE:
            scale = int.from_bytes(content[begin:end])
        elif kind == _CLUSTER_TIME:
            cluster = int.from_bytes(content[begin:end])
        elif kind in _BLOCKS:
            _, taken, _ = _number(content, begin, marked=False)
            shift = int.from_bytes(content[begin + taken : begin + taken + 2])
            at = cluster + (shift - 2 * _SIGN if shift >= _SIGN else shift)
            first = at if first < 0 else min(first, at)
            last = max(last, at)
    return (last - first) * scale // _NS_PER_MS if first >= 0 else 0


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(kind, the first bytes of the content) of everything that holds no other."""
    at, seen = 0, 0
    while at + 8 <= len(content) and seen < MOST_ELEMENTS:
        size, kind, head = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8], 8
        if size == 1:
            size, head = int.from_bytes(content[at + 8 : at + 16]), 16
        size, seen = size or len(content) - at, seen + 1
        if size < head:
            raise ValueError("a box smaller than its head")
        if kind in _BOXES_ENTERED:
            at += head
            continue
        yield kind, content[at + head : at + min(size, 64)]
        at += size


def _mp4(content: bytes) -> int:
    """The length written in front, or where the last fragment begins."""
    whole, scale, track_scales = 0, 0, list[int]()
    track, first, last = 0, -1, 0
    for kind, body in _boxes(content):
        wide = body[:1] == b"\x01"
        if kind in {b"mvhd", b"mdhd"}:
            at = 20 if wide else 12
            its = int.from_bytes(body[at : at + 4])
            if kind == b"mdhd":
                track_scales.append(its)
                continue
            scale, whole = its, int.from_bytes(body[at + 4 : at + (12 if wide else 8)])
        elif kind == b"tfhd":
            track = int.from_bytes(body[4:8])
        elif kind == b"tfdt":
            its = track_scales[min(max(track - 1, 0), len(track_scales) - 1)]
            at_ms = int.from_bytes(body[4 : 12 if wide else 8]) * 1000 // its
            first = at_ms if first < 0 else min(first, at_ms)
            last = max(last, at_ms)
    told = whole * 1000 // scale if scale and whole not in {0xFFFFFFFF, (1 << 64) - 1} else 0
    return max(told, last - first if first >= 0 else 0)
