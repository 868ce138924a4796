"""Looking at alerts, and saying in words what they saw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from yunquan.indicators.rules.catalogue import CATALOGUE, PLACES
from yunquan.kernel.transaction import Database
from yunquan.kernel.zone import day_begins_ms, day_of
from yunquan.surveillance import store
from yunquan.surveillance.rules.watches import figure_names, unit_of, watch_of
from yunquan.surveillance.store import EVER
from yunquan.surveillance.types import AlertLine, AlertReason, AlertView, RuleText, Skipped

Text = Callable[..., str]
LONGEST_LIST: Final = 200
LONGEST_SKIPPED: Final = 20
# How a number of each unit is written: what it is divided by, and its pattern.
SHOWN: Final = {
    "fen": (100.0, "¥{:,.2f}"),
    "milli": (1_000.0, "¥{:,.3f}"),
    "share": (0.01, "{:,.1f}%"),
    "ms": (1_000.0, "{:,.2f} s"),
    "bp": (1.0, "{:,.1f} bp"),
    "sd": (1.0, "{:,.1f} σ"),
    "per_s": (1.0, "{:,.1f}/s"),
    "days": (1.0, "{:,.1f} d"),
    "qty": (1.0, "{:,.0f}"),
    "count": (1.0, "{:,.0f}"),
}


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
            titles = self._titles(found, locale)
        return [_line(one, titles[one.rule], locale) for one in found]

    def named(self, ids: Sequence[str], locale: str) -> list[AlertLine]:
        """These, in this order; an id nobody has is left out."""
        with self.database.read() as tx:
            known = store.find_alerts(tx, ids)
            found = [known[alert] for alert in ids if alert in known]
            titles = self._titles(found, locale)
        return [_line(one, titles[one.rule], locale) for one in found]

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
        titles = self._titles(found, locale)
        return [_line(one, titles[one.rule], locale) for one in found]

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
            texts = {rule: store.versions_of(tx, rule) for rule, _, _ in found}
        return [
            (rule, title_of(texts[rule][0].text, locale) if texts[rule] else rule, many, last)
            for rule, many, last in found
        ]

    def _titles(self, found: Sequence[AlertView], locale: str) -> dict[str, str]:
        with self.database.read() as tx:
            texts = {code: store.versions_of(tx, code) for code in {one.rule for one in found}}
        return {
            code: title_of(versions[0].text, locale) if versions else ""
            for code, versions in texts.items()
        }


def title_of(text: RuleText, locale: str) -> str:
    """A rule's title in a language."""
    return text.title_en if locale == "en" else text.title_zh


def number_line(code: str, value: float, locale: str) -> AlertReason | None:
    """An indicator's number in words, or a measured figure's; None for one no longer kept."""
    if (place := PLACES.get(code)) is None:
        return _beside(code, value, locale)
    one = CATALOGUE[place]
    return AlertReason(one.en if locale == "en" else one.zh, shown(value, one.unit))


def _line(alert: AlertView, title: str, locale: str) -> AlertLine:
    told = (number_line(code, value, locale) for code, value in alert.values.items())
    title = title or _of_watch(alert.rule, alert.grade, locale)
    return AlertLine(alert, title, tuple(one for one in told if one))


def _of_watch(code: str, grade: int, locale: str) -> str:
    one = watch_of(code, grade)
    return code if one is None else one.en if locale == "en" else one.zh


def _beside(code: str, value: float, locale: str) -> AlertReason | None:
    """A figure that a room measured by itself, the line it passed, or what explains it."""
    stem, _, last = code.rpartition(".")
    # The line of a watch; a figure may be called that itself.
    is_line = last == "line" and watch_of(stem) is not None
    # A watch's own figure goes by the name of its room and its own.
    name = figure_names().get("line" if is_line else code.replace(".", "_"))
    one = watch_of(stem if is_line else code)
    if name is None and one is None:
        return None
    unit = unit_of(one) if one else unit_of(name) if name else ""
    said = name or one
    assert said is not None
    return AlertReason(said.en if locale == "en" else said.zh, shown(value, unit))


def shown(value: float, unit: str) -> str:
    """A number as people write it."""
    scale, pattern = SHOWN.get(unit, (1.0, "{:,.2f}"))
    return pattern.format(value / scale)
