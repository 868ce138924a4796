"""How far an alert is beyond its rule: of every comparison in the rule's last condition the
distance of what was seen from what was asked for, in doublings and at most three, averaged.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from yunquan.indicators.rules.catalogue import PLACES
from yunquan.rulebook.rules.language import FIELD_UNITS, NAMES, UNITS
from yunquan.rulebook.types import RuleText

MOST: Final = 3.0
LEAST: Final = 1e-6


def scores(text: RuleText, limits: Mapping[str, tuple[str, float]], values: Any, rows: Any) -> Any:
    """Of alerts of one rule. values: a line of all indicators for each; rows: the event of each."""
    tree = ast.parse(text.conditions[-1].when.strip(), mode="eval").body
    reader = _Reader(limits, values, rows)
    with np.errstate(all="ignore"):
        found = reader.margin(tree)
    return np.zeros(len(values)) if found is None else np.nan_to_num(found, nan=0.0)


class _Reader:
    def __init__(self, limits: Mapping[str, tuple[str, float]], values: Any, rows: Any) -> None:
        self.limits, self.values, self.rows = limits, values, rows

    def margin(self, node: ast.expr) -> Any:
        """None of what only says when the rule looks, not how much it saw."""
        if isinstance(node, ast.BoolOp):
            parts = [found for one in node.values if (found := self.margin(one)) is not None]
            if not parts:
                return None
            joined = np.nanmean if isinstance(node.op, ast.And) else np.nanmax
            return joined(np.stack(parts), axis=0)
        if not isinstance(node, ast.Compare) or len(node.ops) != 1:
            return None
        if ast.unparse(node.left).startswith(("event.minute", "event.side", "event.kind")):
            return None
        left, right = self.number(node.left), self.number(node.comparators[0])
        if isinstance(node.ops[0], (ast.Lt, ast.LtE)):
            left, right = (right, left) if np.all(np.asarray(right) >= 0) else (-left, -right)
        many = np.log2(np.maximum(left, LEAST) / np.maximum(right, LEAST))
        return np.clip(np.broadcast_to(many, len(self.values)), 0.0, MOST)

    def number(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=value):
                return float(value)  # pyright: ignore[reportArgumentType]
            case ast.UnaryOp(operand=inner):
                return -self.number(inner)
            case ast.BinOp(left=left, op=op, right=right):
                return _reckon(op, self.number(left), self.number(right))
            case ast.Call(func=ast.Name(id=name), args=args):
                numbers = [self.number(one) for one in args]
                if name in UNITS:
                    return numbers[0] * UNITS[name][1]
                if name == "abs":
                    return np.abs(numbers[0])
                return (np.minimum if name == "min" else np.maximum)(*numbers)
        path = ast.unparse(node)
        if path in PLACES:
            return self.values[:, PLACES[path]]
        if path in NAMES:
            return NAMES[path][1]
        first, _, rest = path.partition(".")
        if first == "limit":
            return self.limits[rest][1]
        assert rest in FIELD_UNITS, path
        return self.rows[rest].astype(float)


def _reckon(op: ast.operator, left: Any, right: Any) -> Any:
    match op:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case _:
            return left / right
