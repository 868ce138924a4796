"""How much of what is wrong with opening papers the checks find, how often they cry out at what is
right, and how many sets a second they read.

The sets are our own, spoiled in ways we thought of; a sentence in words nobody thought of is
measured apart, on sentences that shaped no rule.
"""

from __future__ import annotations

import random
import time
from statistics import median

from benchmarks.rows import Row, row
from tests.papers.sentences import LAWFUL, UNSEEN
from tests.papers.sets import DAY, SPOILINGS, good
from yunquan.app.locale import catalogue
from yunquan.papers import Papers
from yunquan.papers.types import OpeningPaper, OpeningPapers

FOUND = "share found"


def bench(*, quick: bool) -> list[Row]:
    """Every spoiling over many people; a person is another name, language, layout and order."""
    office, seeds = Papers(catalogue()), range(10_000, 10_005 if quick else 10_200)
    found, spoiled = found_of(office, seeds)
    alarms = sum(has_error(office, good(seed)) for seed in seeds)
    lawful = sum(has_error(office, said(one)) for one in LAWFUL)
    unseen = sum(has_error(office, said(one)) for one in UNSEEN)
    sets = f"{len(SPOILINGS)} ways x {len(seeds)} sets of 7 or 8 documents"
    return [
        row(
            "papers.recall",
            found / spoiled,
            FOUND,
            size=sets,
            limit=">= 0.98",
            note="Of the spoiling itself, in its document. Our own ways to spoil: "
            "new ones will fare worse.",
        ),
        row(
            "papers.false_alarms",
            alarms / len(seeds),
            "share of good sets",
            size=f"{len(seeds)} good sets",
            limit="<= 0.01",
            note="Sets in which nothing is wrong and an error is found.",
        ),
        row(
            "papers.lawful_alarms",
            lawful / len(LAWFUL),
            "share of sentences",
            size=f"{len(LAWFUL)} lawful sentences that sound like promises",
            limit="<= 0.05",
            note="They shaped the rules in part.",
        ),
        row(
            "papers.unseen_promises",
            unseen / len(UNSEEN),
            FOUND,
            size=f"{len(UNSEEN)} promises worded freely, that shaped no rule",
            limit=">= 0.1",
            note="What rules can't do: a promise in new words goes by, so templates are still read "
            "by a person.",
        ),
        row(
            "papers.sets_per_s",
            speed(office, 50 if quick else 400),
            "sets/s",
            size="7 or 8 documents of two pages, one thread",
            limit=">= 100",
            note="Folding and some 40 patterns over each page take most of it.",
        ),
    ]


def found_of(office: Papers, seeds: range) -> tuple[int, int]:
    """How many spoilings were found, of how many."""
    found = 0
    for spoiling in SPOILINGS.values():
        for seed in seeds:
            spoiled = spoiling.spoil(good(seed), random.Random(seed))
            wanted = (spoiling.code, spoiling.document)
            found += any((one.code, one.document) == wanted for one in office.look(spoiled))
    return found, len(SPOILINGS) * len(seeds)


def has_error(office: Papers, opening: OpeningPapers) -> bool:
    """Whether anything is found that would stop an opening by its text."""
    found = office.look(opening)
    if len(opening.papers) == 1:
        return any(one.code == "papers.forbidden" for one in found)
    return any(one.severity == "error" for one in found)


def said(sentence: str) -> OpeningPapers:
    """A set of one document with one sentence."""
    paper = OpeningPaper("other", "1", "zh_CN", (sentence,), "app_1", 1)
    return OpeningPapers("app_1", DAY, (paper,), {"other": "1"}, {"risk_class": "C3"})


def speed(office: Papers, count: int) -> float:
    """Sets a second, the median of five rounds."""
    rates: list[float] = []
    for turn in range(5):
        sets = [good(20_000 + turn * count + seed) for seed in range(count)]
        began = time.perf_counter()
        for opening in sets:
            office.look(opening)
        rates.append(count / (time.perf_counter() - began))
    return median(rates)
