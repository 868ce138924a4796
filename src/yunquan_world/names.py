"""Invented names of listed companies: two characters of a brand and two of a trade.

The brands join characters that read well and mean little together; each name is given once. They
are drawn from the seed, so that a market keeps its names.
"""

from __future__ import annotations

from random import Random

_FIRST = (
    ("澄", "Cheng"),
    ("霁", "Ji"),
    ("岚", "Lan"),
    ("泓", "Hong"),
    ("芷", "Zhi"),
    ("砚", "Yan"),
    ("榆", "Yu"),
    ("栖", "Qi"),
    ("沅", "Yuan"),
    ("莳", "Shi"),
    ("漱", "Shu"),
    ("汀", "Ting"),
    ("岫", "Xiu"),
    ("霭", "Ai"),
    ("樾", "Yue"),
    ("淞", "Song"),
    ("苇", "Wei"),
    ("珩", "Heng"),
    ("皎", "Jiao"),
    ("溯", "Su"),
    ("暮", "Mu"),
    ("隽", "Juan"),
    ("筠", "Yun"),
    ("槿", "Jin"),
    ("濯", "Zhuo"),
    ("峤", "Qiao"),
    ("熠", "Yi"),
    ("蘅", "Heng"),
    ("瀚", "Han"),
    ("沐", "Mu"),
)
_SECOND = (
    ("陂", "bei"),
    ("渚", "zhu"),
    ("浔", "xun"),
    ("垣", "yuan"),
    ("坞", "wu"),
    ("畴", "chou"),
    ("椽", "chuan"),
    ("圃", "pu"),
    ("岑", "cen"),
    ("湄", "mei"),
    ("墅", "shu"),
    ("崮", "gu"),
    ("葭", "jia"),
    ("隰", "xi"),
    ("墀", "chi"),
    ("屿", "yu"),
    ("潭", "tan"),
    ("麓", "lu"),
    ("荻", "di"),
    ("浦", "pu"),
)

# By industry: what a company of it calls its trade.
TRADES: dict[str, tuple[tuple[str, str], ...]] = {
    "banks": (("银行", "Bank"), ("农商", "Rural Bank")),
    "brokers": (("金控", "Capital"), ("信托", "Trust")),
    "spirits": (("酒业", "Spirits"), ("酿造", "Brewery")),
    "foods": (("食品", "Foods"), ("乳业", "Dairy")),
    "appliances": (("家电", "Appliances"), ("厨电", "Kitchen")),
    "autos": (("汽配", "Auto Parts"), ("车业", "Motors")),
    "pharma": (("药业", "Pharma"), ("生物", "Biotech")),
    "devices": (("医疗", "Medical"), ("诊断", "Diagnostics")),
    "chips": (("微芯", "Microchip"), ("半导", "Semicon")),
    "software": (("软件", "Software"), ("数科", "Digital")),
    "telecom": (("通讯", "Telecom"), ("光缆", "Fibre")),
    "electronics": (("电子", "Electronics"), ("光电", "Photonics")),
    "batteries": (("储能", "Storage"), ("电池", "Battery")),
    "solar": (("光能", "Solar"), ("新能", "New Energy")),
    "machinery": (("重工", "Heavy Industry"), ("精机", "Precision")),
    "metals": (("有色", "Metals"), ("矿业", "Mining")),
    "chemicals": (("化工", "Chemicals"), ("材料", "Materials")),
    "property": (("置地", "Land"), ("建工", "Construction")),
    "utilities": (("电力", "Power"), ("水务", "Water")),
    "transport": (("物流", "Logistics"), ("港航", "Ports")),
}
INDUSTRIES = tuple(TRADES)
INDUSTRY_NAMES = {
    "banks": ("银行", "Banks"),
    "brokers": ("金融", "Finance"),
    "spirits": ("白酒", "Spirits"),
    "foods": ("食品", "Foods"),
    "appliances": ("家电", "Appliances"),
    "autos": ("汽车", "Autos"),
    "pharma": ("医药", "Pharma"),
    "devices": ("器械", "Devices"),
    "chips": ("芯片", "Chips"),
    "software": ("软件", "Software"),
    "telecom": ("通信", "Telecom"),
    "electronics": ("电子", "Electronics"),
    "batteries": ("电池", "Batteries"),
    "solar": ("光伏", "Solar"),
    "machinery": ("机械", "Machinery"),
    "metals": ("有色", "Metals"),
    "chemicals": ("化工", "Chemicals"),
    "property": ("地产", "Property"),
    "utilities": ("公用", "Utilities"),
    "transport": ("运输", "Transport"),
}


class Names:
    """Hands out company names, none of them twice."""

    def __init__(self, draw: Random):
        self._draw = draw
        self._brands = [
            (first[0] + second[0], first[1] + second[1]) for first in _FIRST for second in _SECOND
        ]
        draw.shuffle(self._brands)

    def company(self, industry: str) -> tuple[str, str]:
        """The Chinese and the English name of a new company of an industry."""
        brand, brand_en = self._brands.pop()
        trade, trade_en = self._draw.choice(TRADES[industry])
        return brand + trade, f"{brand_en} {trade_en}"
