"""Looking at alerts, and saying in words what they saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from yunquan.indicators.rules.catalogue import CATALOGUE, PLACES
from yunquan.kernel.transaction import Database, ReadTx
from yunquan.kernel.zone import day_begins_ms, day_of
from yunquan.rulebook import texts_of, title_of
from yunquan.rulebook.rules.units import shown
from yunquan.rulebook.types import RuleText
from yunquan.surveillance import store
from yunquan.surveillance.store import EVER
from yunquan.surveillance.types import AlertLine, AlertReason, AlertView, Skipped
from yunquan.thresholds.rules.watches import number_of, watch_of

LONGEST_LIST: Final = 200
LONGEST_SKIPPED: Final = 20


class LeftOut(msgspec.Struct, frozen=True):
    """What surveillance could not read: how many events, and the newest pieces of them."""

    events: int
    newest: tuple[Skipped, ...]


class Alerts:
    """The office of alerts."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def recent(
        self,
        locale: str,
        *,
        before_ms: int = EVER,
        limit: int = 60,
        account: str = "",
        least_grade: int = 1,
        since_ms: int = 0,
        known_by_ms: int = EVER,
    ) -> list[AlertLine]:
        """Newest first; those of rules in the shadow are told to nobody. known_by_ms: as the list
        was at that moment.
        """
        limit = max(1, min(limit, LONGEST_LIST))
        with self.database.read() as tx:
            found = store.list_alerts(
                tx,
                before_ms=before_ms,
                limit=limit,
                account=account,
                least_grade=least_grade,
                since_ms=since_ms,
                known_by_ms=known_by_ms,
            )
            return _lines(tx, found, locale)

    def named(self, ids: Sequence[str], locale: str) -> list[AlertLine]:
        """These, in this order; an id nobody has is left out."""
        with self.database.read() as tx:
            known = store.find_alerts(tx, ids)
            found = [known[alert] for alert in ids if alert in known]
            return _lines(tx, found, locale)

    def between(
        self, from_ms: int, until_ms: int, *, rule: str = "", shadow: bool = False, limit: int
    ) -> list[AlertView]:
        """As they are kept, newest first, the first moment included."""
        with self.database.read() as tx:
            return store.list_alerts(
                tx, before_ms=until_ms, since_ms=from_ms, rule=rule, shadow=shadow, limit=limit
            )

    def counts(self, from_ms: int) -> dict[tuple[str, int, bool], int]:
        """How many since then, by rule, version and whether it ran in the shadow."""
        with self.database.read() as tx:
            return store.count_alerts(tx, from_ms)

    def stream_days(self, limit: int) -> list[str]:
        """Days on which the stream was read, newest first: they can be read again."""
        with self.database.read() as tx:
            first, last = store.batch_span(tx)
            days, at_ms = list[str](), last
            while first and at_ms >= first and len(days) < limit:
                days.append(day_of(at_ms))
                # A look a day rather than a walk over all batches.
                at_ms = store.last_batch_before(tx, day_begins_ms(days[-1]))
                if not at_ms:
                    break
        return days

    def lines(self, found: Sequence[AlertView], locale: str) -> list[AlertLine]:
        """These in words, whether they are kept or not."""
        with self.database.read() as tx:
            return _lines(tx, found, locale)

    def skipped(self) -> LeftOut:
        """What was left out of the stream."""
        with self.database.read() as tx:
            return LeftOut(store.count_skipped(tx), tuple(store.list_skipped(tx, LONGEST_SKIPPED)))

    def values_of(self, ids: Sequence[str]) -> dict[str, dict[str, float]]:
        """By alert: the numbers its rule looked at."""
        with self.database.read() as tx:
            return {name: one.values for name, one in store.find_alerts(tx, ids).items()}

    def tally(self, account: str, since_ms: int, locale: str) -> list[tuple[str, str, int, int]]:
        """(rule, title, how many, at_ms of the last) of an account's alerts, most first."""
        with self.database.read() as tx:
            found = store.tally_alerts(tx, account, since_ms)
            texts = texts_of(tx, (rule for rule, _, _ in found))
        return [(rule, headline(rule, 0, texts, locale), many, last) for rule, many, last in found]


def headline(rule: str, grade: int, texts: Mapping[str, RuleText], locale: str) -> str:
    """What an alert is called: as its rule, or as the line that a measured figure passed."""
    if text := texts.get(rule):
        return title_of(text, locale)
    one = watch_of(rule, grade)
    return rule if one is None else one.en if locale == "en" else one.zh


def number_line(code: str, value: float, locale: str) -> AlertReason | None:
    """An indicator's number in words, or a measured figure's; None for one no longer kept."""
    if (place := PLACES.get(code)) is None:
        return _beside(code, value, locale)
    one = CATALOGUE[place]
    return AlertReason(one.en if locale == "en" else one.zh, shown(value, one.unit))


def _lines(tx: ReadTx, found: Sequence[AlertView], locale: str) -> list[AlertLine]:
    texts = texts_of(tx, (one.rule for one in found))
    lines = list[AlertLine]()
    for one in found:
        told = (number_line(code, value, locale) for code, value in one.values.items())
        title = headline(one.rule, one.grade, texts, locale)
        lines.append(AlertLine(one, title, tuple(said for said in told if said)))
    return lines


def _beside(code: str, value: float, locale: str) -> AlertReason | None:
    """A number of a figure that a room measured by itself."""
    if (found := number_of(code)) is None:
        return None
    said, unit = found
    return AlertReason(said.en if locale == "en" else said.zh, shown(value, unit))
