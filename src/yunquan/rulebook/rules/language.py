"""The language of rules: comparisons of indicators, event fields and dated limits.

    position.cancel_amount_share.m5 >= limit.cancel_share
        and position.order_amount.m5 >= yuan(3_000_000) and event.side == buy

Written as a Python expression, read by Python's own parser and by nothing else: what isn't named
here is refused. Everything has a unit, and only like is compared with like. A column counts from 1
through the whole text, lines and all.

No comparison holds of what isn't known, `!=` neither; so `not (x > 1)` holds of it. A condition
that comes to divide by nothing doesn't hold. The first comparison of one indicator with one number
that must hold is made before the rest.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from yunquan.indicators.rules.catalogue import CATALOGUE, PLACES
from yunquan.indicators.rules.code import DEPTH, FIELDS, NO_GUARD, Op
from yunquan.indicators.types import Family, Kind
from yunquan.kernel.errors import Refused
from yunquan.rulebook.rules.units import UNITS
from yunquan.rulebook.types import CompiledRule, Condition, Line, RuleText

LONGEST: Final = 2_000
# Pieces within pieces, and lines of a rule of each role.
NESTED: Final = 60
MOST_LINES: Final = 8
# Nothing else is ever needed, so nothing else is put before the parser.
LETTERS: Final = re.compile(r"[A-Za-z0-9_.,()<>=!+\-*/\s]*", re.ASCII)
# Names rather than numbers: the same or not, and nothing else.
LABELS: Final = frozenset({"kind", "side", "account", "symbol"})
# Seconds of silence and of a sequence, and alerts a minute.
RANGES: Final = {"quiet_s": (0, 604_800), "within_s": (0, 86_400), "most": (1, 100_000)}
# What a bare number may stand beside; money, prices and times must be spoken.
BARE: Final = frozenset({"count", "share", "qty", "per_s", "bp", "sd", "number", "minute"})
FIELD_UNITS: Final = {
    "kind": "kind",
    "side": "side",
    "price": "milli",
    "qty": "qty",
    "amount": "fen",
    "age": "ms",
    "minute": "minute",
    "account": "account",
    "symbol": "symbol",
}
NAMES: Final[Mapping[str, tuple[str, float]]] = {
    "buy": ("side", 1.0),
    "sell": ("side", -1.0),
    # Of a login: the device is new to its account.
    "new_device": ("side", 1.0),
    # Of a quote: it is of an index.
    "index": ("side", 1.0),
} | {one.name.lower(): ("kind", float(one)) for one in Kind}
FUNCTIONS: Final = {"min": Op.MIN, "max": Op.MAX}
ARITHMETIC: Final[Mapping[type[ast.operator], Op]] = {
    ast.Add: Op.ADD,
    ast.Sub: Op.SUB,
    ast.Mult: Op.MUL,
    ast.Div: Op.DIV,
}
COMPARISONS: Final[Mapping[type[ast.cmpop], Op]] = {
    ast.Lt: Op.LT,
    ast.LtE: Op.LE,
    ast.Gt: Op.GT,
    ast.GtE: Op.GE,
    ast.Eq: Op.EQ,
    ast.NotEq: Op.NE,
}
MIRRORED: Final = {Op.LT: Op.GT, Op.LE: Op.GE, Op.GT: Op.LT, Op.GE: Op.LE, Op.EQ: Op.EQ}
FAMILIES: Final = {family.name.lower(): family for family in Family}
# Which families an event of a kind always has something of; a device and a group only if known.
REACH: Final[Mapping[Kind, frozenset[Family]]] = (
    {
        kind: frozenset({Family.ACCOUNT, Family.POSITION, Family.INSTRUMENT, Family.GROUP})
        for kind in (Kind.ORDER, Kind.CANCEL, Kind.FILL, Kind.REFUSED, Kind.MATCH)
    }
    | {
        kind: frozenset({Family.ACCOUNT, Family.GROUP})
        for kind in (Kind.CASH_IN, Kind.CASH_OUT, Kind.LOGIN, Kind.LOGIN_FAILED)
    }
    | {kind: frozenset({Family.INSTRUMENT}) for kind in (Kind.QUOTE, Kind.TRADE, Kind.LIMITS)}
)
WITH_DEVICE: Final = frozenset(
    {Kind.ORDER, Kind.CASH_IN, Kind.CASH_OUT, Kind.LOGIN, Kind.LOGIN_FAILED}
)


class _Wrong(Exception):
    """A refusal on its way out of the tree."""

    def __init__(self, code: str, node: ast.AST | None = None, **facts: int | str) -> None:
        super().__init__(code)
        self.code = code
        self.facts = {"column": getattr(node, "col_offset", 0) + 1} | facts


NONE: Final = frozenset[int]()


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of an expression: what it is measured in, its program, its number if it is one."""

    unit: str
    code: tuple[tuple[int, float], ...]
    number: float | None = None
    places: frozenset[int] = NONE


