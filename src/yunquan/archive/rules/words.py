"""By which words a text is found: pairs of Chinese characters and whole words, as keyed numbers, so
that nobody reads the text off the index. Pure.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from typing import Final

LONGEST_TEXT: Final = 20_000
MOST_WORDS: Final = 8_000
LONGEST_WORD: Final = 40
_RUN: Final = re.compile(
    r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]+|[0-9a-z_\u00c0-\u024f]+"
)
_SPACE: Final = re.compile(r"\s+")
_LONG_NUMBER: Final = re.compile(r"[0-9]{6,}[0-9Xx]?")


def plain(text: str) -> str:
    """One spelling for all: full width as half, capitals as small, one space."""
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def words_of(text: str) -> frozenset[str]:
    """Pairs of neighbouring Chinese characters, and words of letters and digits whole. A single
    Chinese character is too little to find anything by.
    """
    found: set[str] = set()
    for run in _RUN.findall(plain(text)):
        if run[0] <= "\u024f":
            found.add(run[:LONGEST_WORD])
            continue
        found.update(run[place : place + 2] for place in range(len(run) - 1))
    return frozenset(found)


def numbers_of(key: bytes, words: frozenset[str]) -> frozenset[int]:
    """Each word as a signed number of 32 bits, by a key. Two words may share one: who finds by
    them looks at the text before they believe it.
    """
    return frozenset(
        int.from_bytes(hmac.digest(key, b"word:" + word.encode(), hashlib.sha256)[:4], signed=True)
        for word in words
    )


def holds_text(text: str, wanted: str) -> bool:
    """Whether every part of what is wanted, between spaces, stands in a text."""
    here = plain(text)
    return all(part in here for part in plain(wanted).split(" "))


def masked_title(title: str) -> str:
    """A title with long numbers cut to their ends: 6222****01."""
    return _LONG_NUMBER.sub(lambda found: f"{found[0][:3]}****{found[0][-2:]}", title)
