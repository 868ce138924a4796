"""What may be asked for, and putting alerts side by side. Times ms UTC."""

from __future__ import annotations

from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from yunquan.backtests.types import Compared, Likeness, Missing, NewBacktest, Told
from yunquan.kernel.errors import Refused
from yunquan.kernel.zone import in_market_zone
from yunquan.rulebook.types import RuleChange, RuleState
from yunquan.surveillance.types import AlertView

MOST_RULES: Final = 20
MOST_DAYS: Final = 10
MOST_WARM: Final = 20
HOURS: Final = 24
# Two versions may see the same trouble at other moments: this far apart at the least.
WITHIN_MS: Final = 300_000


def check_wish(wish: NewBacktest, today: str) -> Refused | None:
    """Why this can't be run; None when it can."""
    if not 0 < len(wish.rules) <= MOST_RULES or len(set(wish.rules)) < len(wish.rules):
        return Refused("backtests.rules", {"most": MOST_RULES})
    try:
        first, last = date.fromisoformat(wish.from_day), date.fromisoformat(wish.until_day)
    except ValueError:
        return Refused("backtests.day")
    if wish.until_day > today or not 0 <= (last - first).days < MOST_DAYS:
        return Refused("backtests.days", {"most": MOST_DAYS})
    if not 0 <= wish.warm_days <= MOST_WARM:
        return Refused("backtests.warm", {"most": MOST_WARM})
    return None


def day_before(day: str, days: int) -> str:
    """So many days earlier."""
    return (date.fromisoformat(day) - timedelta(days)).isoformat()


def about(alert: AlertView) -> tuple[str, ...]:
    """What an alert is about, apart from when."""
    return (alert.subject, alert.account, alert.symbol, alert.other, alert.device)


def compare(new: Sequence[AlertView], old: Sequence[AlertView], within_ms: int) -> Compared:
    """Those that are about the same thing, at the most `within_ms` apart, in pairs; each is of one
    pair at the most, the nearest first.
    """
    waiting = defaultdict[tuple[str, ...], list[tuple[int, int]]](list)
    for place, one in enumerate(old):
        insort(waiting[about(one)], (one.at_ms, place))
    near = sorted(
        (abs(one.at_ms - at_ms), place, other)
        for place, one in enumerate(new)
        for at_ms, other in waiting.get(about(one), ())
        if abs(one.at_ms - at_ms) <= within_ms
    )
    mine, theirs, both = set[int](), set[int](), list[tuple[int, int]]()
    for _, place, other in near:
        if place not in mine and other not in theirs:
            mine.add(place)
            theirs.add(other)
            both.append((place, other))
    return Compared(
        tuple(sorted(both)),
        tuple(place for place in range(len(new)) if place not in mine),
        tuple(place for place in range(len(old)) if place not in theirs),
    )


def within_of(quiet_s: Iterable[int]) -> int:
    """How far apart two versions' alerts about the same may be: the longer of their silences."""
    return max(WITHIN_MS, *(1_000 * one for one in quiet_s))


def by_hour(alerts: Iterable[AlertView]) -> tuple[int, ...]:
    """How many in each hour of the day in Beijing."""
    counts = Counter(in_market_zone(one.at_ms).hour for one in alerts)
    return tuple(counts[hour] for hour in range(HOURS))


def accounts(alerts: Iterable[AlertView]) -> int:
    """How many different ones they name."""
    return len({one for alert in alerts for one in (alert.account, alert.other) if one})


def added(missing: Sequence[Missing], source: str, at_ms: int, events: int) -> list[Missing]:
    """With another piece that is gone; a line a source."""
    found = {one.source: one for one in missing}
    was = found.get(source, Missing(source, 0, at_ms, at_ms))
    found[source] = Missing(
        source, was.events + events, min(was.from_ms, at_ms), max(was.until_ms, at_ms)
    )
    return [found[name] for name in sorted(found)]


def count_told(alerts: Sequence[str], outcomes: dict[str, str]) -> Told:
    """outcomes: of the alerts whose case is closed."""
    counts = Counter(outcomes.get(one, "") for one in alerts)
    return Told(counts["confirmed"], counts["innocent"], counts["unclear"], counts[""])


def in_force(history: Sequence[RuleChange], version: int, at_ms: int) -> bool:
    """Whether a version was live at a moment. history: of its rule, newest first."""
    for one in history:
        if one.version == version and one.at_ms <= at_ms:
            return one.state == RuleState.LIVE
    return False


def likeness(
    found: Sequence[AlertView],
    recorded: Sequence[AlertView],
    ran: Collection[tuple[str, int]],
    histories: Mapping[str, Sequence[RuleChange]],
) -> Likeness:
    """How far `found` gives again what is on record of the versions that ran."""
    here = Counter(_identity(one) for one in found)
    there = Counter(_identity(one) for one in recorded if (one.rule, one.version) in ran)
    more = here - there
    unheard = [one for one in found if _identity(one) in more]
    live = Counter(
        _identity(one)
        for one in unheard
        if in_force(histories.get(one.rule, ()), one.version, one.at_ms)
    )
    return Likeness(there.total(), (here & there).total(), (more & live).total())


def _identity(one: AlertView) -> tuple[object, ...]:
    return (one.rule, one.version, about(one), one.at_ms, one.began_ms, one.flood)
