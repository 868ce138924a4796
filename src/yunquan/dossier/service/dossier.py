"""The office of dossiers."""

from __future__ import annotations

from typing import Final

from yunquan.cases.types import Case
from yunquan.dossier.rules.likeness import likeness
from yunquan.dossier.service.day import account_day
from yunquan.dossier.service.links import linked_accounts
from yunquan.dossier.service.parts import DossierParts
from yunquan.dossier.service.replay import AFTER_S, BEFORE_S, book_replay
from yunquan.dossier.types import (
    AccountDay,
    AlertTally,
    BookReplay,
    LinkedAccount,
    NumberPair,
    PastCase,
    Record,
    SimilarCase,
)
from yunquan.surveillance import number_line

YEAR_MS: Final = 366 * 86_400_000
SIMILAR: Final = 6
NUMBERS: Final = 6
# Below this two cases have only their kind in common.
LEAST_LIKE: Final = 20


class Dossier:
    """What is known about an account and what is like it; whoever asks was checked by the face."""

    def __init__(self, parts: DossierParts) -> None:
        self._parts = parts

    def day(self, account: str, day: str, locale: str) -> AccountDay:
        """An account's day in Beijing, in one line of time. Raises NotFound account.unknown,
        Invalid dossier.day.
        """
        return account_day(self._parts, account, day, locale)

    def links(self, account: str, locale: str) -> tuple[LinkedAccount, ...]:
        """Accounts that may be in the same hand, the strongest first. Raises NotFound
        account.unknown.
        """
        return linked_accounts(self._parts, account, locale)

    def replay(
        self,
        account: str,
        symbol: str,
        at_ms: int,
        locale: str,
        before_s: int = BEFORE_S,
        after_s: int = AFTER_S,
    ) -> BookReplay:
        """The instrument's book around a moment, with the account's orders in it."""
        return book_replay(self._parts, account, symbol, at_ms, locale, before_s, after_s)

    def record(self, account: str, but: str, now_ms: int, locale: str) -> Record:
        """Earlier cases of the account but one, and a year's alerts by rule."""
        since_ms = now_ms - YEAR_MS
        cases = tuple(
            PastCase(one.id, one.kind, one.grade, str(one.state), one.outcome, one.opened_at_ms)
            for one in self._parts.cases.of_account(account, since_ms)
            if one.id != but
        )
        tallies = self._parts.alerts.tally(account, since_ms, locale)
        return Record(cases, tuple(AlertTally(*one) for one in tallies))

    def similar(self, case: Case, locale: str) -> tuple[SimilarCase, ...]:
        """Closed cases of its kind whose numbers are nearest, with what came of them."""
        alerts = self._parts.alerts
        mine = self._parts.cases.open_file(case.id).alerts
        precedents = self._parts.cases.precedents(case)
        values = alerts.values_of([*mine, *(one for _, of in precedents.values() for one in of)])
        # Oldest first, so that the latest number of each kind stands.
        here = _numbers(list(reversed(mine)), values)
        found = list[SimilarCase]()
        for one, of in precedents.values():
            there = _numbers(of, values)
            like = likeness(here, there)
            if like >= LEAST_LIKE:
                found.append(_similar(one, like, here, there, locale))
        found.sort(key=lambda one: (-one.likeness, -one.opened_at_ms))
        return tuple(found[:SIMILAR])


def _numbers(alerts: list[str], values: dict[str, dict[str, float]]) -> dict[str, float]:
    """The latest of each number that these alerts rest on."""
    found: dict[str, float] = {}
    for alert in alerts:
        found |= values.get(alert, {})
    return found


def _similar(
    one: Case, like: int, here: dict[str, float], there: dict[str, float], locale: str
) -> SimilarCase:
    pairs = list[NumberPair]()
    for code in sorted(here.keys() & there.keys()):
        mine, theirs = (number_line(code, of[code], locale) for of in (here, there))
        if mine and theirs:
            pairs.append(NumberPair(mine.name, mine.value, theirs.value))
    return SimilarCase(
        one.id,
        one.account,
        one.opened_at_ms,
        one.outcome,
        one.lesson,
        like,
        tuple(pairs[:NUMBERS]),
    )
