"""Running a back-test: the stream again, batch by batch, with versions of rules of one's choice."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from yunquan.backtests import errors, rules
from yunquan.backtests.service.replay import Replay, Stretch
from yunquan.backtests.types import (
    Backtest,
    BacktestResult,
    Missing,
    NewBacktest,
    RuleFound,
)
from yunquan.indicators import Sizes
from yunquan.kernel.errors import NotFound, Unavailable
from yunquan.kernel.transaction import Database
from yunquan.kernel.zone import day_begins_ms, in_market_zone
from yunquan.rulebook import RuleBook
from yunquan.rulebook.types import RuleState, RuleVersion
from yunquan.surveillance import Alerts, Source
from yunquan.surveillance.types import AlertView

DAY_MS: Final = 86_400_000
TOLD_EVERY_S: Final = 1.0
LONGEST_S: Final = 3_600.0
# Alerts of one version that are looked at one by one; all are counted.
LOOKED_AT: Final = 5_000
EXAMPLES: Final = 20
RECORDED: Final = 20_000
Told = Callable[[int, int], bool]


@dataclass(slots=True)
class Tally:
    """What one version raised so far."""

    version: RuleVersion
    count: int = 0
    accounts: set[str] = field(default_factory=set[str])
    hours: Counter[int] = field(default_factory=Counter[int])
    alerts: list[AlertView] = field(default_factory=list[AlertView])

    def add(self, one: AlertView) -> None:
        """One more."""
        self.count += 1
        self.accounts |= {name for name in (one.account, one.other) if name}
        self.hours[in_market_zone(one.at_ms).hour] += 1
        if len(self.alerts) < LOOKED_AT:
            self.alerts.append(one)


class Course:
    """A run as it goes, between two moments that count. kept_back, faults: by rule, as they stood
    before these.
    """

    def __init__(
        self, replay: Replay, tallies: Sequence[Tally], from_ms: int, until_ms: int
    ) -> None:
        self.replay = replay
        self.tallies = tallies
        self.from_ms = from_ms
        self.until_ms = until_ms
        self.events = 0
        self.missing: list[Missing] = []
        self._by_version = {(one.version.text.code, one.version.version): one for one in tallies}
        self.kept_back, self.faults = replay.kept_back(), replay.faults()

    def take(self, stretch: Stretch) -> None:
        """What one batch gave."""
        for gone in stretch.gone:
            self.missing = rules.added(self.missing, gone.source, gone.at_ms, gone.events)
        if stretch.last_ms < self.from_ms:
            self.kept_back, self.faults = self.replay.kept_back(), self.replay.faults()
        else:
            self.events += stretch.events
        for alert in stretch.alerts:
            if self.from_ms <= alert.at_ms < self.until_ms:
                self._by_version[alert.rule, alert.version].add(alert)

    def flooding(self, number: int) -> int:
        """Alerts of a rule over its measure."""
        return self.replay.kept_back()[number] - self.kept_back[number]

    def divided(self, number: int) -> int:
        """How often a rule divided by nothing."""
        return self.replay.faults()[number] - self.faults[number]


class Runner:
    """Runs one at a time; whatever it keeps is bounded by the sizes of the kernel and by what is
    looked at of alerts.
    """

    def __init__(self, database: Database, sources: Sequence[Source], sizes: Sizes) -> None:
        self._database = database
        self._sources = sources
        self._sizes = sizes
        self._book = RuleBook(database, database.clock)
        self._alerts = Alerts(database)

    def run(self, one: Backtest, told: Told = lambda _done, _total: True) -> BacktestResult | None:
        """What came out; None once `told` (batches done, of how many) says no. Raises NotFound
        rulebook.unknown, Conflict backtests.no_stream, Unavailable backtests.too_long.
        """
        wish = one.wish
        tested = [self._version(ref.code, ref.version) for ref in wish.rules]
        live = {version.text.code: self._live(version.text.code) for version in tested}
        beside = [other for other in live.values() if other and other not in tested]
        tallies = [Tally(version) for version in (*tested, *beside)]
        course = self._through(wish, tallies, told)
        return self._result(course, len(tested)) if course else None

    def _version(self, code: str, number: int) -> RuleVersion:
        for one in self._book.versions_of(code):
            if one.version == number:
                return one
        raise NotFound("rulebook.unknown", rule=code[:60])

    def _live(self, code: str) -> RuleVersion | None:
        states = self._book.versions_of(code)
        return next((one for one in states if one.state is RuleState.LIVE), None)

    def _through(self, wish: NewBacktest, tallies: list[Tally], told: Told) -> Course | None:
        from_ms = day_begins_ms(wish.from_day)
        until_ms = day_begins_ms(wish.until_day) + DAY_MS
        warm_ms = day_begins_ms(rules.day_before(wish.from_day, wish.warm_days))
        replay = Replay(self._database, self._sources, self._sizes)
        first, last, newest = replay.span(warm_ms, until_ms)
        if not first:
            raise errors.no_stream(wish.from_day)
        total = max(last - first + 1, 1)
        replay.learn(warm_ms)
        replay.begin([tally.version for tally in tallies], warm_ms)
        course = Course(replay, tallies, from_ms, until_ms)
        begun_s = said_s = time.monotonic()
        for stretch in replay.run(first, newest):
            if stretch.first_ms >= until_ms:
                break
            course.take(stretch)
            now_s = time.monotonic()
            if now_s - begun_s > LONGEST_S:
                raise Unavailable("backtests.too_long", minutes=int(LONGEST_S / 60))
            if now_s - said_s > TOLD_EVERY_S:
                said_s = now_s
                if not told(stretch.number - first + 1, total):
                    return None
        if not course.events and not course.missing:
            raise errors.no_stream(wish.from_day)
        return course if told(total, total) else None

    def _result(self, course: Course, tested: int) -> BacktestResult:
        tallies = course.tallies
        recorded = self._alerts.between(course.from_ms, course.until_ms, limit=RECORDED)[::-1]
        found = [
            _found(tally, tallies, recorded, course.flooding(number), course.divided(number))
            for number, tally in enumerate(tallies[:tested])
        ]
        ran = {(one.version.text.code, one.version.version) for one in tallies}
        alike = rules.likeness(
            [alert for one in tallies for alert in one.alerts],
            recorded,
            ran,
            {code: self._book.history(code) for code, _ in ran},
        )
        return BacktestResult(
            tuple(found),
            course.events,
            tuple(course.missing),
            alike,
            tuple(course.replay.left_out()),
            any(one.count > len(one.alerts) for one in tallies) or len(recorded) >= RECORDED,
        )


def _found(
    tally: Tally,
    tallies: Sequence[Tally],
    recorded: Sequence[AlertView],
    flooding: int,
    faults: int,
) -> RuleFound:
    """One version beside the live one of its rule; the live one itself, beside the record."""
    text, version = tally.version.text, tally.version
    of_rule = [one for one in tallies if one.version.text.code == text.code]
    live = next((one for one in of_rule if one.version.state is RuleState.LIVE), None)
    old = list[AlertView]() if live is None else live.alerts
    if live is tally:
        old = [one for one in recorded if one.rule == text.code]
    within = rules.within_of(one.version.text.quiet_s for one in of_rule)
    beside = rules.compare(tally.alerts, old, within)
    of_kind = [one for one in recorded if one.kind == text.kind]
    on_record = rules.compare(tally.alerts, of_kind, within)
    return RuleFound(
        text.code,
        version.version,
        text.grade,
        live.version.version if live else 0,
        tally.count,
        len(tally.accounts),
        tuple(tally.hours[hour] for hour in range(rules.HOURS)),
        flooding,
        faults,
        len(beside.both),
        len(beside.new),
        len(beside.old),
        tuple(tally.alerts[mine] for mine, _ in beside.both[:EXAMPLES]),
        tuple(tally.alerts[place] for place in beside.new[:EXAMPLES]),
        tuple(old[place] for place in beside.old[:EXAMPLES]),
        tuple(of_kind[theirs].id for _, theirs in on_record.both),
    )
