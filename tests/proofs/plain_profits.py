"""What statements say of a client's days and profits, read from the plain books."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests.proofs.plain_books import (
    SHARE,
    STAMP,
    TRANSFER,
    Client,
    PlainBooks,
    commission,
    half_up,
)

# What a day's row of clearing calls the kinds of cash movements, and which count as paid.
ROW = {
    "deposits": ("deposit", 1),
    "withdrawals": ("withdrawal", -1),
    "bought": ("bought", -1),
    "sold": ("sold", 1),
    "stamp": ("stamp", -1),
    "transfer": ("transfer_fee", -1),
    "dividends": ("dividend", 1),
    "dividend_tax": ("dividend_tax", -1),
    "other": ("dues", 1),
}


def worth_of(price: int, qty: int) -> int:
    """Price times quantity, to the fen."""
    return half_up(Fraction(price * qty, 10))


def sums(one: Client, first: str, last: str) -> dict[str, int]:
    """Cash gained by kind."""
    found: dict[str, int] = {}
    for day, kind, fen in one.kept:
        if first <= day <= last:
            found[kind] = found.get(kind, 0) + fen
    return found


def balance(one: Client, before: str) -> int:
    """All cash before a day."""
    return sum(fen for day, _, fen in one.kept if day < before)


def account_day(books: PlainBooks, one: Client, day: str) -> dict[str, Any]:
    """A day as clearing writes it down."""
    told = sums(one, day, day)
    row: dict[str, Any] = {name: sign * told.get(kind, 0) for name, (kind, sign) in ROW.items()}
    cash, shares = one.closing[day]
    closes, later = books.closes[day], one.not_listed.get(day, {})
    row |= {
        "opening": balance(one, day),
        "buckets": tuple(cash),
        "commission": -told.get("commission", 0) - told.get("fee", 0),
        "trades": one.fills.get(day, 0),
        # A price of before the ex day has the given shares in it already.
        "value": sum(
            worth_of(closes[s], sum(four) - later.get(s, 0)) for s, four in shares.items()
        ),
    }
    return row


def reckon(one: Client, method: str, last: str = "9", fees: bool = True) -> dict[str, list[int]]:
    """By security [shares, cost, profit, shares of unknown cost] after a day, by one method."""
    held: dict[str, list[int]] = {}
    runs: dict[str, list[list[int]]] = {}
    for day, what, symbol, qty, worth, costs in sorted(one.story, key=lambda told: told[0]):
        if day > last:
            break
        found, lots = held.setdefault(symbol, [0, 0, 0, 0]), runs.setdefault(symbol, [])
        paid = costs if fees else 0
        if what == "bought":
            found[0] += qty
            found[1] += worth + paid
            lots.append([qty, worth + paid])
        elif what in ("brought", "bonus"):
            found[0] += qty
            found[3] += qty if what == "brought" else 0
            lots.append([qty, 0])
        elif what == "sold":
            _sell(found, lots, qty, worth - paid, method)
        elif method == "diluted" and found[0]:
            found[1] -= worth
        elif method == "diluted":
            found[2] += worth  # the last share is gone: nothing is left to dilute
    return held


def _sell(found: list[int], lots: list[list[int]], qty: int, got: int, method: str) -> None:
    if method == "moving":
        known = found[0] - found[3]
        gone = found[1] * min(qty, known) // known if known > 0 else 0
    elif method == "fifo":
        gone = _oldest(lots, qty)
    else:
        gone = got
    found[0] -= qty
    found[1] -= gone
    found[2] += got - gone
    found[3] = min(found[3], found[0])
    if method == "diluted" and not found[0]:
        found[2] -= found[1]
        found[1] = 0


def _oldest(lots: list[list[int]], qty: int) -> int:
    gone = 0
    while qty:
        lot = lots[0]
        part = min(qty, lot[0])
        cost = lot[1] * part // lot[0]
        lot[0] -= part
        lot[1] -= cost
        gone += cost
        qty -= part
        if not lot[0]:
            lots.pop(0)
    return gone


def statement(
    books: PlainBooks, one: Client, first: str, last: str, prices: dict[str, int]
) -> dict[str, Any]:
    """The figures of days from first to last. prices: of the last one."""
    now, then = reckon(one, "moving", last), _before(one, first)
    ended = [day for day in one.closing if day <= last]
    going_on = last >= books.day
    cash, shares = (one.cash, one.shares) if going_on else one.closing[max(ended)]
    earlier = [day for day in one.closing if day < first]
    later = {} if going_on else one.not_listed.get(max(ended), {})
    listed = {
        symbol: (four[0] - later.get(symbol, 0), *four[1:]) for symbol, four in shares.items()
    }
    return {
        "opening": tuple(one.closing[max(earlier)][0]) if earlier else (0, 0, 0, 0),
        "closing": tuple(cash),
        "sums": sums(one, first, last),
        "fills": sum(count for day, count in one.fills.items() if first <= day <= last),
        "realised": sum(held[2] for held in now.values()) - sum(held[2] for held in then.values()),
        "holdings": {
            symbol: (
                four,
                prices[symbol],
                None if now[symbol][3] else now[symbol][1],
                now[symbol][2],
            )
            for symbol, four in sorted(listed.items())
            if any(four)
        },
    }


def _before(one: Client, first: str) -> dict[str, list[int]]:
    earlier = [told[0] for told in one.story if told[0] < first]
    return reckon(one, "moving", max(earlier)) if earlier else {}


def earned(books: PlainBooks, one: Client, first: str, prices: dict[str, int]) -> dict[str, int]:
    """What the days from first on brought, each cost apart. prices: now."""
    told = sums(one, first, "9")
    closes = (
        books.closes[max(day for day in books.closes if day < first)]
        if any(day < first for day in books.closes)
        else {}
    )
    later = one.not_listed.get(max((day for day in books.closes if day < first), default=""), {})
    owned: dict[str, int] = {}
    earlier: dict[str, int] = {}
    brought = 0
    for day, what, symbol, qty, _, _ in one.story:
        signed = -qty if what == "sold" else qty
        owned[symbol] = owned.get(symbol, 0) + signed
        if day < first:
            earlier[symbol] = earlier.get(symbol, 0) + signed
        elif what == "brought":
            brought += worth_of(_close_before(books, symbol, day, prices), qty)
    worth = sum(worth_of(prices[symbol], qty) for symbol, qty in owned.items())
    was = sum(
        worth_of(closes.get(symbol, 0), qty - later.get(symbol, 0))
        for symbol, qty in earlier.items()
    )
    gain = worth - was - brought + told.get("bought", 0) + told.get("sold", 0)
    earlier_days = [entry[0] for entry in one.story if entry[0] < first]
    before = reckon(one, "moving", max(earlier_days), False) if earlier_days else {}
    realised = sum(held[2] for held in reckon(one, "moving", "9", False).values())
    realised -= sum(held[2] for held in before.values())
    named = ("commission", "stamp", "transfer_fee", "dividend_tax")
    found = {name: told.get(name, 0) for name in named}
    found |= {
        "realised": realised,
        "unrealised": gain - realised,
        "dividends": told.get("dividend", 0),
        "other": told.get("fee", 0) + told.get("dues", 0),
    }
    found["net"] = gain + sum(found[name] for name in (*named, "dividends", "other"))
    return found


def _close_before(books: PlainBooks, symbol: str, day: str, prices: dict[str, int]) -> int:
    days = [one for one in books.closes if one < day]
    return books.closes[max(days)][symbol] if days else prices[symbol]


def sale(books: PlainBooks, one: Client, symbol: str, worth: int) -> dict[str, int]:
    """What selling everything for this much would leave, as one order filled at once."""
    rate, least = books.rates(one, symbol)
    taxed = books.kinds[symbol] == SHARE
    found = {
        "amount": worth,
        "commission": commission(worth, rate, least),
        "stamp": half_up(worth * STAMP) if taxed else 0,
        "transfer_fee": half_up(worth * TRANSFER) if taxed else 0,
    }
    costs = found["commission"] + found["stamp"] + found["transfer_fee"]
    return found | {"net": worth - costs}


def cash_lines(one: Client) -> dict[str, Any]:
    """Every part of the cash as the assets page explains it."""
    settled, unsettled, frozen, held = one.cash
    found: dict[str, Any] = {"usable": settled + unsettled, "withdrawable": settled}
    parts = {"settling": unsettled, "frozen": frozen, "held": held}
    found |= {name: fen for name, fen in parts.items() if fen}
    transit = {"coming_in": one.coming, "going_out": one.going}
    return found | {name: sorted(fens) for name, fens in transit.items() if fens}
