"""Nothing promises what nobody may: profit, no risk, loss made good, decisions taken for clients.

A word hidden by spaces, marks or another width is found all the same; one that is denied in its
sentence ("we do not guarantee a return") is lawful and stands.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from yunquan.papers.rules.folding import Folded, fold_word, place_of
from yunquan.papers.rules.rows import PaperRules
from yunquan.papers.rules.sheaf import Sheaf, finding
from yunquan.papers.types import ForbiddenWord, PaperFinding

# A denial further away than this denies something else.
LONGEST_SENTENCE: Final = 200
_COMMAS = re.compile(r"[，,]")


def check(sheaf: Sheaf) -> Iterator[PaperFinding]:
    """papers.forbidden."""
    looked_for = _looked_for(sheaf.rules.forbidden)
    for paper in sheaf.opening.papers:
        for number, (page, folded) in enumerate(
            zip(paper.pages, sheaf.folded(paper), strict=True), 1
        ):
            for row, first, last in _found(looked_for, folded):
                start, end = folded.span(first, last)
                if _stands(sheaf.rules, page, folded, (first, last), (start, end)):
                    continue
                facts = {"word": page[start:end][:40], "kind": row.name}
                place = place_of(page, number, start, end)
                yield finding("papers.forbidden", paper.code, place, facts=facts)


LookedFor = tuple[tuple[ForbiddenWord, re.Pattern[str]], ...]


@functools.lru_cache(maxsize=8)
def _looked_for(rows: tuple[ForbiddenWord, ...]) -> LookedFor:
    """Each row as one pattern over folded text, the longest words first."""
    made: list[tuple[ForbiddenWord, re.Pattern[str]]] = []
    for row in rows:
        words = sorted(map(fold_word, row.words), key=len, reverse=True)
        made.append((row, re.compile("|".join([*map(re.escape, words), *row.patterns]))))
    return tuple(made)


def _found(looked_for: LookedFor, folded: Folded) -> list[tuple[ForbiddenWord, int, int]]:
    """Every match that is within one sentence and no other word; of those that overlap, the one
    that begins first."""
    matches = [
        (match.start(), -match.end(), place, row)
        for place, (row, pattern) in enumerate(looked_for)
        for match in pattern.finditer(folded.text)
        if not _is_another_word(row, folded.text, *match.span())
        if folded.clause_start(match.start()) == folded.clause_start(match.end() - 1)
    ]
    found: list[tuple[ForbiddenWord, int, int]] = []
    reached = 0
    for start, negative_end, _, row in sorted(matches, key=lambda one: one[:3]):
        if start >= reached:
            reached = -negative_end
            found.append((row, start, reached))
    return found


def _is_another_word(row: ForbiddenWord, text: str, start: int, end: int) -> bool:
    return text[:start].endswith(row.unless_before or ("\0",)) or text[end:].startswith(
        row.unless_after or ("\0",)
    )


def _stands(
    rules: PaperRules,
    page: str,
    folded: Folded,
    letters: tuple[int, int],
    span: tuple[int, int],
) -> bool:
    """Whether the sentence denies it before it is said, or says after it that it is void."""
    start, end = span
    begin = folded.clause_start(letters[0])
    first = folded.places[begin] if begin < len(folded.places) else start
    sentence = page[max(first, start - LONGEST_SENTENCE) : start]
    clause = _COMMAS.split(sentence)[-1]
    if any(_says(word, sentence, page[start:end]) for word in rules.twice):
        return False
    last = folded.places[folded.clause_end(letters[1]) - 1] + 1
    rest = page[end : min(last, end + LONGEST_SENTENCE)]
    if any(_says(word, rest, "") for word in rules.voided):
        return True
    return any(
        _says(word, sentence if denial.reach == "sentence" else clause, page[start:end])
        for denial in rules.denials
        for word in denial.words
    )


def _says(word: str, before: str, found: str) -> bool:
    """Whether a denial begins before what was found; it may reach into it ("不保证" + "收益")."""
    if word.isascii():
        text = unicodedata.normalize("NFKC", before).casefold().replace("\u2019", "'")
        pattern = rf"{re.escape(word)}\b" if word.startswith("n'") else rf"\b{re.escape(word)}\b"
        return re.search(pattern, text) is not None
    left, whole = "".join(before.split()), "".join((before + found).split())
    at = whole.find(word)
    return 0 <= at < len(left)
