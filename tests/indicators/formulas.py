"""Formulas of the catalogue, read as they stand on its page and reckoned exactly.

Numbers are fractions until a root or a logarithm is asked for. What divides by nothing, or knows
nothing, is None.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache

Number = Fraction | float | None
# What a formula says in words, and the name it stands for.
PHRASES = {
    "amount of orders": "end_values",
    "price of orders": "end_values",
    "volume of the instrument": "ground_volume",
    "first price": "first_value",
    "highest / lowest price": "most_value / least_value",
    "close before": "close_before",
    "upper limit": "upper_limit",
    "lower limit": "lower_limit",
    "distinct instruments ordered or filled": "members_b",
    "distinct instruments ordered": "members_a",
    "distinct devices logged in from": "members_b",
    "distinct accounts": "members_a",
    "distinct buyers of ours": "members_a",
    "distinct sellers of ours": "members_b",
    "orders of the day": "orders_today",
    "order_amount of the day": "order_amount_today",
    "cancels of the day": "cancels_today",
    "cash_in + cash_out of the day": "cash_today",
    "own mean": "own_mean",
    "own deviation": "own_deviation",
    "order_amount of all": "order_amount_all",
    "cancels of all": "cancels_all",
    "active accounts": "active_accounts",
}


@cache
def tree_of(formula: str) -> ast.expr:
    """A formula's tree: words become names, `2 x` a product, `^` a power."""
    for phrase, name in PHRASES.items():
        formula = formula.replace(phrase, name)
    formula = re.sub(r"\b(\d+) (?=[a-z(])", r"\1 * ", formula).replace("^", "**")
    return ast.parse(formula, mode="eval").body


def is_algebra(formula: str) -> bool:
    """Whether it can be reckoned as it stands."""
    try:
        tree_of(formula)
    except SyntaxError:
        return False
    return True


def reckon(formula: str, look: Callable[[str], Number]) -> Number:
    """A formula's number; look: what a name stands for."""
    return _value(tree_of(formula), look)


def _value(node: ast.expr, look: Callable[[str], Number]) -> Number:
    match node:
        case ast.Constant(value=int() as value):
            return Fraction(value)
        case ast.Name(id=name):
            return look(name)
        case ast.BinOp(left=left, op=op, right=right):
            one, other = _value(left, look), _value(right, look)
            if one is None or other is None:
                return None
            return _binary(op, one, other)
        case ast.Call(func=ast.Name(id="min" | "max"), args=[ast.Name(id="end_values")]):
            return look("least_value" if node.func.id == "min" else "most_value")  # type: ignore
        case ast.Call(func=ast.Name(id=name), args=args):
            parts = [_value(one, look) for one in args]
            return None if None in parts else FUNCTIONS[name](*parts)
    raise AssertionError(ast.dump(node))


def _binary(op: ast.operator, one: Fraction | float, other: Fraction | float) -> Number:
    match op:
        case ast.Add():
            return one + other
        case ast.Sub():
            return one - other
        case ast.Mult():
            return one * other
        case ast.Pow():
            return one**2 if other == 2 else None
        case ast.Div():
            return None if other == 0 else one / other
    raise AssertionError(op)


def _root(value: Fraction | float) -> float:
    return math.sqrt(value)


FUNCTIONS: Mapping[str, Callable[..., Number]] = {
    "sqrt": _root,
    "exp": math.exp,
    "min": min,
    "max": max,
}
