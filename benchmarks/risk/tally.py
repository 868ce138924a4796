"""Counting: recall, false cases, the working point of each set of rules, intervals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import sqrt

from benchmarks.risk.watch import CLASSES, Alert, Found

Foe = tuple[int, int]
# An alert's day, subject and key: what folds into one case.
Case = tuple[int, int, int]
Pick = Callable[[Alert], bool]


@dataclass(slots=True)
class Outcome:
    """foes: who there was, by (day, place). found: ms from their first act to the first alert.
    false: cases about honest people, with the look-alike's kind.
    """

    foes: set[Foe] = field(default_factory=set)
    found: dict[Foe, int] = field(default_factory=dict)
    false: dict[Case, str] = field(default_factory=dict)

    @property
    def recall(self) -> float:
        return len(self.found) / len(self.foes) if self.foes else 0.0

    def within(self, foes: set[Foe]) -> Outcome:
        """The same about some of the foes."""
        found = {foe: ms for foe, ms in self.found.items() if foe in foes}
        return Outcome(self.foes & foes, found, self.false)


@dataclass(frozen=True, slots=True)
class Hit:
    """An alert with what it is worth, worked out once."""

    alert: Alert
    finds: tuple[tuple[Foe, int], ...]
    false: str | None


class Book:
    """The alerts of some days, by class and set of rules."""

    def __init__(self, days: Iterable[Found]) -> None:
        self.days = list(days)
        self.ours: dict[str, list[Hit]] = defaultdict(list)
        self.fixed: dict[str, dict[tuple[float, float], list[Hit]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for day in self.days:
            for judged in day.alerts:
                alert = judged.alert
                finds = tuple(
                    ((day.number, at), alert.at_ms - day.roll.truths[at].begin_ms)
                    for at in sorted(judged.foes)
                    if day.roll.finds(judged, at)
                )
                hit = Hit(alert, finds, None if judged.foes else judged.looks_like)
                if alert.setting is None:
                    self.ours[alert.name].append(hit)
                else:
                    self.fixed[alert.name][alert.setting].append(hit)

    def foes(self, kinds: Sequence[str], strength: str = "", disguise: str = "") -> set[Foe]:
        """Those of these kinds, and of this strength and disguise if named."""
        return {
            (day.number, at)
            for day in self.days
            for at, truth in enumerate(day.roll.truths)
            if truth.kind in kinds and not truth.innocent
            if not strength or truth.strength == strength
            if not disguise or truth.disguise == disguise
        }

    def outcome(self, name: str, hits: Iterable[Hit]) -> Outcome:
        made = Outcome(self.foes(CLASSES[name][0]))
        for hit in hits:
            for foe, ms in hit.finds:
                made.found[foe] = min(ms, made.found.get(foe, ms))
            if hit.false is not None:
                alert = hit.alert
                made.false[alert.day, alert.subject, alert.key] = hit.false
        return made

    def of_ours(self, name: str, least: float, grade: int = 0) -> Outcome:
        """At a least score."""
        kept = (one for one in self.ours[name] if one.alert.score >= least)
        return self.outcome(name, (one for one in kept if one.alert.grade >= grade))

    def of_fixed(self, name: str, setting: tuple[float, float]) -> Outcome:
        return self.outcome(name, self.fixed[name].get(setting, ()))


@dataclass(frozen=True, slots=True)
class Points:
    """Working points of a class, learned on days of training: what both sets of rules find at
    least, the least score of ours and the setting of the fixed ones that find as much with the
    fewest false cases.
    """

    target: float
    least: float
    setting: tuple[float, float]


def learn(book: Book, name: str, only: tuple[float, float] | None = None) -> Points:
    """From days of training alone. only: the one setting of the fixed rules to look at."""
    among = [only] if only else list(book.fixed[name])
    settings = {setting: book.of_fixed(name, setting) for setting in among}
    steps = sorted({round(one.alert.score, 3) for one in book.ours[name]})
    ours = {least: book.of_ours(name, least) for least in [0.0, *steps]}
    most = max((one.recall for one in settings.values()), default=0.0)
    target = min(most, ours[0.0].recall)
    enough = [least for least, one in ours.items() if one.recall >= target - 1e-9]
    least = max(enough)
    good = [one for one, outcome in settings.items() if outcome.recall >= target - 1e-9]
    setting = min(good, key=lambda one: len(settings[one].false), default=(1.0, 1.0))
    return Points(target, least, setting)


def at_hindsight(book: Book, name: str, recall: float) -> Outcome:
    """Of the fixed settings that find this share on these days, or the most any does, the one with
    the fewest false cases: better than anybody could have set them.
    """
    outcomes = [book.of_fixed(name, setting) for setting in book.fixed[name]]
    enough = min(recall, max((one.recall for one in outcomes), default=0.0))
    good = [one for one in outcomes if one.recall >= enough - 1e-9]
    return min(good, key=lambda one: len(one.false), default=Outcome(book.foes(CLASSES[name][0])))


def learn_budget(book: Book, allowed: int) -> dict[str, float]:
    """Least scores of high grades (3 and 4), a class, so that all together tell of no more honest
    people on the days of training than allowed; what is found most of comes first.
    """
    least = dict.fromkeys(CLASSES, 99.0)
    steps = {
        name: sorted({round(one.alert.score, 3) for one in book.ours[name]}, reverse=True)
        for name in CLASSES
    }
    told = {
        name: {step: book.of_ours(name, step, 3) for step in [99.0, *steps[name]]}
        for name in CLASSES
    }
    spent = 0
    while True:
        best = None
        for name, outcomes in told.items():
            now = outcomes[least[name]]
            for step, outcome in outcomes.items():
                more = len(outcome.found) - len(now.found)
                cost = len(outcome.false) - len(now.false)
                if more <= 0 or spent + cost > allowed:
                    continue
                worth = (more / (cost + 0.1), -cost)
                if best is None or worth > best[0]:
                    best = (worth, name, step, cost)
        if best is None:
            return least
        _, name, step, cost = best
        least[name] = step
        spent += cost


def wilson(count: int, of: int) -> tuple[float, float]:
    """95 % interval of a share."""
    if not of:
        return 0.0, 1.0
    share, z = count / of, 1.96
    middle = share + z * z / (2 * of)
    half = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    below = 1 + z * z / of
    return max((middle - half) / below, 0.0), min((middle + half) / below, 1.0)


def ratio_between(ours: int, theirs: int) -> tuple[float, float]:
    """95 % interval of the ratio of two counts of rare things."""
    low, high = wilson(ours, ours + theirs)
    return low / (1 - low) if low < 1 else 99.0, high / (1 - high) if high < 1 else 99.0