def reach(kind: Kind) -> frozenset[Family]:
    """Families an event of this kind may be about."""
    more = {Family.DEVICE} if kind in WITH_DEVICE else set[Family]()
    if kind is Kind.MATCH:
        more.add(Family.PAIR)
    return REACH[kind] | more


def compile_rule(text: RuleText, limits: Mapping[str, tuple[str, float]]) -> CompiledRule | Refused:
    """A rule as numbers, or the first thing that is wrong with it. limits: unit and number of each
    dated limit, as of the day.
    """
    try:
        return _compile(text, limits)
    except _Wrong as wrong:
        return Refused(wrong.code, wrong.facts)


def _compile(text: RuleText, limits: Mapping[str, tuple[str, float]]) -> CompiledRule:
    subject = FAMILIES.get(text.subject)
    if subject is None:
        raise _Wrong("rulebook.subject", subject=text.subject)
    if not text.conditions:
        raise _Wrong("rulebook.empty")
    if len(text.conditions) > 1 and text.within_s <= 0:
        raise _Wrong("rulebook.within")
    if text.without and len(text.conditions) == 1:
        raise _Wrong("rulebook.without")
    if not 1 <= text.grade <= 4:
        raise _Wrong("rulebook.grade", grade=text.grade)
    if max(len(text.conditions), len(text.without)) > MOST_LINES:
        raise _Wrong("rulebook.lines", most=MOST_LINES)
    for name, (least, most) in RANGES.items():
        if not least <= getattr(text, name) <= most:
            raise _Wrong("rulebook.range", name=name, least=least, most=most)
    seen = set[int]()
    steps = _lines("step", text.conditions, subject, limits, seen)
    without = _lines("without", text.without, subject, limits, seen)
    return CompiledRule(text, subject, steps, without, tuple(sorted(seen)))


def _lines(
    part: str,
    conditions: tuple[Condition, ...],
    subject: Family,
    limits: Mapping[str, tuple[str, float]],
    seen: set[int],
) -> tuple[Line, ...]:
    """All of one part; what is wrong says in which."""
    lines = list[Line]()
    for at, one in enumerate(conditions, 1):
        try:
            lines.append(_line(one, subject, limits, seen))
        except _Wrong as wrong:
            wrong.facts |= {"part": part, "line": at}
            raise
    return tuple(lines)


def _line(
    condition: Condition,
    subject: Family,
    limits: Mapping[str, tuple[str, float]],
    seen: set[int],
) -> Line:
    kinds = tuple(_kind(name) for name in condition.on)
    if not kinds:
        raise _Wrong("rulebook.no_events")
    tree = _parsed(condition.when)
    reader = _Reader(limits)
    terms = tree.values if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And) else [tree]
    guard, rest = _split(reader, terms)
    whole = reader.conjunction(rest) if rest else _Part("truth", ())
    if _depth(whole.code) > DEPTH:
        raise _Wrong("rulebook.deep", most=DEPTH)
    places = whole.places | (frozenset({guard[1]}) if guard else NONE)
    families = frozenset({CATALOGUE[place].family for place in places} | {subject})
    for kind in kinds:
        if missing := families - reach(kind):
            raise _Wrong("rulebook.out_of_reach", event=kind.name.lower(), family=_names(missing))
    seen |= places
    op, place, value = guard or (NO_GUARD, 0, 0.0)
    return Line(kinds, families, op, place, value, whole.code)


def _parsed(when: str) -> ast.expr:
    """The tree of an expression."""
    if len(when) > LONGEST:
        raise _Wrong("rulebook.long", most=LONGEST)
    lawful = LETTERS.match(when)
    if lawful is None or lawful.end() < len(when):
        at = lawful.end() if lawful else 0
        raise _Wrong("rulebook.not_allowed", column=at + 1, what=ascii(when[at])[1:-1])
    # A blank for the end of a line: columns stay what they are.
    flat = re.sub(r"\s", " ", when)
    indent = len(flat) - len(flat.lstrip())
    try:
        tree = ast.parse(flat.strip(), mode="eval").body
    except SyntaxError as error:
        # What breaks off is wrong at its end, whichever line the parser saw that on.
        at = error.offset if error.lineno == 1 and error.offset else len(flat.rstrip()) + 1 - indent
        column = indent + at
        raise _Wrong("rulebook.syntax", column=column) from None
    except (ValueError, RecursionError, MemoryError):
        raise _Wrong("rulebook.deep", most=NESTED) from None
    depth, level = 0, [tree]
    while level and depth <= NESTED:
        for node in level:
            if isinstance(node, ast.expr):
                node.col_offset += indent
        level = [inner for node in level for inner in ast.iter_child_nodes(node)]
        depth += 1
    if level:
        raise _Wrong("rulebook.deep", most=NESTED)
    return tree


