"""Days of foes through the kernel under both sets of rules, and who was found by what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import numpy as np

from benchmarks.risk.fixed import MUCH, SHARE, Setting, fixed_rules
from benchmarks.risk.scores import scores
from yunquan.indicators import RULES, Engine, sizes_for
from yunquan.indicators.types import EVENT, Family, Kind
from yunquan.rulebook.rules.books import first_rules, limits_on
from yunquan.rulebook.rules.language import compile_rule
from yunquan.rulebook.rules.program import make_program
from yunquan.rulebook.types import CompiledRule, RuleState, RuleText
from yunquan.surveillance.service.encoding import NEW_DEVICE
from yunquan_world.foes import Day, Scale, Truth, World

TODAY: Final = "2026-09-01"
PUBLISHED: Final[Setting] = (1.0, 1.0)
SETTINGS: Final = tuple(product(MUCH, SHARE))
# Class of foes: the kinds in it, and the rules of ours that look for it.
CLASSES: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "false_orders": (("spoofing", "layering"), ("spoofing.", "layering.")),
    "ramping": (("ramping",), ("ramping.",)),
    "limit_holding": (("limit_holding",), ("limit.", "spoofing.at_limit")),
    "open_close": (
        ("open_close",),
        ("ramping.open", "ramping.close", "ramping.auction", "spoofing.opening"),
    ),
    "self_trade": (("self_trade",), ("self.", "pair.")),
    "order_rate": (("order_rate",), ("rate.hft", "rate.quick")),
    "group_action": (("group_action",), ("group.",)),
    "cash_in_out": (("cash_in_out",), ("cash.in_and_out",)),
    "split_deposits": (("split_deposits",), ("cash.split",)),
    "dormant": (("dormant",), ("cash.dormant",)),
    "shared_device": (("shared_device",), ("device.",)),
    "takeover": (("takeover",), ("login.",)),
}
# Alerts of these tell where: found is who is told of at the right instrument.
SOMEWHERE: Final = (Family.POSITION, Family.PAIR, Family.INSTRUMENT)
# Rules of what is no foe's doing: they aren't judged here.
OTHERS: Final = ("market.", "orders.", "own.", "rate.one_minute")


def class_of(code: str) -> str:
    """The class a rule of ours looks for, "" for none; the more exact name counts."""
    fits = [
        (len(start), name)
        for name, (_, starts) in CLASSES.items()
        for start in starts
        if code.startswith(start)
    ]
    return max(fits)[1] if fits else ""


@dataclass(frozen=True, slots=True)
class Alert:
    """ours: whether of the rules a firm starts with. setting: of a fixed rule. grade 0 of those."""

    day: int
    at_ms: int
    rule: str
    grade: int
    score: float
    name: str
    setting: tuple[float, float] | None
    subject: int
    key: int
    account: int
    symbol: int
    other: int
    device: int
    group: int


@dataclass(frozen=True, slots=True)
class Judged:
    """An alert and whom it is about: foes by their place in the day's truths, a look-alike's kind
    ("" if an ordinary person, or if it is a foe).
    """

    alert: Alert
    foes: frozenset[int]
    looks_like: str


class Watch:
    """An engine over the days of one world. texts: the rules a firm starts with if none are given;
    fixed: settings of the fixed rules beside them.
    """

    def __init__(
        self, scale: Scale, texts: Sequence[RuleText] = (), *, fixed: Sequence[Setting] = SETTINGS
    ) -> None:
        self.limits = limits_on(TODAY)
        self.rules = list[tuple[str, tuple[float, float] | None, CompiledRule]]()
        for text in texts or first_rules():
            self._add(class_of(text.code), None, text)
        for name, setting, text in fixed_rules():
            if setting in fixed:
                self._add(name, setting, text)
        program = {at: (rule, RuleState.LIVE) for at, (_, _, rule) in enumerate(self.rules)}
        active = max(scale.accounts * 6 // 10, 512)
        self.engine = Engine(sizes_for(scale.accounts * 5 // 4, active, scale.symbols))
        self.engine.publish(make_program(program, RULES))
        self.rows_seen = 0
        self.devices = dict[int, set[int]]()

    def _add(self, name: str, setting: tuple[float, float] | None, text: RuleText) -> None:
        rule = compile_rule(text, self.limits)
        assert isinstance(rule, CompiledRule), (text.code, rule)
        self.rules.append((name, setting, rule))

    def feed(self, rows: Any) -> tuple[Any, Any, Any]:
        """Alerts, their values and the event of each."""
        made = np.zeros(len(rows), EVENT)
        for name in rows.dtype.names:
            made[name] = rows[name]
        self._mark_new_devices(made)
        begin = self.engine.next_seq
        made["seq"] = np.arange(begin, begin + len(made))
        alerts, values = self.engine.feed(made)
        self.rows_seen += len(made)
        return alerts, values, made[alerts["seq"] - begin]

    def _mark_new_devices(self, made: Any) -> None:
        """As the encoder does from logins: new to whom has used another."""
        for at in np.flatnonzero(made["kind"] == Kind.LOGIN):
            known = self.devices.setdefault(int(made["account"][at]), set())
            device = int(made["device"][at])
            made["side"][at] = NEW_DEVICE if known and device not in known else 0
            known.add(device)

    def alerts(self, day: int, rows: Any) -> list[Alert]:
        """Those of rules that look for foes."""
        found, values, events = self.feed(rows)
        made = list[Alert]()
        for number, (name, setting, rule) in enumerate(self.rules):
            mine = np.flatnonzero(found["rule"] == number)
            if not len(mine) or not name:
                continue
            told = (
                np.zeros(len(mine))
                if setting
                else scores(rule.text, self.limits, values[mine], events[mine])
            )
            for at, score in zip(mine, told, strict=True):
                one = found[at]
                made.append(
                    Alert(
                        day,
                        int(one["at_ms"]),
                        rule.text.code,
                        rule.text.grade,
                        float(score),
                        name,
                        setting,
                        int(rule.subject),
                        int(one["key"]),
                        int(one["account"]),
                        int(one["symbol"]),
                        int(one["other"]),
                        int(one["device"]),
                        int(one["group"]),
                    )
                )
        return made


class Roll:
    """Who of a day's truths an alert is about."""

    def __init__(self, truths: Sequence[Truth]) -> None:
        self.truths = truths
        self._accounts: dict[int, list[int]] = defaultdict(list)
        self._devices: dict[int, list[int]] = defaultdict(list)
        self._groups: dict[int, list[int]] = defaultdict(list)
        for at, truth in enumerate(truths):
            for account in truth.accounts:
                self._accounts[account].append(at)
            if truth.device >= 0:
                self._devices[truth.device].append(at)
            if truth.group >= 0:
                self._groups[truth.group].append(at)

    def judge(self, alert: Alert) -> Judged:
        about = set[int]()
        if alert.subject == Family.DEVICE:
            about.update(self._devices[alert.device])
        if alert.subject == Family.GROUP:
            about.update(self._groups[alert.group])
        # A device of two accounts tells of either; a row has one account at hand in any case.
        about.update(self._accounts[alert.account])
        if alert.subject == Family.PAIR:
            about.update(self._accounts[alert.other])
        foes = {at for at in about if not self.truths[at].innocent}
        alike = [self.truths[at].kind for at in about - foes]
        return Judged(alert, frozenset(foes), alike[0] if alike and not foes else "")

    def finds(self, judged: Judged, at: int) -> bool:
        """Whether an alert tells of this foe's doing, where and since it happened."""
        truth, alert = self.truths[at], judged.alert
        if truth.kind not in CLASSES[alert.name][0] or alert.at_ms < truth.begin_ms:
            return False
        by_symbol = alert.subject in SOMEWHERE and truth.symbol >= 0
        return not by_symbol or alert.symbol == truth.symbol


@dataclass(frozen=True, slots=True)
class Found:
    """Everything of one day. number: of the seed and the day."""

    number: int
    roll: Roll
    alerts: list[Judged]
    rows: int


def watched(seed: int, scale: Scale, habits: int, days: int) -> Iterator[Found]:
    """Days of a world, after days of habit."""
    world, watch = World(seed, scale), Watch(scale)
    watch.feed(world.asleep())
    for _ in range(habits):
        watch.feed(world.habit().rows)
    for _ in range(days):
        day: Day = world.day()
        roll, number = Roll(day.truths), seed * 100_000 + day.number
        alerts = [roll.judge(one) for one in watch.alerts(number, day.rows)]
        yield Found(number, roll, alerts, len(day.rows))
