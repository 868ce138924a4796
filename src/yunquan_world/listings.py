"""The names of the listed companies. All are invented: no code carries its real company's name."""

from __future__ import annotations

from yunquan_world.chance import dice

# A stock without any real bars: its whole history is generated.
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


def names(symbol: str) -> tuple[str, str]:
    """The invented Chinese and English name of a symbol; the same one in every run."""
    known = _NAMES.get(symbol)
    if known is not None:
        return known
    draw = dice("name", symbol)
    place, industry = draw.choice(_PLACES), draw.choice(_INDUSTRIES)
    return place[0] + industry[0], f"{place[1]} {industry[1]}"
