"""The generated funds, bonds and indices: what each follows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from random import Random

from yunquan_world.listings import Listing
from yunquan_world.names import INDUSTRIES, INDUSTRY_NAMES

# Code, names, and which shares are in it: everything, those of a board, or the largest.
_INDICES = (
    ("000871.SH", "云全综指", "Yunquan Composite", "all", 3_200_000),
    ("000872.SH", "云全三十", "Yunquan 30", "largest:30", 3_900_000),
    ("000873.SH", "云全一百", "Yunquan 100", "largest:100", 4_300_000),
    ("000874.SH", "云全小盘", "Yunquan Small", "smallest:100", 6_100_000),
    ("000875.SH", "云科五十", "Yunquan STAR 50", "board:star:50", 1_100_000),
    ("399571.SZ", "云创综指", "Yunquan ChiNext", "board:chinext:999", 2_300_000),
    ("399572.SZ", "云深主板", "Yunquan Shenzhen", "market:SZ:999", 10_400_000),
    ("899071.BJ", "云北综指", "Yunquan Beijing", "board:bse:999", 1_250_000),
)
_SMALL_INDICES = 2

# Code, names, product, what it follows, start (milli).
_FUNDS = (
    ("569001.SH", "云全综指ETF", "Composite ETF", "etf", "000871.SH", 3_200),
    ("569003.SH", "云全三十ETF", "Yunquan 30 ETF", "etf", "000872.SH", 2_900),
    ("569005.SH", "云全一百ETF", "Yunquan 100 ETF", "etf", "000873.SH", 4_100),
    ("587901.SH", "云科五十ETF", "STAR 50 ETF", "etf_wide", "000875.SH", 1_100),
    ("511901.SH", "澄湖货币ETF", "Chenghu Money ETF", "etf_money", "money", 100_000),
    ("518901.SH", "澄湖黄金ETF", "Chenghu Gold ETF", "etf_gold", "gold", 8_600),
    ("511911.SH", "泓渚国债ETF", "Hongzhu Treasury ETF", "etf_bond", "bonds", 128_000),
    ("513901.SH", "沅浔海外ETF", "Yuanxun Overseas ETF", "etf_cross_border", "abroad", 1_600),
    ("569007.SH", "云全小盘ETF", "Small Cap ETF", "etf", "000874.SH", 2_500),
    ("158901.SZ", "云创综指ETF", "ChiNext ETF", "etf_wide", "399571.SZ", 2_300),
    ("158903.SZ", "云深主板ETF", "Shenzhen ETF", "etf", "399572.SZ", 1_040),
    ("511903.SH", "芷圃货币ETF", "Zhipu Money ETF", "etf_money", "money", 100_000),
    ("158911.SZ", "芷圃黄金ETF", "Zhipu Gold ETF", "etf_gold", "gold", 8_500),
    ("511913.SH", "泓渚信用债ETF", "Hongzhu Credit ETF", "etf_bond", "bonds", 104_000),
    ("513903.SH", "沅浔科技ETF", "Yuanxun Tech ETF", "etf_cross_border", "abroad", 940),
    ("158921.SZ", "岫麓东亚ETF", "Xiulu East Asia ETF", "etf_cross_border", "abroad", 1_210),
)
_SMALL_FUNDS = 8
_FUNDS_IN_ALL = 30
_OWN_MOVE = {"money": 0.00002, "bonds": 0.0002, "gold": 0.0006, "abroad": 0.002}
_T0_FUNDS = ("etf_money", "etf_bond", "etf_gold", "etf_cross_border")


def indices(size: str) -> Iterator[Listing]:
    """The indices; `drives` names the shares in them, which only the whole universe knows."""
    for symbol, name, name_en, members, start_milli in (
        _INDICES if size == "full" else _INDICES[:_SMALL_INDICES]
    ):
        yield Listing(symbol, name, name_en, "index", start_milli, 0.0, ((members, 1.0),), 0, 0.0)


def funds(size: str, draw: Random) -> Iterator[Listing]:
    """The exchange-traded funds; those of industries fill the number up."""
    rows = list(_FUNDS if size == "full" else _FUNDS[:_SMALL_FUNDS])
    if size == "full":
        for number, industry in enumerate(INDUSTRIES[: _FUNDS_IN_ALL - len(rows)]):
            name, name_en = INDUSTRY_NAMES[industry]
            code = f"{569_101 + 2 * number}.SH" if number % 2 else f"{158_931 + 2 * number}.SZ"
            start_milli = round(1_000 * math.exp(0.3 * draw.gauss(0, 1)))
            rows.append((code, f"云全{name}ETF", f"{name_en} ETF", "etf", industry, start_milli))
    known = {row[0] for row in _INDICES if size == "full" or row in _INDICES[:_SMALL_INDICES]}
    for symbol, name, name_en, product, follows, start_milli in rows:
        gone = follows[0].isdigit() and follows not in known
        yield Listing(
            symbol=symbol,
            name=name,
            name_en=name_en,
            product=product,
            start_milli=start_milli,
            own_move=_OWN_MOVE.get(follows, 0.0008),
            drives=(("market" if gone else follows, 1.0),),
            units=round(1e9 * math.exp(0.8 * draw.gauss(0, 1))),
            turnover=0.04,
            tick_milli=1,
            t0=product in _T0_FUNDS,
        )


def bonds(size: str, draw: Random, stocks: list[Listing]) -> Iterator[Listing]:
    """Convertibles of some of the shares, and treasuries. Prices per 100 of face value."""
    count = 12 if size == "full" else 2
    issuers = [
        stock
        for stock in stocks
        if not stock.risk_warned and not stock.first_day and not stock.symbol.endswith("BJ")
    ]
    for number, issuer in enumerate(draw.sample(issuers, count)):
        yield Listing(
            symbol=_convertible_code(issuer.symbol, number),
            name=issuer.name[:2] + "转债",
            name_en=f"{issuer.name_en.split()[0]} Convertible",
            product="convertible",
            start_milli=round(draw.uniform(104_000, 146_000)),
            own_move=0.006,
            drives=((issuer.symbol, draw.uniform(0.35, 0.8)),),
            units=round(draw.uniform(4e6, 4e7)),
            turnover=0.06,
            tick_milli=1,
            t0=True,
        )
    for number in range(6 if size == "full" else 1):
        code = f"{19_901 + 2 * number:06d}.SH" if number % 2 == 0 else f"{101_901 + number}.SZ"
        yield Listing(
            symbol=code,
            name=f"模拟国债{number + 1:02d}",
            name_en=f"Model Treasury {number + 1:02d}",
            product="treasury",
            start_milli=round(draw.uniform(97_000, 108_000)),
            own_move=0.0003,
            drives=(("bonds", draw.uniform(0.4, 2.0)),),
            units=round(draw.uniform(1e8, 4e8)),
            turnover=0.004,
            tick_milli=1,
            t0=True,
        )


def _convertible_code(issuer: str, number: int) -> str:
    """From the stretch of the issuer's board."""
    security, market = issuer.split(".")
    if market == "SH":
        start = 118_901 if security.startswith("68") else 113_901
    else:
        market, start = "SZ", 123_901 if security.startswith("30") else 127_901
    return f"{start + 2 * number}.{market}"
