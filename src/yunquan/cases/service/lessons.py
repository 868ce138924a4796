"""What outcomes say about rules: how often each was right, and which line could be raised."""

from __future__ import annotations

from collections import defaultdict

import msgspec

from yunquan.cases import store
from yunquan.cases.rules.tuning import Judged, LineChange, best_change, changed
from yunquan.cases.types import Precision
from yunquan.kernel.errors import Conflict
from yunquan.kernel.transaction import Database
from yunquan.rulebook import RuleBook, title_of
from yunquan.rulebook.types import RuleState, RuleVersion
from yunquan.surveillance import Alerts


class RuleLesson(msgspec.Struct, frozen=True):
    """A rule that runs, how it did, and what could be changed; None for nothing."""

    rule: str
    version: int
    title: str
    did: Precision
    change: LineChange | None


class Lessons:
    """The office of lessons. It drafts; publishing takes two people at the desk of rules."""

    def __init__(self, database: Database, alerts: Alerts, rules: RuleBook) -> None:
        self._database = database
        self._alerts = alerts
        self._rules = rules

    def of_rules(self, since_ms: int, locale: str) -> list[RuleLesson]:
        """Of every live rule that gave alerts since then: what could be spared most, first."""
        live = {one.text.code: one for one in self._rules.rules(RuleState.LIVE)}
        with self._database.read() as tx:
            did = store.precision(tx, since_ms)
        judged = self._judged(since_ms)
        found = [
            RuleLesson(
                one.rule,
                live[one.rule].version,
                title_of(live[one.rule].text, locale),
                one,
                best_change(live[one.rule].text, judged.get(one.rule, [])),
            )
            for one in did
            if one.rule in live
        ]
        return sorted(found, key=lambda one: (-(one.change.spared if one.change else 0), one.rule))

    def draft(self, actor: str, rule: str, since_ms: int) -> RuleVersion:
        """The rule with its line raised, as a draft. Raises Conflict cases.no_change where outcomes
        no longer ask for one, Invalid rulebook.*.
        """
        live = {one.text.code: one for one in self._rules.rules(RuleState.LIVE)}
        text = live[rule].text if rule in live else None
        change = best_change(text, self._judged(since_ms).get(rule, [])) if text else None
        if text is None or change is None:
            raise Conflict("cases.no_change")
        return self._rules.draft(actor, changed(text, change))

    def _judged(self, since_ms: int) -> dict[str, list[Judged]]:
        """By rule its closed cases, with the numbers of the alerts it gave."""
        with self._database.read() as tx:
            rows = store.judged_alerts(tx, since_ms)
        values = self._alerts.values_of([row.alert for row in rows])
        cases: dict[tuple[str, str, str], list[dict[str, float]]] = defaultdict(list)
        for row in rows:
            cases[(row.rule, row.case, row.outcome)].append(values.get(row.alert, {}))
        found: dict[str, list[Judged]] = defaultdict(list)
        for (rule, case, outcome), numbers in cases.items():
            found[rule].append(Judged(case, outcome, tuple(numbers)))
        return found
