"""risk.detect: foes among ordinary people and look-alikes, found by the rules a firm starts with.

Days of yunquan_world.foes. Everything that is chosen (least scores of ours, settings of the fixed
rules) is chosen on days of a known seed; the days that are counted have a seed drawn by the machine
when the measurement begins, told in the notes. YUNQUAN_DETECTION_SEED repeats one.

Peer: fixed thresholds, the exchanges' published conditions where there are any (fixed.py), scaled
on the same days of training. Both are set where they find the same share of the foes of training,
the greatest that both can, and their false cases on the other days are compared. A case: a subject
on a day, however often it was told of.
"""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Iterator
from itertools import chain

from benchmarks.risk.real import ACCOUNTS, Cries, cries_of_real_market, cries_over, real_flow
from benchmarks.risk.tally import (
    Book,
    Outcome,
    Points,
    at_hindsight,
    learn,
    learn_budget,
    ratio_between,
    wilson,
)
from benchmarks.risk.watch import CLASSES, PUBLISHED, watched
from benchmarks.rows import Row, percentile, row
from yunquan_world.foes import Scale

TRAINING = (11, 12)
HABITS, TRAINING_DAYS, DAYS = 4, 2, 15
# False high grades a desk can bear, of a million account-days.
BEARABLE = 100
FIRST = 200
# How often real orders are dealt to so many accounts.
DEALINGS = 20


def bench(*, quick: bool) -> list[Row]:
    """Recall, precision, time to detect, false cases against fixed rules, and real flow."""
    scale = Scale(1_500, 60, 2) if quick else Scale(foes=8)
    seeds, habits, days = (TRAINING[:1], 3, 1) if quick else (TRAINING, HABITS, DAYS)
    before = 1 if quick else TRAINING_DAYS
    training = Book(chain.from_iterable(watched(seed, scale, habits, before) for seed in seeds))
    points = {name: learn(training, name) for name in CLASSES}
    account_days = scale.accounts * len(training.days)
    # Half of it: what is chosen as the best of some days does worse on others.
    budget = learn_budget(training, round(BEARABLE * account_days / 2e6))
    as_published = {name: learn(training, name, PUBLISHED) for name in CLASSES}
    hidden = int(os.environ.get("YUNQUAN_DETECTION_SEED") or secrets.randbits(31))
    book = Book(watched(hidden, scale, habits, days))
    size = f"{scale.accounts:,} accounts on {days} days, seed {hidden}"
    return [
        *_of_kinds(book, size),
        *_of_classes(book, points, size),
        _against_published(book, as_published, size),
        *_of_the_desk(book, budget, scale, size),
        *_of_time(book, size),
        *_of_real_flow(hidden, quick=quick),
    ]


# --- kinds


def _of_kinds(book: Book, size: str) -> Iterator[Row]:
    """What the rules find as they are shipped, at any grade."""
    for name, (kinds, _) in CLASSES.items():
        whole, fixed = book.of_ours(name, 0.0), book.of_fixed(name, PUBLISHED)
        for kind in kinds:
            foes = book.foes((kind,))
            one, other = whole.within(foes), fixed.within(foes)
            low, high = wilson(len(one.found), len(foes))
            waits = [ms / 1000 for ms in one.found.values()]
            parts = "; ".join(
                _part(book, whole, kind, *which)
                for which in (
                    ("weak", ""),
                    ("medium", ""),
                    ("strong", ""),
                    *(
                        ("", way)
                        for way in ("plain", "smaller", "slower", "split", "mixed", "habit")
                    ),
                )
            )
            yield row(
                f"risk.detect.{kind}.recall",
                one.recall,
                "share found",
                size=size,
                limit=">= 0.8",
                peer="published numbers, as they are",
                peer_value=other.recall,
                note=f"{len(one.found)} of {len(foes)}, {low:.2f} to {high:.2f}; {parts};"
                f" {_waits(waits)}; {_about(whole)}",
            )


def _part(book: Book, whole: Outcome, kind: str, strength: str, disguise: str) -> str:
    one = whole.within(book.foes((kind,), strength, disguise))
    return f"{strength or disguise} {len(one.found)}/{len(one.foes)}"


def _waits(waits: list[float]) -> str:
    if not waits:
        return "never found"
    return f"after {percentile(waits, 0.5):,.0f} s, p95 {percentile(waits, 0.95):,.0f} s"


def _about(outcome: Outcome) -> str:
    """Honest people told of, by whom they look like."""
    alike = Counter(kind or "ordinary" for kind in outcome.false.values())
    told = ", ".join(f"{kind} {count}" for kind, count in alike.most_common())
    return f"false cases {len(outcome.false)}" + (f" ({told})" if told else "")


