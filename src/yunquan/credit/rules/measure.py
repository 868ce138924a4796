"""All credit accounts at prices, now and after shocks. Money stays whole fen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from yunquan.credit.rules import lines as ratios
from yunquan.credit.types import (
    CollateralView,
    CreditAccount,
    CreditLineView,
    KeptAccount,
    Lines,
    Passed,
    ShockView,
)
from yunquan.exposure.rules.book import by_group, largest_first, shares_bp, worth
from yunquan.exposure.rules.scenarios import shock_bp, shocked
from yunquan.exposure.types import Numbers, Scenario, Universe

WHOLE_BP: Final = 10_000
LONGEST_LIST: Final = 12
# Shocks of each client's own largest holding or sector are exposure's; here all fall together.
SHOCKS: Final = ("market", "all")


@dataclass(frozen=True, slots=True)
class Pledges:
    """Collateral and shorts of all accounts, a row each. sign: 1 of collateral, -1 of a short."""

    owner: Numbers
    symbol: Numbers
    qty: Numbers
    short: Numbers
    cash: Numbers
    loans: Numbers


@dataclass(frozen=True, slots=True)
class Standings:
    """Assets and debts of each account in fen."""

    assets: Numbers
    debts: Numbers
    holding: Numbers

    def ratio(self, at: int) -> int | None:
        return ratios.ratio_bp(int(self.assets[at]), int(self.debts[at]))


def symbols_of(accounts: Sequence[CreditAccount]) -> list[str]:
    """Every security that is pledged or owed."""
    return sorted({symbol for one in accounts for symbol, _ in (*one.collateral, *one.shorts)})


def pledges_of(accounts: Sequence[CreditAccount], universe: Universe) -> Pledges:
    """As columns."""
    places = universe.places
    rows = [
        (number, places[symbol], qty, short)
        for number, one in enumerate(accounts)
        for short, held in ((False, one.collateral), (True, one.shorts))
        for symbol, qty in held
    ]
    columns = np.array(rows, np.int64).reshape(-1, 4)
    return Pledges(
        columns[:, 0],
        columns[:, 1],
        columns[:, 2],
        columns[:, 3].astype(bool),
        np.array([one.cash_fen for one in accounts], np.int64),
        np.array([one.loan_fen + one.interest_fen for one in accounts], np.int64),
    )


def standings(pledges: Pledges, prices: Numbers) -> Standings:
    """At prices in milli by place in the universe."""
    holding = worth(pledges.qty, prices[pledges.symbol])
    many = len(pledges.cash)
    assets = by_group(np.where(pledges.short, 0, holding), pledges.owner, many)
    owed = by_group(np.where(pledges.short, holding, 0), pledges.owner, many)
    return Standings(assets + pledges.cash, owed + pledges.loans, holding)


def after_shocks(
    pledges: Pledges, universe: Universe, prices: Numbers, scenarios: Sequence[Scenario]
) -> list[tuple[Scenario, Standings]]:
    """Every account revalued in full; a short gains what its security loses."""
    return [
        (one, standings(pledges, shocked(prices, shock_bp(one, universe), one.days)))
        for one in scenarios
        if one.what in SHOCKS
    ]


def shock_view(
    scenario: Scenario, then: Standings, lines: Sequence[Lines], withdraw_bp: int
) -> ShockView:
    """How many would be beyond each line."""
    found = [ratios.passed(then.ratio(at), one, withdraw_bp) for at, one in enumerate(lines)]
    short = sum(
        ratios.short_by_fen(int(then.assets[at]), int(then.debts[at]), one.warning_bp)
        for at, one in enumerate(lines)
    )
    attention, warning, close_out = (sum(one >= line for one in found) for line in ratios.NAMES)
    return ShockView(scenario.code, attention, warning, close_out, short)


def account_view(
    kept: KeptAccount,
    lines: Lines,
    at: int,
    now: Standings,
    thens: Sequence[Standings],
    top: tuple[str, int],
    firm: Mapping[str, int],
    day: str,
) -> CreditLineView:
    """One account for people to read."""
    one, assets, debts = kept.account, int(now.assets[at]), int(now.debts[at])
    ratio = now.ratio(at)
    state = ratios.passed_now(ratio, lines, firm["withdraw"], kept.passed, firm["trembling"])
    return CreditLineView(
        one.account,
        one.own_account,
        one.contract,
        one.due_on,
        assets,
        debts,
        ratio,
        lines,
        state,
        ratios.short_by_fen(assets, debts, lines.warning_bp),
        ratios.free_fen(assets, debts, firm["withdraw"]) if debts > 0 else 0,
        *top,
        tuple(then.ratio(at) for then in thens),
        kept.day != day,
    )


def tops(pledges: Pledges, now: Standings, universe: Universe) -> list[tuple[str, int]]:
    """Of each account its largest collateral, and its share of all its assets in basis points."""
    found = [("", 0)] * len(pledges.cash)
    largest = np.zeros(len(pledges.cash), np.int64)
    for row in np.flatnonzero(~pledges.short):
        owner, fen = int(pledges.owner[row]), int(now.holding[row])
        if fen > largest[owner]:
            largest[owner] = fen
            share = fen * WHOLE_BP // int(now.assets[owner])
            found[owner] = (universe.symbols[int(pledges.symbol[row])], share)
    return found


def collateral(pledges: Pledges, now: Standings, universe: Universe) -> tuple[CollateralView, ...]:
    """Securities among all collateral, the largest first."""
    size = len(universe.symbols)
    held = ~pledges.short
    values = by_group(np.where(held, now.holding, 0), pledges.symbol, size)
    shares = by_group(np.where(held, pledges.qty, 0), pledges.symbol, size)
    holders = np.bincount(pledges.symbol[held], minlength=size)
    total, of_units = int(values.sum()), shares_bp(shares, universe.units)
    return tuple(
        CollateralView(
            universe.symbols[place],
            int(values[place]),
            int(values[place]) * WHOLE_BP // total,
            int(holders[place]),
            int(of_units[place]) if universe.units[place] > 0 else None,
        )
        for place in largest_first(values)[:LONGEST_LIST]
        if values[place] > 0
    )


def band_of(view: CreditLineView) -> str:
    """In which band of the page an account is."""
    if view.ratio_bp is None:
        return "no_debt"
    if view.passed is Passed.WITHDRAWABLE:
        return "withdrawable"
    return ratios.NAMES.get(view.passed, "normal")
