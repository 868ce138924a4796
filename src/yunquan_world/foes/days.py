"""A world of accounts over some days: days of ordinary flow first, from which habits are known,
then days with foes and look-alikes, each a function of the seed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from yunquan_world.foes import crowds, innocents, money, schemes
from yunquan_world.foes.cast import Cast, Way, make_way
from yunquan_world.foes.flow import Flow
from yunquan_world.foes.ground import Ground
from yunquan_world.foes.honest import People, ordinary
from yunquan_world.foes.rows import DAY_MS, LOGIN, ZONE_MS, Day, blank

Scheme = Callable[[Cast, Way], None]
SCHEMES: Final[dict[str, Scheme]] = {
    "spoofing": schemes.spoofing,
    "layering": schemes.layering,
    "ramping": schemes.ramping,
    "limit_holding": schemes.limit_holding,
    "open_close": schemes.open_close,
    "self_trade": schemes.self_trade,
    "order_rate": schemes.order_rate,
    "group_action": schemes.group_action,
    "cash_in_out": money.cash_in_out,
    "split_deposits": money.split_deposits,
    "shared_device": money.shared_device,
    "takeover": money.takeover,
}
KINDS: Final = (*SCHEMES, "dormant")
# 2026-09-01, a Tuesday, in days since 1970; those who sleep were last seen so long before.
FIRST_DAY: Final = 20_697
SLEPT: Final = 150


@dataclass(frozen=True, slots=True)
class Scale:
    """foes: schemes of each kind on a day. step_ms: between two quotes of an instrument."""

    accounts: int = 20_000
    symbols: int = 300
    foes: int = 6
    step_ms: int = 15_000


class World:
    """Seeded. Its days are made in order, since habits and holdings of roles last."""

    def __init__(self, seed: int, scale: Scale) -> None:
        self.seed, self.scale = seed, scale
        rng = np.random.default_rng([seed, 1])
        rank = np.arange(1, scale.symbols + 1)
        self.turnover = 6e9 / rng.permutation(rank) ** 0.9
        self.closes = (rng.lognormal(2.6, 0.7, scale.symbols) * 100).astype(np.int64) * 10 + 2_000
        popularity = self.turnover**0.7
        self.people = People(rng, scale.accounts, popularity / popularity.sum())
        self._roles(rng)
        self.number = 0

    def _roles(self, rng: np.random.Generator) -> None:
        order, at = rng.permutation(self.scale.accounts), 0
        share = self.scale.accounts / 20_000

        def some(count: float) -> Any:
            nonlocal at
            begin, at = at, at + max(round(count * share), 1)
            return order[begin:at]

        self.makers = some(6)
        self.funds = some(4)
        self.traders = some(40)
        self.savers = some(25)
        self.redeemers = some(60)
        self.institutions = some(30)
        self.hesitants = some(40)
        self.programs = some(8)
        self.arbitrageurs = some(5)
        self.clubs = some(40 if share > 0.1 else 4 / share)
        self.sleepers = some(2_000)
        families = max(round(150 * share), 2)
        self.families = [
            order[at + 4 * one : at + 4 * one + 2 + one % 3] for one in range(families)
        ]
        at += 4 * families
        self.others = order[at:]
        self.people.moves[self.savers] = 0.0

    # --- days

    def asleep(self) -> Any:
        """Rows of the day on which the sleepers were last seen."""
        made = blank(len(self.sleepers))
        made["at_ms"] = (FIRST_DAY - SLEPT) * DAY_MS - ZONE_MS + 36_000_000
        made["account"], made["kind"] = self.sleepers, LOGIN
        made["device"], made["minute"] = self.sleepers, 600
        return made

    def habit(self) -> Day:
        """A day of nothing but habits, without the market's quotes."""
        return self._day(None, quotes=False)

    def day(self, plays: Sequence[tuple[str, str, str]] | None = None) -> Day:
        """A day with foes. plays: (kind, strength, disguise) of each, "" for drawn; None: as many
        of each kind as the scale says.
        """
        if plays is None:
            plays = [(kind, "", "") for kind in KINDS for _ in range(self.scale.foes)]
        return self._day(plays, quotes=True)

    def _day(self, plays: Sequence[tuple[str, str, str]] | None, *, quotes: bool) -> Day:
        rng = np.random.default_rng([self.seed, 2, self.number])
        number = FIRST_DAY + self.number
        self.number += 1
        ground = Ground(rng, self.turnover, self.closes, self.scale.step_ms)
        devices = np.arange(self.scale.accounts, dtype=np.int32)
        groups = np.full(self.scale.accounts, -1, np.int32)
        for members in self.families:
            devices[members], groups[members] = members[0], members.min()
        for four in self._fours():
            devices[four], groups[four] = four[0], four.min()
        flow = Flow(ground, rng, devices, groups, number * DAY_MS - ZONE_MS)
        cast = Cast(flow, rng, self.others)
        sleepers = [int(one) for one in rng.permutation(self.sleepers)]
        hidden = self._hidden(rng)
        for kind, strength, disguise in plays or ():
            way = make_way(rng, strength, disguise)
            if kind == "dormant":
                money.dormant(cast, way, sleepers.pop())
            else:
                cast.first = hidden.pop(kind, []) if way.disguise == "habit" else []
                SCHEMES[kind](cast, way)
                cast.first = []
        self._innocents(cast, sleepers if plays is not None else [], news=plays is not None)
        awake = np.setdiff1d(np.arange(self.scale.accounts), self.sleepers)
        self._habits(flow, awake)
        self.sleepers = np.array(sleepers[:], np.int64)
        rows = flow.finished(quotes=quotes)
        self.closes = np.clip(ground.price(np.arange(len(self.closes)), 900 * 60_000), 2_000, None)
        return Day(number, rows, tuple(flow.truths))

    def _hidden(self, rng: np.random.Generator) -> dict[str, list[int]]:
        """By kind, who has a habit that hides it; one group a kind and day."""
        rich = [int(one) for one in rng.permutation([*self.hesitants, *self.institutions])]
        found = {
            kind: rich[at * 4 : at * 4 + 4]
            for at, kind in enumerate(("spoofing", "layering", "ramping", "open_close"))
        }
        found["limit_holding"] = rich[16:20]
        found["group_action"] = [int(one) for one in self._fours()[0]]
        found["order_rate"] = [int(rng.choice(self.programs))]
        found["cash_in_out"] = [int(rng.choice(self.redeemers))]
        found["split_deposits"] = [int(rng.choice(self.savers))]
        return found

    def _habits(self, flow: Flow, awake: Any) -> None:
        # Whose role it is to trade all day needs no ordinary orders besides.
        busy = np.concatenate(
            [self.makers, self.funds, self.traders, self.institutions, self.programs]
        )
        ordinary(flow, self.people, np.setdiff1d(awake, busy))

    def _innocents(self, cast: Cast, sleepers: list[int], *, news: bool) -> None:
        rng, share, people = cast.rng, self.scale.accounts / 20_000, self.people
        symbols = np.argsort(-self.turnover)[: max(len(self.turnover) // 2, 4)]
        for which, maker in enumerate(self.makers):
            own = symbols[which * 3 % len(symbols) :][:3]
            innocents.market_maker(cast, int(maker), own, 500 if share >= 0.5 else 150)
        for fund in self.funds[: rng.integers(1, len(self.funds) + 1)]:
            innocents.rebalancing(cast, int(fund))
        for trader in self.traders:
            yuan = float(np.clip(people.wealth[trader] * 12, 30_000, 1_500_000))
            which = int(rng.integers(len(self.makers)))
            made = int(symbols[which * 3 % len(symbols)])
            innocents.day_trader(cast, int(trader), yuan, int(self.makers[which]), made)
        self._savers(cast, sleepers, share)
        self._rich(cast, share)
        if news:
            self._news(cast, share)
            innocents.counter_terminal(cast, 20_000_000)

    def _fours(self) -> list[Any]:
        return np.split(self.clubs, range(4, len(self.clubs), 4))

    def _savers(self, cast: Cast, sleepers: list[int], share: float) -> None:
        """Whose money and doors look like a foe's."""
        rng, people = cast.rng, self.people
        for saver in self.savers[rng.random(len(self.savers)) < 0.7]:
            innocents.saver(cast, int(saver))
        for one in self.redeemers[rng.random(len(self.redeemers)) < 0.6]:
            innocents.redeemer(cast, int(one))
        for members in self.families:
            if rng.random() < 0.5:
                innocents.family(cast, members, people.wealth)
        for _ in range(max(round(30 * share), 6)):
            account = cast.account()
            innocents.mistyper(cast, account, float(people.wealth[account] * rng.lognormal(0.3, 1)))
        for _ in range(max(round(12 * share), 1)):
            if sleepers:
                innocents.returner(cast, sleepers.pop())

    def _rich(self, cast: Cast, share: float) -> None:
        rng = cast.rng
        for which, one in enumerate(self.institutions):
            crowds.institution(cast, int(one), urgent=which % 6 == 0)
        for one in self.hesitants[rng.random(len(self.hesitants)) < 0.6]:
            crowds.hesitant(cast, int(one))
        # And some for the first time in their lives.
        for _ in range(max(round(10 * share), 1)):
            crowds.hesitant(cast, cast.account())
        for which in range(max(round(8 * share), 1)):
            crowds.institution(cast, cast.account(), urgent=which % 2 == 0)
        for _ in range(max(round(3 * share), 1)):
            crowds.club(cast, cast.linked(4, seen=1.0))
        for one in self.programs:
            crowds.baskets(cast, int(one))
        for one in self.arbitrageurs:
            crowds.arbitrage(cast, int(one))
        for four in self._fours():
            if rng.random() < 0.6:
                crowds.club(cast, four)
        crowds.chance(cast, self.people.wealth, max(round(60 * share), 2))

    def _news(self, cast: Cast, share: float) -> None:
        for move in (0.12, 0.06, -0.06, -0.12, 0.045, 0.05):
            if cast.rng.random() < 0.7:
                count = 8 + max(round(120 * share), 4)
                readers = cast.rng.choice(self.others, count, replace=False)
                innocents.news(cast, readers, self.people.wealth, move)
