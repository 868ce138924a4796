"""Whether somebody may be somebody on a list: by number, name, sound, spelling. Pure.

Chinese names are compared as they are written, by their sound (pinyin without tones), and with the
Latin spellings of foreign lists, family name first or last.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from pypinyin import Style, pinyin

from yunquan.screening.rules.rows import DayRows
from yunquan.screening.types import ListEntry, Match, Reason, Subject

_HAN: Final = re.compile(r"[㐀-鿿\U00020000-\U0003ffff]+")
_NO_LETTER: Final = re.compile(r"[^0-9a-z㐀-鿿\U00020000-\U0003ffff]+")
# 吕 is Lü, Lyu or Lu, as whoever wrote it down liked.
_UMLAUTS: Final = (("lyu", "lu"), ("nyu", "nu"), ("lv", "lu"), ("nv", "nu"))
_MOST_READINGS: Final = 8
# Shorter names are near too many others.
_SHORTEST_NEAR: Final = 3
_SHORTEST_SPELLED: Final = 6


def normalised(name: str) -> str:
    """A name without what writing it differs by: width, case, spaces, dots and accents."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    plain = "".join(one for one in plain if not unicodedata.combining(one))
    return _NO_LETTER.sub("", plain)


def is_chinese(name: str) -> bool:
    """Whether a normalised name is written in characters."""
    return bool(_HAN.fullmatch(name))


@lru_cache(maxsize=65_536)
def spellings(name: str) -> frozenset[str]:
    """How a name may be spelled in Latin letters, as one word: family name first and last."""
    plain = normalised(name)
    if is_chinese(plain):
        readings = pinyin(plain, style=Style.NORMAL, heteronym=True)
        spoken = itertools.islice(itertools.product(*readings), _MOST_READINGS)
        words = [list(each) for each in spoken]
        turned = [word[at:] + word[:at] for word in words for at in range(min(len(word), 3))]
        return frozenset(_spelled("".join(word)) for word in turned)
    tokens = [normalised(token) for token in re.split(r"[\s,·.\-]+", name) if normalised(token)]
    turned = [tokens, tokens[1:] + tokens[:1], tokens[-1:] + tokens[:-1]]
    return frozenset(_spelled("".join(word)) for word in turned if word)


def _spelled(word: str) -> str:
    word = unicodedata.normalize("NFKD", word)
    word = "".join(one for one in word if not unicodedata.combining(one))
    for written, plain in _UMLAUTS:
        word = word.replace(written, plain)
    return word


def within_one(one: str, other: str) -> bool:
    """Whether one character added, left out, changed or swapped with its neighbour makes two texts
    the same."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1:
        return False
    at = next((n for n, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) != len(long):
        return short[at:] == long[at + 1 :]
    if short[at + 1 :] == long[at + 1 :]:
        return True
    swapped = short[at : at + 2] == long[at : at + 2][::-1]
    return swapped and short[at + 2 :] == long[at + 2 :]


def _nearby(word: str) -> set[str]:
    """A word and what is left without one of its characters: near words share one of these."""
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


class NameIndex:
    """A list, made ready to be asked for a name; its entries don't change."""

    def __init__(self, entries: Iterable[ListEntry]) -> None:
        self.entries = {entry.id: entry for entry in entries}
        self._keys: dict[str, set[str]] = {}
        # Beginning or end of a Latin spelling -> the spellings that have it.
        self._ends: dict[str, set[str]] = {}
        for entry in self.entries.values():
            for name in (entry.name, *entry.aliases):
                self._add(name, entry.id)
            if entry.number:
                self._keys.setdefault(f"#{entry.number}", set()).add(entry.id)

    def _add(self, name: str, entry_id: str) -> None:
        for key in _keys_of(name):
            self._keys.setdefault(key, set()).add(entry_id)
        if is_chinese(normalised(name)):
            return
        for spelled in spellings(name):
            if len(spelled) >= _SHORTEST_SPELLED:
                for end in _ends(spelled, len(spelled)):
                    self._ends.setdefault(end, set()).add(spelled)

    def candidates(self, subject: Subject) -> list[ListEntry]:
        """Entries that share anything with somebody's name or number, in order of their ids."""
        keys = _keys_of(subject.name) | {f"#{subject.id_number}"}
        for spelled in spellings(subject.name):
            keys |= self._near(spelled)
        found = set[str]().union(*(self._keys.get(key, ()) for key in keys))
        return [self.entries[entry_id] for entry_id in sorted(found)]

    def _near(self, spelled: str) -> set[str]:
        """Spellings on the list that one change makes this one."""
        lengths = range(max(len(spelled) - 1, _SHORTEST_SPELLED), len(spelled) + 2)
        ends = {end for length in lengths for end in _ends(spelled, length)}
        maybe = set[str]().union(*(self._ends.get(end, ()) for end in ends))
        return {one for one in maybe if within_one(one, spelled)}


