"""Distributor, partitions and teller of one process, with nothing between them but bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from yunquan.indicators import RULES, Engine, Sizes
from yunquan.kernel.transaction import Database
from yunquan.partitions import Partition, Relay, Teller
from yunquan.partitions.service.frames import from_bytes, to_bytes
from yunquan.partitions.types import Found, Frame
from yunquan.rulebook.rules.language import compile_rule
from yunquan.rulebook.rules.program import make_program
from yunquan.rulebook.types import CompiledRule, RuleState, RuleText, RuleVersion
from yunquan.surveillance import AlertWriter, view_of
from yunquan.surveillance.types import AlertView

TODAY = "2026-09-01"
Running = Mapping[int, tuple[CompiledRule, RuleVersion]]


def running(texts: Sequence[RuleText], limits: Mapping[str, tuple[str, float]]) -> Running:
    """Rules that run, every third in the shadow."""
    made = dict[int, tuple[CompiledRule, RuleVersion]]()
    for number, text in enumerate(texts):
        compiled = compile_rule(text, limits)
        assert isinstance(compiled, CompiledRule), (text.code, compiled)
        state = RuleState.SHADOW if number % 3 == 2 else RuleState.LIVE
        made[number] = compiled, RuleVersion(text, 1, state, number, "", 0, "")
    return made


def program_of(rules: Running) -> Any:
    """Their program."""
    states = {number: (compiled, one.state) for number, (compiled, one) in rules.items()}
    return make_program(states, RULES)


def names_of(rows: Any) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """A name for every number there is."""
    most = [
        max(int(rows[one].max()) for one in fields)
        for fields in (("account", "other"), ("symbol",), ("device",))
    ]
    return tuple(
        {f"{letter}{number}": number for number in range(count + 1)}
        for letter, count in zip("ASD", most, strict=True)
    )  # pyright: ignore[reportReturnType]


class Parts:
    """Several partitions and a teller. told: what was raised, in its order."""

    def __init__(self, database: Database, partitions: int, sizes: Sizes) -> None:
        self.told = list[AlertView]()
        self.sizes = sizes
        self.partitions = [Partition(number, partitions, sizes) for number in range(partitions)]
        self.writer = AlertWriter(database)
        self.teller = Teller(partitions, self.writer, self.told.extend)

    def take(self, frame: Frame) -> None:
        """One frame through all of them."""
        body = to_bytes(frame)
        self.teller.hear(from_bytes(body, Frame))
        for one in self.partitions:
            if found := one.take(from_bytes(body, Frame)):
                self.teller.hear(from_bytes(to_bytes(found), Found))
        self.teller.tell()


def told_apart(parts: Parts, rows: Any, rules: Running, pieces: int) -> list[AlertView]:
    """Rows in so many frames through partitions and teller."""
    numbers = names_of(rows)
    relay = Relay(lambda: rules, lambda: numbers, parts.take)
    relay.publish(program_of(rules))
    length = max(len(rows) // pieces, 1)
    for begin in range(0, len(rows), length):
        relay.feed(rows[begin : begin + length])
    return parts.told


def _alerts(engine: Engine, rows: Any) -> Iterator[tuple[Any, Any]]:
    """In pieces: a line of every value for each alert is three kilobytes."""
    for begin in range(0, len(rows), 200):
        yield from zip(*engine.feed(rows[begin : begin + 200]), strict=True)


def told_whole(rows: Any, rules: Running, sizes: Sizes) -> list[AlertView]:
    """The same through one engine."""
    names = [list(one) for one in names_of(rows)]
    what = ("accounts", "symbols", "devices")
    kinds: dict[str, list[str]] = dict(zip(what, names, strict=True))
    engine = Engine(sizes)
    engine.publish(program_of(rules))
    views = list[AlertView]()
    for alert, values in _alerts(engine, rows):
        compiled, one = rules[int(alert["rule"])]
        views.append(
            view_of(
                alert,
                one.text,
                1,
                compiled.subject.name.lower(),
                {place: values[place] for place in compiled.places},
                lambda what, number: kinds[what][number] if number >= 0 else "",
                shadow=one.state is RuleState.SHADOW,
            )
        )
    return views
