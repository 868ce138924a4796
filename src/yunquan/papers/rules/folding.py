"""Text without what can be put between letters to hide a word, with the way back to its place."""

from __future__ import annotations

import bisect
import functools
import unicodedata
from dataclasses import dataclass

from yunquan.papers.types import Place


@dataclass(frozen=True, slots=True)
class Folded:
    """text: letters and digits only, in one width and case. places: where each came from. stops:
    places in `text` at which a sentence or a clause had ended."""

    text: str
    places: tuple[int, ...]
    stops: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The characters of the page that a span of `text` stands for."""
        return self.places[start], self.places[end - 1] + 1

    def clause_start(self, at: int) -> int:
        """Where the clause begins that a place in `text` is in."""
        before = bisect.bisect_right(self.stops, at)
        return self.stops[before - 1] if before else 0

    def clause_end(self, at: int) -> int:
        """Where it ends."""
        after = bisect.bisect_left(self.stops, at)
        return self.stops[after] if after < len(self.stops) else len(self.places)


# A comma ends no clause: "we promise neither profit, nor ..." goes on after it.
_STOPS = frozenset("。！？；;!?:：")


@functools.lru_cache(maxsize=4096)
def folded_letters(character: str) -> str:
    """The letters and digits a character stands for: "Ａ" is "a", "①" is "1", "·" is nothing."""
    plain = unicodedata.normalize("NFKC", character).casefold()
    return "".join(one for one in plain if one.isalnum())


def fold(page: str) -> Folded:
    """A page as words are looked for in it."""
    letters: list[str] = []
    places: list[int] = []
    stops: list[int] = []
    for at, character in enumerate(page):
        found = folded_letters(character)
        letters.append(found)
        places.extend([at] * len(found))
        ends = character in _STOPS or (character == "." and page[at + 1 : at + 2].isspace())
        if ends or page[at : at + 2] == "\n\n":
            stops.append(len(places))
    return Folded("".join(letters), tuple(places), tuple(stops))


def fold_word(word: str) -> str:
    """A word as it is looked for."""
    return "".join(folded_letters(character) for character in word)


def place_of(page: str, number: int, start: int, end: int) -> Place:
    """A place by page and line. number: of the page, from 1."""
    return Place(number, page.count("\n", 0, start) + 1, start, end)


def same(said: str, true: str) -> bool:
    """Whether a document says what is true: in any width, case and spacing; "*" stands for one
    character of a masked number or name."""
    left = "".join(unicodedata.normalize("NFKC", said).split()).casefold()
    right = "".join(unicodedata.normalize("NFKC", true).split()).casefold()
    if "*" not in left:
        return left == right
    shown = left.replace("*", "")
    return (
        len(left) == len(right)
        and bool(shown)
        and all(one in ("*", other) for one, other in zip(left, right, strict=True))
    )


def masked(value: str) -> str:
    """A value as a finding may carry it: at most its first and last characters."""
    if len(value) <= 2:
        return value[:1] + "*" * (len(value) - 1)
    keep = 1 if len(value) < 8 else 3
    return value[:keep] + "*" * (len(value) - 2 * keep) + value[-keep:]
