"""Everything of credit at a moment, from accounts that were told and prices that are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yunquan.credit.rules import lines as ratios
from yunquan.credit.rules import measure
from yunquan.credit.types import CreditBoard, FileTaken, KeptAccount, Lines
from yunquan.exposure import scenarios_on
from yunquan.exposure.rules.picture import priced
from yunquan.exposure.types import Numbers, Scenario, Universe


@dataclass(frozen=True, slots=True)
class Measuring:
    """Accounts as columns, at prices, now and after each shock."""

    kept: Sequence[KeptAccount]
    universe: Universe
    pledges: measure.Pledges
    prices: Numbers
    now: measure.Standings
    thens: list[tuple[Scenario, measure.Standings]]
    lines: list[Lines]
    firm: Mapping[str, int]


def measuring(
    kept: Sequence[KeptAccount], universe: Universe, last: Mapping[str, int], today: str
) -> Measuring:
    """last: milli by symbol; what has not traded counts at its close before."""
    accounts = [one.account for one in kept]
    firm, prices = ratios.lines_on(today), priced(universe, last)
    pledges = measure.pledges_of(accounts, universe)
    return Measuring(
        kept,
        universe,
        pledges,
        prices,
        measure.standings(pledges, prices),
        measure.after_shocks(pledges, universe, prices, scenarios_on(today)),
        [ratios.lines_of(one, firm) for one in accounts],
        firm,
    )


def board_of(
    found: Measuring, files: Sequence[FileTaken], day: str, at_ms: int, *, simulated: bool
) -> CreditBoard:
    """Accounts in the order they came; day: the venue's, whose file is the latest."""
    told = [one for one in files if not one.code]
    newest = told[-1].day if told else max((one.day for one in found.kept), default="")
    tops = measure.tops(found.pledges, found.now, found.universe)
    thens = [then for _, then in found.thens]
    views = tuple(
        measure.account_view(
            one, found.lines[at], at, found.now, thens, tops[at], found.firm, newest
        )
        for at, one in enumerate(found.kept)
    )
    return CreditBoard(
        at_ms,
        day,
        views,
        int(found.now.assets.sum()),
        int(found.now.debts.sum()),
        dict(Counter(measure.band_of(view) for view in views)),
        tuple(
            measure.shock_view(one, then, found.lines, found.firm["withdraw"])
            for one, then in found.thens
        ),
        measure.collateral(found.pledges, found.now, found.universe),
        tuple(files),
        int((found.prices[found.pledges.symbol] <= 0).sum()),
        simulated,
    )