# --- against fixed rules


def _of_classes(book: Book, points: dict[str, Points], size: str) -> Iterator[Row]:
    ours = fixed = hindsight = 0
    for name, point in points.items():
        one = book.of_ours(name, point.least)
        other = book.of_fixed(name, point.setting)
        ours += len(one.false)
        fixed += len(other.false)
        best = at_hindsight(book, name, one.recall)
        hindsight += len(best.false)
        yield _ratio_row(
            f"risk.detect.{name}.false",
            len(one.false),
            len(other.false),
            size,
            f"set where both found {point.target:.2f} of training: here ours"
            f" {len(one.found)}/{len(one.foes)} at a score of {point.least:.2f}, fixed"
            f" {len(other.found)}/{len(other.foes)} at amounts x{point.setting[0]:g}, shares"
            f" x{point.setting[1]:g}; the fixed setting that on these very days finds as much, or"
            f" the most it can: {len(best.found)} with {len(best.false)}",
        )
    yield _ratio_row(
        "risk.detect.false",
        ours,
        fixed,
        size,
        "all classes, each at its own working point, 65% fewer are asked for; fixed rules set with"
        f" hindsight to find as much on these very days, or the most they can: {hindsight}",
    )


def _against_published(book: Book, points: dict[str, Points], size: str) -> Row:
    """Both where the published numbers, as they are, found so much of training."""
    ours = [book.of_ours(name, point.least) for name, point in points.items()]
    fixed = [book.of_fixed(name, PUBLISHED) for name in points]
    return _ratio_row(
        "risk.detect.false.published",
        sum(len(one.false) for one in ours),
        sum(len(one.false) for one in fixed),
        size,
        "published numbers as they are, ours set to find as much of training: here ours"
        f" {sum(len(one.found) for one in ours)}, fixed {sum(len(one.found) for one in fixed)} of"
        f" {sum(len(one.foes) for one in ours)}",
    )


def _ratio_row(id: str, ours: int, fixed: int, size: str, note: str) -> Row:
    low, high = ratio_between(ours, fixed)
    # Nothing of nothing is no improvement, and nothing of ours against something is all of it.
    ratio = ours / fixed if fixed else float(ours > 0) + 1.0
    told = f"{ours} false cases against {fixed}, ratio {low:.2f} to {high:.2f}"
    if not fixed:
        told = f"{ours} false cases against none: nothing to be fewer than"
    return row(
        id,
        ratio,
        "of the fixed rules' false cases",
        size=size,
        limit="<= 0.35",
        peer="fixed thresholds at equal recall of training",
        peer_value=1.0,
        note=f"{told}; {note}",
    )


# --- the desk


def _of_the_desk(book: Book, budget: dict[str, float], scale: Scale, size: str) -> Iterator[Row]:
    outcomes = {name: book.of_ours(name, budget[name], 3) for name in CLASSES}
    found = sum(len(one.found) for one in outcomes.values())
    foes = sum(len(one.foes) for one in outcomes.values())
    false = sum(len(one.false) for one in outcomes.values())
    account_days = scale.accounts * len(book.days)
    low, high = wilson(found, foes)
    missing = ", ".join(name for name, one in outcomes.items() if not one.found)
    yield row(
        "risk.detect.high.recall",
        found / foes,
        "share found",
        size=size,
        limit=">= 0.5",
        note=f"{found} of {foes}, {low:.2f} to {high:.2f}, by high grades whose least scores let"
        f" {BEARABLE / 2:g} false ones pass of a million account-days of training;"
        f" not at all: {missing or 'none'}",
    )
    few, many = wilson(false, account_days)
    yield row(
        "risk.detect.high.false",
        false / account_days * 1e6,
        "false of a million account-days",
        size=size,
        limit=f"<= {BEARABLE}",
        note=f"{false} in {account_days:,} account-days, {few * 1e6:.0f} to {many * 1e6:.0f}",
    )
    yield _top(book, account_days, size)
    yield _first(book, size)


def _ranked(book: Book) -> list[tuple[bool, int]]:
    """(whether it is about a foe, day) of alerts of ours, the highest grade and score first."""
    hits = sorted(
        chain.from_iterable(book.ours.values()),
        key=lambda one: (-one.alert.grade, -one.alert.score, one.alert.at_ms),
    )
    return [(hit.false is None, hit.alert.day) for hit in hits]