def _ends(spelled: str, length: int) -> tuple[str, str]:
    """How a spelling begins and ends, half of so many letters each: one change or swap leaves one
    of both as it was."""
    half = length // 2
    return f"^{spelled[: half - 1]}", f"{spelled[len(spelled) - (length - half - 1) :]}$"


def _keys_of(name: str) -> set[str]:
    """What a name shares with whoever it may be."""
    plain = normalised(name)
    near = _nearby(plain) if is_chinese(plain) and len(plain) >= _SHORTEST_NEAR else {plain}
    return (near | spellings(name)) - {""}


def match(subject: Subject, entry: ListEntry, rows: DayRows) -> Match | None:
    """How likely somebody is who an entry speaks of; None where nothing says so.

    A name makes the score, the day of birth and the number raise or lower it.
    """
    if entry.number and entry.number == subject.id_number:
        score = rows.number("match_number")
        return Match(entry, score, (Reason("screening.match.number", score),))
    name = _name_reason(subject, entry, rows)
    if name is None:
        return None
    reasons = [name, *_birth_reason(subject, entry, rows)]
    if entry.number:
        reasons.append(Reason("screening.match.number_other", rows.number("number_other")))
    score = max(0, min(100, sum(reason.points for reason in reasons)))
    return Match(entry, score, tuple(reasons))


def _name_reason(subject: Subject, entry: ListEntry, rows: DayRows) -> Reason | None:
    ours = normalised(subject.name)
    found: list[Reason] = []
    for place, name in enumerate((entry.name, *entry.aliases)):
        theirs = normalised(name)
        if ours == theirs:
            how = "alias" if place else "name"
        elif spellings(subject.name) & spellings(name):
            how = "sounds" if is_chinese(theirs) and is_chinese(ours) else "spelled"
        elif _near_written(ours, theirs):
            how = "near"
        elif _near_spelled(subject.name, name):
            how = "near_spelled"
        else:
            continue
        points = rows.number(f"match_{how}")
        found.append(Reason(f"screening.match.{how}", points, {"name": name}))
    return max(found, key=lambda reason: reason.points, default=None)


def _near_written(ours: str, theirs: str) -> bool:
    """In characters, of which each says a lot; Latin letters are compared as spellings."""
    both = is_chinese(ours) and is_chinese(theirs)
    return both and min(len(ours), len(theirs)) >= _SHORTEST_NEAR and within_one(ours, theirs)


def _near_spelled(ours: str, theirs: str) -> bool:
    if is_chinese(normalised(theirs)):
        # Near in sound only, both written in characters: everybody is near somebody.
        return False
    return any(
        min(len(one), len(other)) >= _SHORTEST_SPELLED and within_one(one, other)
        for one in spellings(ours)
        for other in spellings(theirs)
    )


def _birth_reason(subject: Subject, entry: ListEntry, rows: DayRows) -> list[Reason]:
    born, listed = subject.birth, entry.birth
    if not listed or not born:
        return []
    if listed == born:
        how = "birth_same"
    elif listed[:4] != born[:4]:
        how = "year_other"
    else:
        how = "year_same" if len(listed) == 4 else "birth_other"
    return [Reason(f"screening.match.{how}", rows.number(how), {"birth": listed})]


def matches(subject: Subject, index: NameIndex, rows: DayRows) -> list[Match]:
    """Everybody on the list who may be the subject, likeliest first."""
    found = [match(subject, entry, rows) for entry in index.candidates(subject)]
    hits = [one for one in found if one is not None and one.score >= rows.number("hit_at")]
    return sorted(hits, key=lambda one: (-one.score, one.entry.id))
