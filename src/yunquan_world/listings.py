"""What is listed: real-close shares under invented names, and what a generated security is.

No code carries its real company's name.
"""

from __future__ import annotations

from dataclasses import dataclass

from yunquan_world.chance import dice

# A stock without any real bars beside the seven that have them.
GENERATED = "920002.BJ"

_NAMES = {
    "600519.SH": ("海棠酒业", "Haitang Spirits"),
    "688981.SH": ("澄光微电", "Clearlight Micro"),
    "603375.SH": ("溪石半导", "Xishi Semicon"),
    "000001.SZ": ("临江银行", "Linjiang Bank"),
    "300001.SZ": ("岚峰电气", "Lanfeng Electric"),
    "300059.SZ": ("晴川数据", "Qingchuan Data"),
    "301499.SZ": ("屿光精密", "Yuguang Precision"),
    GENERATED: ("青禾精机", "Qinghe Precision"),
}

# For codes the user's own bars bring in: a made-up place and an industry.
_PLACES = (
    ("澄江", "Chengjiang"),
    ("霁山", "Jishan"),
    ("云泊", "Yunbo"),
    ("晚枫", "Wanfeng"),
    ("青屿", "Qingyu"),
    ("苍梧", "Cangwu"),
    ("松溪", "Songxi"),
    ("南浦", "Nanpu"),
    ("望舒", "Wangshu"),
    ("鹿鸣", "Luming"),
    ("锦川", "Jinchuan"),
    ("白榆", "Baiyu"),
)
_INDUSTRIES = (
    ("重工", "Heavy Industry"),
    ("医药", "Pharma"),
    ("食品", "Foods"),
    ("材料", "Materials"),
    ("物流", "Logistics"),
    ("软件", "Software"),
    ("电源", "Power"),
    ("化工", "Chemicals"),
    ("传媒", "Media"),
    ("仪表", "Instruments"),
)


@dataclass(frozen=True)
class Listing:
    """A generated security and what moves its price.

    product: as on the wire (stock, etf, convertible ...). drives: what it follows, by name
    ("market", an industry, "gold", or the symbol of an index or a share) with the share of that
    move it takes. own_move: standard deviation of its own daily move, as a fraction. units: shares
    outside firm hands, or units, or bonds. turnover: the part of them that changes hands in a
    typical day. dividend, bonus: cash a year as a fraction of the price, and new shares for each
    ten, on the ex-day (month, day) of each year or the next trading day; ex_day (0, 0) for none;
    capital: such shares out of reserves. rights: shares for each ten that are offered once, with
    the ex-day rights_ex_day, "" for never.
    first_day, last_day: of its trading, empty for long ago and for no end.
    delisting_day: the first of its delisting period.
    """

    symbol: str
    name: str
    name_en: str
    product: str
    start_milli: int
    own_move: float
    drives: tuple[tuple[str, float], ...]
    units: int
    turnover: float
    industry: str = ""
    tick_milli: int = 10
    risk_warned: bool = False
    t0: bool = False
    first_day: str = ""
    delisting_day: str = ""
    last_day: str = ""
    dividend: float = 0.0
    bonus: int = 0
    ex_day: tuple[int, int] = (0, 0)
    capital: int = 0
    rights: int = 0
    rights_ex_day: str = ""

    @property
    def follows_live(self) -> bool:
        """Whether what it holds is traded here, so that it moves with it through the day."""
        return self.product in ("etf", "etf_wide", "convertible")


def names(symbol: str) -> tuple[str, str]:
    """The invented Chinese and English name of a symbol; the same one in every run."""
    known = _NAMES.get(symbol)
    if known is not None:
        return known
    draw = dice("name", symbol)
    place, industry = draw.choice(_PLACES), draw.choice(_INDUSTRIES)
    return place[0] + industry[0], f"{place[1]} {industry[1]}"