def _top(book: Book, account_days: int, size: str) -> Row:
    count = max(round(BEARABLE * account_days / 1e6), 1)
    top = [right for right, _ in _ranked(book)[:count]]
    low, high = wilson(sum(top), len(top))
    prevalence = sum(not one.innocent for day in book.days for one in day.roll.truths)
    return row(
        "risk.detect.workload.precision",
        sum(top) / max(len(top), 1),
        "share about a foe",
        size=size,
        limit=">= 0.9",
        note=f"{sum(top)} of the {len(top)} highest, {BEARABLE} of a million account-days,"
        f" {low:.2f} to {high:.2f}; there are {prevalence / account_days * 1e6:,.0f} foes in a"
        " million account-days here, far more than in life, which flatters this figure",
    )


def _first(book: Book, size: str) -> Row:
    ranked = _ranked(book)
    shares = list[float]()
    right = told = 0
    for day in book.days:
        mine = [about for about, number in ranked if number == day.number][:FIRST]
        shares.append(sum(mine) / max(len(mine), 1))
        right, told = right + sum(mine), told + len(mine)
    low, high = wilson(right, told)
    return row(
        "risk.detect.first_200.precision",
        right / max(told, 1),
        "share about a foe",
        size=size,
        limit=">= 0.8",
        note=f"of the first {FIRST} alerts of each day by grade and score, {right} of {told},"
        f" {low:.2f} to {high:.2f}; days from {min(shares):.2f} to {max(shares):.2f}",
    )


# --- time


def _of_time(book: Book, size: str) -> Iterator[Row]:
    waits = [ms / 1000 for name in CLASSES for ms in book.of_ours(name, 0.0).found.values()]
    for share, name in ((0.5, "p50"), (0.95, "p95")):
        yield row(
            f"risk.detect.time_{name}_s",
            percentile(waits, share),
            "s of market time",
            size=size,
            limit="<= 300" if share == 0.5 else "<= 7200",
            note="from the first act of a scheme, innocent as it still looks, to its first alert;"
            f" of the {len(waits)} that were found, schemes of up to hours; nobody asks for a"
            " number, the limit is ours; an alert comes with the act that completes its rule",
        )


# --- real flow


def _of_real_flow(seed: int, *, quick: bool) -> Iterator[Row]:
    flow = real_flow(10_000 if quick else 0)
    if flow is None:
        print("risk.detect.real: no sample here; name its folder in YUNQUAN_SHARED_DATA")
    else:
        for accounts in ACCOUNTS[2:3] if quick else ACCOUNTS:
            seeds = range(seed, seed + (2 if quick else DEALINGS))
            yield _dealt_row(cries_over(flow, accounts, seeds), len(flow.rows))
    yield from _of_real_market()


def _dealt_row(cries: Cries, rows: int) -> Row:
    fixed = sum(cries.fixed.values())
    told = ", ".join(f"{code} {count}" for code, count in cries.by_rule.most_common())
    theirs = ", ".join(f"{name} {count}" for name, count in cries.fixed.most_common())
    low, high = wilson(cries.high, cries.dealt)
    return row(
        f"risk.detect.real_orders.{cries.accounts}",
        cries.high / cries.dealt * 1e6,
        "accounts of a million, high grade",
        size=f"{rows:,} rows of an American share's hour, {cries.accounts:,} accounts,"
        f" dealt {cries.dealings} times",
        limit=f"<= {BEARABLE}",
        peer="published numbers, as they are",
        peer_value=fixed / cries.dealt * 1e6,
        note=f"{cries.high} of {cries.dealt:,} accounts, {low * 1e6:,.0f} to {high * 1e6:,.0f} of a"
        f" million; all grades: {told or 'none'}; fixed: {theirs or 'none'}; the second half of the"
        " hour counts, rules were set on the first with other seeds; orders dealt to accounts at"
        " random, dollars for yuan: sizes, prices and times are real, accounts are not, and the"
        " same orders are dealt each time, so the interval is too narrow",
    )


def _of_real_market() -> Iterator[Row]:
    market = cries_of_real_market()
    if market is None:
        print("risk.detect.real_market: no trades here; name their folder in YUNQUAN_SHARED_DATA")
        return
    days, found = market
    told = ", ".join(f"{code} {count}" for code, count in found.most_common())
    yield row(
        "risk.detect.real_market",
        sum(found.values()) / days,
        "rules a day of an instrument",
        size=f"{days} days of six shares and an index, trades and minutes",
        limit="<= 0.2",
        note=f"market rules that spoke on a day: {told or 'none'}; all of grade 1 or 2; recorded"
        " without bid and ask, and minutes are too few for the rules that want 20 quotes in five",
    )
