"""A large firm's tables, written straight into rooms.db: a million clients with accounts, and a
past of orders for the few who look at their pages.
"""

from __future__ import annotations

import hashlib
import itertools
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅晨欣怡雨泽宇浩然子涵梓轩"
REGISTERED_MS = 1_700_000_000_000
# So many days with orders, and orders on each.
DAYS, PER_DAY = 160, 12
FILLED = 8


def seed_clients(file: Path, count: int) -> None:
    """Clients, each with a cash account and a securities account; their identities are random."""
    with sqlite3.connect(file) as connection:
        _write(connection, "clients_client", CLIENT, map(_client, range(count), _names(count)))
        cash = (
            (_account(n), _client_id(n), "ordinary", "CNY", REGISTERED_MS) for n in range(count)
        )
        _write(connection, "clients_cash_account", CASH, cash)
        held = ((f"B{n:09d}", _account(n), "SH", "ordinary", 1, "") for n in range(count))
        _write(connection, "clients_securities_account", HELD, held)
        connection.execute("ANALYZE")


def seed_orders(file: Path, accounts: Sequence[str], symbols: Sequence[str]) -> int:
    """Orders of past days, half of them filled with a step and a fill each; how many."""
    dice, numbers = Random(5), itertools.count(1)
    with sqlite3.connect(file) as connection:
        for account in accounts:
            made = [
                _order(account, dice.choice(symbols), day, next(numbers))
                for day in range(DAYS)
                for _ in range(PER_DAY)
            ]
            _write(connection, "counter_order", ORDER, made)
            filled = [order for order in made if order[7] == FILLED]
            _write(connection, "counter_fill", FILL, map(_fill, filled))
            _write(connection, "counter_order_step", STEP, map(_step, made))
        connection.execute("ANALYZE")
    return len(accounts) * DAYS * PER_DAY


CLIENT = (
    "id principal_id login_name name name_masked mobile_sealed mobile_masked id_sealed id_masked"
    " id_digest id_valid_until permissions status registered_at_ms"
)
CASH = "number client_id kind currency opened_at_ms"
HELD = "number cash_account market kind designated custody_unit"
ORDER = (
    "id account day symbol side price qty state at_ms filled cancelled amount commission"
    " cancel_wanted is_open reason facts"
)
FILL = (
    "stream seq order_id account symbol side execution price qty amount commission stamp transfer"
    " at_ms"
)
STEP = "stream seq order_id at_ms event detail"


def _write(
    connection: sqlite3.Connection, table: str, columns: str, rows: Iterator[Any] | Sequence[Any]
) -> None:
    names = columns.split()
    holes = ", ".join("?" * len(names))
    text = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({holes})"
    connection.executemany(text, rows)


def _client_id(number: int) -> str:
    return f"cli_{number:026d}"


def _account(number: int) -> str:
    return f"9{number:09d}"


def _names(count: int) -> Iterator[str]:
    dice = Random(3)
    for _ in range(count):
        yield dice.choice(SURNAMES) + "".join(dice.choices(GIVEN, k=dice.choice((1, 2))))


def _client(number: int, name: str) -> tuple[Any, ...]:
    return (
        _client_id(number),
        f"prn_{number:026d}",
        f"many{number:07d}",
        name,
        name[0] + "*" * (len(name) - 1),
        b"sealed",
        "138****0000",
        b"sealed",
        "990***********0000",
        hashlib.sha256(str(number).encode()).hexdigest(),
        "2036-01-01",
        "star",
        "active",
        REGISTERED_MS,
    )


def _order(account: str, symbol: str, day: int, number: int) -> tuple[Any, ...]:
    name = f"2026-{1 + day // 28 % 6:02d}-{1 + day % 28:02d}"
    at_ms = REGISTERED_MS + day * 86_400_000 + number % 10_000
    state, filled = (FILLED, 100) if number % 2 else (6, 0)
    # Beneath the numbers that the counter gives out on the day itself.
    order = f"ord_{name.replace('-', '')}0{number:07d}"
    bought = (1, 100_000, 100, state, at_ms, filled, 100 - filled, filled * 10_000, 500)
    return (order, account, name, symbol, *bought, 0, 0, "", "{}")


def _fill(order: tuple[Any, ...]) -> tuple[Any, ...]:
    number = int(order[0][13:])
    costs = (order[11], 500, 0, 10)
    return (
        "past",
        number,
        order[0],
        order[1],
        order[3],
        1,
        f"X{number}",
        100_000,
        100,
        *costs,
        order[8],
    )


def _step(order: tuple[Any, ...]) -> tuple[Any, ...]:
    return ("past", int(order[0][13:]), order[0], order[8], "order.accepted", "{}")
