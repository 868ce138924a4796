"""The generated universe: which securities it lists and what each of them is like.

All of it comes from the seed and the day the market first opens. Codes come from stretches of the
boards' prefixes that no real share uses as far as we know, so that an invented name and an invented
price never stand beside the code of a real company.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random

from yunquan_world.chance import dice
from yunquan_world.funds import bonds, funds, indices
from yunquan_world.listings import Listing
from yunquan_world.names import INDUSTRIES, Names
from yunquan_world.settings import UNIVERSES


@dataclass(frozen=True)
class _Board:
    """How many shares of what kind a board lists.

    codes: the first code and the distance to the next. full, small: shares in that universe. beta:
    to the market. own_move: typical daily move of a share by itself, as a fraction. price_milli,
    units: typical price and float. new_issues: trading days from the first opening on which shares
    of the board are listed.
    """

    market: str
    codes: tuple[int, int]
    full: int
    small: int
    beta: float
    own_move: float
    price_milli: int
    units: float
    new_issues: tuple[int, ...] = ()


_BOARDS = (
    _Board("SH", (607_001, 7), 95, 12, 0.95, 0.016, 14_000, 6e8, (27,)),
    _Board("SZ", (3_501, 4), 70, 9, 1.0, 0.018, 13_000, 4e8, (11,)),
    _Board("SH", (689_201, 9), 50, 7, 1.2, 0.024, 38_000, 1.2e8, (-3, 19, 48)),
    _Board("SZ", (302_501, 6), 65, 8, 1.2, 0.023, 24_000, 1.6e8, (-14, 4, 36)),
    _Board("BJ", (920_601, 11), 20, 4, 0.8, 0.027, 15_000, 4e7, (8, 63)),
)
# The shares of a board's row that are special: each 37th is risk-warned, and one of Shenzhen's
# main board is in its delisting period, from two trading days before the first opening.
_RISK_WARNED_EVERY, _RISK_WARNED_FIRST = 37, 8
# How many shares offer rights once, in the first months, and one of them at the first chance.
_RIGHTS_CHANCE, _RIGHTS_DAYS, _FIRST_RIGHTS_CODE = 0.06, (8, 70), "607022.SH"
_DELISTING_CODE, _DELISTING_DAYS = "003521.SZ", (-2, 12)


def listings(
    size: str, seed: int, trading_day: Callable[[int], str], taken: frozenset[str]
) -> list[Listing]:
    """Every security of a universe; whatever follows another comes after it.

    trading_day: the n-th trading day from the first opening, before it for n < 0. taken: symbols
    that somebody else has given a price.
    """
    assert size in UNIVERSES
    if size == "none":
        return []
    draw = dice(seed, "universe")
    names = Names(draw)
    stocks: list[Listing] = []
    for board in _BOARDS:
        stocks += _stocks_of(board, size, draw, names, trading_day, seed)
    stocks = [stock for stock in stocks if stock.symbol not in taken]
    others = [*indices(size), *funds(size, draw), *bonds(size, draw, stocks)]
    return stocks + [other for other in others if other.symbol not in taken]


def _stocks_of(
    board: _Board,
    size: str,
    draw: Random,
    names: Names,
    trading_day: Callable[[int], str],
    seed: int,
) -> Iterator[Listing]:
    first, apart = board.codes
    main = board.own_move < 0.02
    for number in range(board.full if size == "full" else board.small):
        symbol = f"{first + number * apart:06d}.{board.market}"
        industry = draw.choice(INDUSTRIES)
        name, name_en = names.company(industry)
        warned = main and number % _RISK_WARNED_EVERY == _RISK_WARNED_FIRST
        start_milli = board.price_milli * math.exp(0.6 * draw.gauss(0, 1))
        last_day = ""
        if warned:
            mark = draw.choice(("ST", "*ST"))
            name, name_en, start_milli = mark + name, f"{mark} {name_en}", 0.3 * start_milli
        if symbol == _DELISTING_CODE:
            warned, last_day = True, trading_day(_DELISTING_DAYS[1])
            name, name_en, start_milli = name[:3] + "退", f"{name_en} (delisting)", 1_100
        pays = draw.random() < 0.75 and not warned
        listing = Listing(
            symbol=symbol,
            name=name,
            name_en=name_en,
            product="stock",
            start_milli=max(round(start_milli), 900),
            own_move=board.own_move * draw.uniform(0.7, 1.4),
            drives=(
                ("market", board.beta * draw.uniform(0.6, 1.4)),
                (industry, draw.uniform(0.5, 1.2)),
            ),
            units=round(board.units * math.exp(0.9 * draw.gauss(0, 1))),
            turnover=0.012 * math.exp(0.7 * draw.gauss(0, 1)),
            industry=industry,
            risk_warned=warned,
            first_day=(
                trading_day(board.new_issues[number]) if number < len(board.new_issues) else ""
            ),
            delisting_day=trading_day(_DELISTING_DAYS[0]) if last_day else "",
            last_day=last_day,
            dividend=draw.uniform(0.004, 0.045) if pays else 0.0,
            bonus=draw.choice((3, 4, 5)) if pays and draw.random() < 0.12 else 0,
            ex_day=(draw.choice((5, 6, 6, 7, 7, 7, 9)), draw.randint(1, 28)) if pays else (0, 0),
        )
        yield _with_offers(listing, seed, trading_day)


def _with_offers(listing: Listing, seed: int, trading_day: Callable[[int], str]) -> Listing:
    """Half of those who give shares take them from reserves; some offer rights. Drawn apart from
    the rest, so that a seed keeps the market it had.
    """
    draw = dice(seed, "offers", listing.symbol)
    if listing.bonus and draw.random() < 0.5:
        listing = replace(listing, bonus=0, capital=listing.bonus)
    offers = draw.random() < _RIGHTS_CHANCE and not listing.risk_warned and not listing.first_day
    number = draw.randint(*_RIGHTS_DAYS)
    if listing.symbol == _FIRST_RIGHTS_CODE:
        offers, number = True, _RIGHTS_DAYS[0]
    if not offers:
        return listing
    return replace(listing, rights=draw.choice((2, 3)), rights_ex_day=trading_day(number))
