"""Pinyin initials of a Chinese name, as people type them to find a share ("GZMT")."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from typing import Final

# GB 2312 orders its first-level characters by pinyin: the first code of each initial is enough.
_STARTS: Final = (
    (0xB0A1, "A"),
    (0xB0C5, "B"),
    (0xB2C1, "C"),
    (0xB4EE, "D"),
    (0xB6EA, "E"),
    (0xB7A2, "F"),
    (0xB8C1, "G"),
    (0xB9FE, "H"),
    (0xBBF7, "J"),
    (0xBFA6, "K"),
    (0xC0AC, "L"),
    (0xC2E8, "M"),
    (0xC4C3, "N"),
    (0xC5B6, "O"),
    (0xC5BE, "P"),
    (0xC6DA, "Q"),
    (0xC8BB, "R"),
    (0xC8F6, "S"),
    (0xCBFA, "T"),
    (0xCDDA, "W"),
    (0xCEF4, "X"),
    (0xD1B9, "Y"),
    (0xD4D1, "Z"),
)
_CODES: Final = tuple(code for code, _ in _STARTS)
_LAST_FIRST_LEVEL: Final = 0xD7F9
# Characters read another way in names than the one GB 2312 files them under, and common
# second-level ones.
_READINGS: Final = (
    ("银行", "YH"),
    ("重庆", "CQ"),
    ("长", "C"),
    ("厦门", "XM"),
    ("蚌埠", "BB"),
    ("鑫", "X"),
    ("钛", "T"),
    ("锂", "L"),
    ("芯", "X"),
    ("晟", "S"),
    ("昊", "H"),
    ("瑧", "Z"),
    ("璞", "P"),
    ("沣", "F"),
    ("澜", "L"),
    ("翎", "L"),
    ("岚", "L"),
    ("煜", "Y"),
    ("玥", "Y"),
    ("曦", "X"),
    ("霖", "L"),
    ("霁", "J"),
)


def pinyin_initials(name: str) -> str:
    """Initials of a name: Latin letters and digits stay, characters without a known reading are
    left out.
    """
    name = unicodedata.normalize("NFKC", name)
    for characters, reading in _READINGS:
        name = name.replace(characters, reading)
    return "".join(_initial(character) for character in name)


def _initial(character: str) -> str:
    if character.isascii():
        return character.upper() if character.isalnum() else ""
    try:
        high, low = character.encode("gb2312")
    except (UnicodeEncodeError, ValueError):
        return ""
    code = high << 8 | low
    at = bisect_right(_CODES, code)
    return _STARTS[at - 1][1] if at and code <= _LAST_FIRST_LEVEL else ""
