"""No float comes near money: an amount that can't be written down exactly is a wrong amount."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tools.tree import python_files, syntax

MONEY = re.compile(
    r"(^|_)(price|prices|amount|fee|fees|cash|balance|money|notional|commission|turnover|proceeds)"
    r"(_|$)|_(fen|milli|minor)$"
)
INTEGER_UNITS = re.compile(r"(^|_)(fen|milli|minor)$")


def names_in(node: ast.AST) -> set[str]:
    """Every identifier below a node: variables and attributes."""
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    return names | {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}


def offences(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, what) for each float that is money."""
    for node in ast.walk(tree):
        for what in (*floats_declared(node), *floats_made(node)):
            yield getattr(node, "lineno", 0), what


def floats_declared(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=kind):
            pass
        case ast.arg(arg=name, annotation=kind) if kind is not None:
            pass
        case _:
            return
    if MONEY.search(name) and "float" in names_in(kind):
        yield f"{name} is declared float"


def floats_made(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Name(id="float"), args=[value]):
            money = {name for name in names_in(value) if MONEY.search(name)}
            yield from (f"float() of {name}" for name in money)
        case ast.BinOp(op=ast.Div(), left=left, right=right):
            units = {name for side in (left, right) for name in names_of_operand(side)}
            whole = {name for name in units if INTEGER_UNITS.search(name)}
            yield from (f"/ makes a float of {name}; use // or Decimal" for name in whole)
        case _:
            return


def names_of_operand(node: ast.expr) -> set[str]:
    if isinstance(node, ast.Name):
        return {node.id}
    return {node.attr} if isinstance(node, ast.Attribute) else set()


def test_no_float_is_money() -> None:
    found = [
        f"{path}:{line}: {what}"
        for path in python_files("src/yunquan")
        for line, what in offences(syntax(path))
    ]
    assert found == []


def test_the_law_sees_what_it_should() -> None:
    guilty = (
        "price: float = 1\n"
        "def f(amount_fen: float | None): ...\n"
        "float(order.price_milli)\n"
        "half = cash_fen / 2\n"
    )
    innocent = "timeout_s: float = 1\nhalf = cash_fen // 2\nratio = done / total\nfloat(seconds)\n"
    assert {line for line, _ in offences(ast.parse(guilty))} == {1, 2, 3, 4}
    assert list(offences(ast.parse(innocent))) == []
