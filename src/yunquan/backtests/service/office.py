"""Asking for back-tests, following and stopping them, reading what came out; shadows beside what is
live.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from yunquan.backtests import errors, rules, store
from yunquan.backtests.types import (
    Backtest,
    BacktestId,
    BacktestResult,
    BacktestState,
    NewBacktest,
    RuleFound,
    ShadowReport,
    StreamDay,
    Told,
)
from yunquan.kernel.clock import to_ms
from yunquan.kernel.errors import Conflict, Invalid, NotFound
from yunquan.kernel.transaction import Database
from yunquan.kernel.zone import day_of
from yunquan.rulebook import RuleBook
from yunquan.rulebook.types import RuleState, RuleVersion
from yunquan.surveillance import Alerts

# Waiting and running, of everybody.
MOST_GOING: Final = 10
MOST_TRIES: Final = 2
LONGEST_LIST: Final = 50
LOOKED_AT: Final = 5_000
EXAMPLES: Final = 20
DAYS: Final = 60
# Alert id -> outcome of its case, of those that are closed.
Outcomes = Callable[[Sequence[str]], Mapping[str, str]]


class Backtests:
    """The office of back-tests. outcomes: what came of the cases of alerts. tape_since: when the
    oldest tick that is still on the tape was heard, ms UTC; 0 for an empty one.
    """

    def __init__(
        self,
        database: Database,
        outcomes: Outcomes,
        tape_since: Callable[[], int],
    ) -> None:
        self.database = database
        self._outcomes = outcomes
        self._tape_since = tape_since
        self._book = RuleBook(database, database.clock)
        self._alerts = Alerts(database)

    # --- asking

    def days(self) -> list[StreamDay]:
        """Days that can be run again, newest first."""
        since_ms = self._tape_since()
        oldest = day_of(since_ms) if since_ms else ""
        found = self._alerts.stream_days(DAYS)
        return [StreamDay(day, bool(oldest) and day >= oldest) for day in found]

    def ask(self, actor: str, key: str, wish: NewBacktest) -> Backtest:
        """It runs as soon as its turn comes. The same key gives the same one. Raises Invalid
        backtests.*, NotFound rulebook.unknown, Conflict backtests.no_stream, too_many,
        command.reused.
        """
        for one in wish.rules:
            if all(known.version != one.version for known in self._book.versions_of(one.code)):
                raise NotFound("rulebook.unknown", rule=one.code[:60])
        with self.database.transaction(actor=actor) as tx:
            if refused := rules.check_wish(wish, tx.today()):
                raise Invalid(refused.code, **refused.facts)
            if known := store.find_request(tx, actor, key):
                if known.wish != wish:
                    raise Conflict("command.reused", command=key)
                return known
            if len(store.list_going(tx)) >= MOST_GOING:
                raise errors.too_many(MOST_GOING)
            one = Backtest(
                str(tx.ids.new(BacktestId)), actor, tx.now_ms(), wish, BacktestState.WAITING
            )
            store.insert(tx, one, key)
        return one

    def cancel(self, backtest: str) -> Backtest:
        """It stops where it is. Raises NotFound backtests.unknown, Conflict backtests.over."""
        one = self.load(backtest)
        if one.state is BacktestState.CANCELLED:
            return one
        over = msgspec.structs.replace(
            one, state=BacktestState.CANCELLED, ended_at_ms=to_ms(self.database.clock.now())
        )
        with self.database.transaction() as tx:
            if one.is_over or not store.update(tx, over, one.state):
                raise errors.is_over()
        return over

    # --- looking

    def load(self, backtest: str) -> Backtest:
        """Raises NotFound backtests.unknown."""
        with self.database.read() as tx:
            if found := store.find(tx, backtest):
                return found
        raise errors.unknown(backtest)

    def recent(self, code: str = "", limit: int = 20) -> list[Backtest]:
        """Newest first; of one rule, where one is named."""
        with self.database.read() as tx:
            found = store.list_recent(tx, LONGEST_LIST)
        return [
            one for one in found if not code or any(ref.code == code for ref in one.wish.rules)
        ][:limit]

    def told(self, found: RuleFound) -> Told:
        """What people decided by now about what it found."""
        return rules.count_told(found.recorded, dict(self._outcomes(found.recorded)))

    def shadow(self, code: str) -> ShadowReport | None:
        """What the shadow of a rule raised beside its live version; None when there is none."""
        versions = self._book.versions_of(code)
        shadow = next((one for one in versions if one.state is RuleState.SHADOW), None)
        if shadow is None:
            return None
        live = next((one for one in versions if one.state is RuleState.LIVE), None)
        return self._report(shadow, live)

    def _report(self, shadow: RuleVersion, live: RuleVersion | None) -> ShadowReport:
        code, since_ms = shadow.text.code, shadow.at_ms
        until_ms = to_ms(self.database.clock.now()) + 1
        asked = {"from_ms": since_ms, "until_ms": until_ms, "rule": code, "limit": LOOKED_AT}
        new, old = (self._alerts.between(**asked, shadow=quiet)[::-1] for quiet in (True, False))
        quiet = [one.text.quiet_s for one in (shadow, live) if one]
        beside = rules.compare(new, old, rules.within_of(quiet))
        pairs = [old[theirs].id for _, theirs in beside.both]
        return ShadowReport(
            code,
            shadow.version,
            live.version if live else 0,
            since_ms,
            len(new),
            len(old),
            len(beside.both),
            len(beside.new),
            len(beside.old),
            tuple(new[place] for place in beside.new[-EXAMPLES:][::-1]),
            tuple(old[place] for place in beside.old[-EXAMPLES:][::-1]),
            rules.count_told(pairs, dict(self._outcomes(pairs))),
            max(len(new), len(old)) >= LOOKED_AT,
        )

    # --- running them

    def is_waiting(self) -> bool:
        """Whether anything waits to be run."""
        with self.database.read() as tx:
            return store.is_waiting(tx)

    def recover(self) -> None:
        """Whoever ran died: what ran waits again, and fails the second time."""
        with self.database.transaction() as tx:
            for one in store.list_going(tx):
                if one.state is not BacktestState.RUNNING:
                    continue
                again = msgspec.structs.replace(one, state=BacktestState.WAITING, done=0)
                if one.tries >= MOST_TRIES:
                    again = msgspec.structs.replace(
                        one,
                        state=BacktestState.FAILED,
                        failed="backtests.lost",
                        ended_at_ms=tx.now_ms(),
                    )
                store.update(tx, again, BacktestState.RUNNING)

    def claim(self) -> Backtest | None:
        """The one that waited longest, which runs from now on."""
        with self.database.transaction() as tx:
            for one in store.list_going(tx):
                mine = msgspec.structs.replace(
                    one, state=BacktestState.RUNNING, tries=one.tries + 1, began_at_ms=tx.now_ms()
                )
                if store.update(tx, mine, BacktestState.WAITING):
                    return mine
        return None

    def progress(self, backtest: str, done: int, total: int) -> bool:
        """How far it is; False when it shall stop."""
        with self.database.transaction() as tx:
            return store.save_progress(tx, backtest, done, total)

    def finish(self, one: Backtest, result: BacktestResult | None, failed: str = "") -> None:
        """Keep what came out, or why nothing did; of one that was cancelled, nothing."""
        state = BacktestState.FAILED if failed else BacktestState.DONE
        with self.database.transaction() as tx:
            now_ms = tx.now_ms()
            over = msgspec.structs.replace(
                store.find(tx, one.id) or one,
                state=state,
                result=result,
                failed=failed,
                ended_at_ms=now_ms,
            )
            store.update(tx, over, BacktestState.RUNNING)

    def put_back(self, one: Backtest) -> None:
        """The house closes for now: it waits for the next who runs."""
        with self.database.transaction() as tx:
            waiting = msgspec.structs.replace(
                one, state=BacktestState.WAITING, tries=one.tries - 1, done=0
            )
            store.update(tx, waiting, BacktestState.RUNNING)
