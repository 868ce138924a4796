"""Files of actions: our own columns, and the ex-right rows (权息) that quote programs keep."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

from yunquan.actions.rules import problems
from yunquan.actions.types import Action, Quarantined, action_id

COLUMNS: Final = (
    "symbol",
    "record_day",
    "ex_day",
    "pay_day",
    "listing_day",
    "cash",
    "bonus",
    "capital",
    "from_premium",
    "rights",
    "rights_price",
    "rights_from",
    "rights_to",
    "rights_code",
)
# Files from before there was a window name no more than these.
OLDER_COLUMNS: Final = COLUMNS[:11]
EX_RIGHT_COLUMNS: Final = (
    "market",
    "code",
    "name",
    "date",
    "countAsGift",
    "countForSell",
    "priceForSell",
    "bonus",
    "countOfIncreasement",
    "totalCount",
    "freeCount",
)
LONGEST_ROW: Final = 300
LONGEST_CODE: Final = 12
_SATURDAY: Final = 5
_MOST: Final = Decimal(1_000_000)


class _Unreadable(Exception):
    """A row with this code."""


def read_rows(lines: Iterable[str]) -> Iterator[Action | Quarantined]:
    """Actions of a file with our columns; what can't be believed, by name. Amounts are per 10
    shares, in CNY and in shares, with at most six decimals. from_premium: yes or no.
    """
    return _read(lines, COLUMNS, _own)


def read_ex_rights(lines: Iterable[str]) -> Iterator[Action | Quarantined]:
    """Actions of a file of ex-right rows: shares per 10 times 10,000, cash and prices times 1,000.
    It names the ex day alone: the weekday before stands for the record day, the ex day for
    payment and listing.
    """
    return _read(lines, EX_RIGHT_COLUMNS, _ex_right)


def _read(
    lines: Iterable[str], columns: tuple[str, ...], made: Callable[[list[str]], Action]
) -> Iterator[Action | Quarantined]:
    rows = csv.reader(line.removeprefix("\ufeff") for line in lines)
    seen: set[str] = set()
    for number, row in enumerate(rows, 1):
        text = ",".join(row)[:LONGEST_ROW]
        if number == 1:
            heading = tuple(cell.strip() for cell in row)
            if heading == OLDER_COLUMNS and columns == COLUMNS:
                columns = heading
            if heading != columns:
                yield Quarantined(number, "actions.columns", text)
                return
            continue
        if not any(row):
            continue
        try:
            if len(row) != len(columns):
                raise _Unreadable("actions.columns")
            action = made([cell.strip() for cell in row])
        except _Unreadable as fault:
            yield Quarantined(number, str(fault), text)
            continue
        found = problems(action) or (("actions.twice",) if action.id in seen else ())
        seen.add(action.id)
        yield Quarantined(number, found[0], text) if found else action


def _own(cells: list[str]) -> Action:
    symbol, record_day, ex_day, pay_day, listing_day = cells[:5]
    cash, bonus, capital, premium, rights, price = cells[5:11]
    first, last, code = cells[11:] or ("", "", "")
    if premium not in ("", "yes", "no"):
        raise _Unreadable("actions.bad_number")
    return Action(
        action_id(symbol, _day(ex_day)),
        symbol,
        _day(record_day),
        _day(ex_day),
        _day(pay_day) if pay_day else "",
        _day(listing_day) if listing_day else "",
        _scaled(cash, 10**6),
        _scaled(bonus, 10**6),
        _scaled(capital, 10**6),
        premium != "no",
        _scaled(rights, 10**6),
        _scaled(price, 10**3),
        _day(first) if first else "",
        _day(last) if last else "",
        code[:LONGEST_CODE],
    )


def _ex_right(cells: list[str]) -> Action:
    market, code, _, day, gift, sell, price, cash, increase = cells[:9]
    ex_day = _day(f"{day[:4]}-{day[4:6]}-{day[6:]}")
    record = date.fromisoformat(ex_day) - timedelta(days=1)
    while record.weekday() >= _SATURDAY:
        record -= timedelta(days=1)
    symbol = f"{code}.{market}"
    rights, bonus, capital = _scaled(sell, 100), _scaled(gift, 100), _scaled(increase, 100)
    cash_e6 = _scaled(cash, 1000)
    return Action(
        action_id(symbol, ex_day),
        symbol,
        record.isoformat(),
        ex_day,
        ex_day if cash_e6 else "",
        ex_day if bonus or capital or rights else "",
        cash_e6,
        bonus,
        capital,
        rights_e6=rights,
        rights_price_milli=_scaled(price, 1),
    )


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise _Unreadable("actions.bad_day") from error


def _scaled(text: str, scale: int) -> int:
    """The number times the scale, which must leave it whole; "" is 0."""
    try:
        number = Decimal(text or "0")
        whole = number * scale
        if not number.is_finite() or abs(number) > _MOST or whole != whole.to_integral_value():
            raise _Unreadable("actions.bad_number")
    except InvalidOperation as error:
        raise _Unreadable("actions.bad_number") from error
    return int(whole)