def _kind(name: str) -> Kind:
    try:
        return Kind[name.upper()]
    except KeyError:
        raise _Wrong("rulebook.event", event=name[:40]) from None


def _names(families: Iterable[Family]) -> str:
    return " ".join(sorted(one.name.lower() for one in families))


def _split(
    reader: _Reader, terms: list[ast.expr]
) -> tuple[tuple[int, int, float] | None, list[ast.expr]]:
    """The first comparison of one indicator with one number, and what else must hold."""
    for at, term in enumerate(terms):
        if guard := reader.guard(term):
            return guard, terms[:at] + terms[at + 1 :]
    return None, terms


def _depth(code: tuple[tuple[int, float], ...]) -> int:
    """Places of the stack a program needs."""
    depth = most = 0
    for op, _ in code:
        if op in (Op.CONST, Op.VALUE, Op.FIELD):
            depth += 1
        elif op not in (Op.NEG, Op.ABS, Op.NOT):
            depth -= 1
        most = max(most, depth)
    return most


class _Reader:
    """Reads a tree once, units checked."""

    def __init__(self, limits: Mapping[str, tuple[str, float]]) -> None:
        self._limits = limits

    def guard(self, term: ast.expr) -> tuple[int, int, float] | None:
        """A comparison that the kernel makes before anything else, if this is one."""
        if not (isinstance(term, ast.Compare) and len(term.ops) == 1):
            return None
        op = COMPARISONS.get(type(term.ops[0]))
        if op is None or op not in MIRRORED:
            return None
        left, right = self.read(term.left), self.read(term.comparators[0])
        self._alike(left, right, term)
        if left.number is not None:
            left, right, op = right, left, MIRRORED[op]
        is_value = len(left.code) == 1 and left.code[0][0] == Op.VALUE
        if not is_value or right.number is None:
            return None
        return int(op), int(left.code[0][1]), right.number

    def conjunction(self, terms: list[ast.expr]) -> _Part:
        """All of them, in their order."""
        if len(terms) == 1:
            return self._truth(terms[0])
        return self._joined(Op.AND, [self._truth(one) for one in terms])

    def read(self, node: ast.expr) -> _Part:
        """Any piece."""
        try:
            part = self._read(node)
        except OverflowError:
            raise _Wrong("rulebook.number", node) from None
        if part.number is not None and not math.isfinite(part.number):
            raise _Wrong("rulebook.number", node)
        return part

    def _read(self, node: ast.expr) -> _Part:
        match node:
            case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
                return _number("number", float(value))
            case ast.Attribute() | ast.Name():
                return self._named(node)
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                part = self._measure(inner)
                if part.number is not None:
                    return _number(part.unit, -part.number)
                return _Part(part.unit, (*part.code, (Op.NEG, 0.0)), places=part.places)
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                part = self._truth(inner)
                return _Part("truth", (*part.code, (Op.NOT, 0.0)), places=part.places)
            case ast.BinOp(op=op) if type(op) in ARITHMETIC:
                return self._arithmetic(node, ARITHMETIC[type(op)])
            case ast.BoolOp(op=op, values=values):
                joint = Op.AND if isinstance(op, ast.And) else Op.OR
                return self._joined(joint, [self._truth(one) for one in values])
            case ast.Compare():
                return self._comparison(node)
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                return self._call(name, args, node)
            case _:
                raise _Wrong("rulebook.not_allowed", node, what=type(node).__name__)

    def _truth(self, node: ast.expr) -> _Part:
        part = self.read(node)
        if part.unit != "truth":
            raise _Wrong("rulebook.not_true_or_false", node, unit=part.unit)
        return part

    def _measure(self, node: ast.expr) -> _Part:
        """What can be reckoned with."""
        part = self.read(node)
        if part.unit == "truth" or part.unit in LABELS:
            raise _Wrong("rulebook.unit", node, left=part.unit, right="number")
        return part

    def _joined(self, op: Op, parts: list[_Part]) -> _Part:
        code = parts[-1].code
        for part in reversed(parts[:-1]):
            code = (*part.code, (int(op), float(len(code))), *code)
        return _Part("truth", code, places=NONE.union(*(one.places for one in parts)))

    def _named(self, node: ast.Attribute | ast.Name) -> _Part:
        path = ast.unparse(node)
        if path in NAMES:
            return _number(*NAMES[path])
        if path in PLACES:
            place = PLACES[path]
            return _Part(
                CATALOGUE[place].unit, ((Op.VALUE, float(place)),), places=frozenset({place})
            )
        first, _, rest = path.partition(".")
        if first == "event" and rest in FIELD_UNITS:
            return _Part(FIELD_UNITS[rest], ((Op.FIELD, float(FIELDS.index(rest))),))
        if first == "limit" and rest in self._limits:
            return _number(*self._limits[rest])
        raise _Wrong("rulebook.name", node, name=path[:60])

    def _call(self, name: str, args: list[ast.expr], node: ast.Call) -> _Part:
        if name not in UNITS and name not in FUNCTIONS and name != "abs":
            raise _Wrong("rulebook.function", node, name=name[:40])
        parts = [self._measure(one) for one in args]
        if name in UNITS and len(parts) == 1 and parts[0].number is not None:
            unit, scale = UNITS[name]
            if parts[0].unit != "number":
                raise _Wrong("rulebook.unit", node, left=parts[0].unit, right=unit)
            return _number(unit, parts[0].number * scale)
        if name == "abs" and len(parts) == 1:
            return _Part(parts[0].unit, (*parts[0].code, (Op.ABS, 0.0)), places=parts[0].places)
        if name in FUNCTIONS and len(parts) == 2:
            self._alike(parts[0], parts[1], node)
            return _binary(FUNCTIONS[name], parts[0], parts[1], unit=_wider(*parts))
        raise _Wrong("rulebook.function", node, name=name[:40])

    def _arithmetic(self, node: ast.BinOp, op: Op) -> _Part:
        left, right = self._measure(node.left), self._measure(node.right)
        if op in (Op.ADD, Op.SUB):
            self._alike(left, right, node)
            return _binary(op, left, right, unit=_wider(left, right))
        if op is Op.DIV:
            unit = "share" if left.unit == right.unit else left.unit
            if right.unit not in BARE and left.unit != right.unit:
                unit = "number"
            return _binary(op, left, right, unit=unit)
        unit = right.unit if left.unit in BARE else left.unit
        if left.unit not in BARE and right.unit not in BARE:
            raise _Wrong("rulebook.unit", node, left=left.unit, right=right.unit)
        return _binary(op, left, right, unit=unit)

    def _comparison(self, node: ast.Compare) -> _Part:
        sides = [self.read(one) for one in (node.left, *node.comparators)]
        parts = list[_Part]()
        for op, left, right in zip(node.ops, sides, sides[1:], strict=False):
            if type(op) not in COMPARISONS:
                raise _Wrong("rulebook.not_allowed", node, what=type(op).__name__)
            self._alike(left, right, node)
            if left.unit in LABELS and not isinstance(op, ast.Eq | ast.NotEq):
                raise _Wrong("rulebook.unit", node, left=left.unit, right="number")
            parts.append(_binary(COMPARISONS[type(op)], left, right, unit="truth"))
        return parts[0] if len(parts) == 1 else self._joined(Op.AND, parts)

    def _alike(self, left: _Part, right: _Part, node: ast.AST) -> None:
        """Whether two may stand beside each other."""
        units = {left.unit, right.unit}
        if len(units) == 1 and "truth" not in units:
            return
        if "number" in units and units <= BARE:
            return
        raise _Wrong("rulebook.unit", node, left=left.unit, right=right.unit)


def _number(unit: str, value: float) -> _Part:
    return _Part(unit, ((Op.CONST, value),), value)


def _wider(left: _Part, right: _Part) -> str:
    return right.unit if left.unit == "number" else left.unit


def _binary(op: Op, left: _Part, right: _Part, *, unit: str) -> _Part:
    """Two numbers make a number at once, so that `2 * limit.large` can still be a guard."""
    number = None
    if left.number is not None and right.number is not None:
        number = _folded(op, left.number, right.number)
    if number is not None:
        return _number(unit, number)
    return _Part(unit, (*left.code, *right.code, (int(op), 0.0)), places=left.places | right.places)


def _folded(op: Op, left: float, right: float) -> float | None:
    match op:
        case Op.ADD:
            return left + right
        case Op.SUB:
            return left - right
        case Op.MUL:
            return left * right
        case Op.DIV if right:
            return left / right
        case _:
            return None
