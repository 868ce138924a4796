"""People who don't exist, with a card that would be valid: seeded, so that a number repeats one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
GIVEN: Final = (
    "伟芳娜秀敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂兰玉萍红建华文辉力志永健世广义兴良海山仁波宁贵福生龙元全国"
    "胜学祥才发武新利清飞彬富顺信子安梅琳素云莲真环雪荣爱妹香月莺媛瑞凡佳嘉琼勤珍贞莉卉慧巧美婷姣婉娴瑾颖露"
    "瑶怡婵雁蓓纨仪荷丹蓉眉君琴蕊薇菁梦岚苑筠柔竹霭凝晓欢霄枫芸菲寒欣滢伊亚宜可姬舒影荔枝思梓涵浩轩宇泽睿晨"
)
DOUBLE_SURNAMES: Final = ("欧阳", "上官", "司马", "诸葛", "慕容", "令狐")
NATIONS: Final = _words(
    "汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 "
    "畲 高山 拉祜 水 东乡 纳西 景颇 柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 "
    "锡伯 阿昌 普米 塔吉克 怒 乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京 塔塔尔 独龙 "
    "鄂伦春 赫哲 门巴 珞巴 基诺"
)
REGIONS: Final = {
    "990102": ("云渺省岚桥市澄江区", "岚桥市公安局澄江分局"),
    "990103": ("云渺省岚桥市霁月区", "岚桥市公安局霁月分局"),
    "990104": ("云渺省岚桥市南浦区", "岚桥市公安局南浦分局"),
    "990121": ("云渺省岚桥市溪源县", "溪源县公安局"),
    "990202": ("云渺省望潮市海棠区", "望潮市公安局海棠分局"),
    "990203": ("云渺省望潮市石湾区", "望潮市公安局石湾分局"),
    "990281": ("云渺省白鹭市", "白鹭市公安局"),
    "990302": ("云渺省松陵市青田区", "松陵市公安局青田分局"),
    "990322": ("云渺省松陵市鹤鸣县", "鹤鸣县公安局"),
    "990423": ("云渺省云麓自治州杉坪县", "杉坪县公安局"),
}
_STREETS: Final = _words(
    "人民 解放 中山 建设 和平 文化 新华 长江 黄河 青年 东风 胜利 光明 团结 友谊 朝阳 "
    "桃园 梅园 竹林 松涛 清溪 柳荫 滨江 湖滨 花园 学府 书院 钟楼 鼓楼 南门 北门 西街 "
    "东大 望江 临湖 银杏 丹桂 紫荆 枫林 翠竹"
)
_VILLAGES: Final = _words(
    "大王 小李 前进 红旗 新桥 石桥 柳树 双井 龙泉 沙河 高坪 青山 下湾 上坝 马家 杨柳"
)
_ESTATES: Final = _words("阳光花园 锦绣家园 世纪新城 金色港湾 翠湖名苑 书香门第 东方丽景 滨河小区")
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
FOREVER: Final = "长期"


@dataclass(frozen=True)
class Person:
    """As printed. birth, since, until: YYYYMMDD; until may be 长期."""

    name: str
    sex: str
    nation: str
    birth: str
    address: str
    number: str
    issuer: str
    since: str
    until: str


def check_digit(body: str) -> str:
    """ISO 7064 MOD 11-2 of the first 17 digits."""
    return "10X98765432"[
        sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11
    ]


def born_person(seed: int, today: date, *, youngest: int = 18, oldest: int = 85) -> Person:
    """Somebody with a card valid today."""
    draw = Random(f"person {seed}")
    code = draw.choice(list(REGIONS))
    region, issuer = REGIONS[code]
    birth = _years_before(today, draw.randint(youngest, oldest)) - timedelta(draw.randint(0, 360))
    sex = draw.choice("男女")
    order = draw.randrange(1, 500) * 2 - (sex == "男")
    body = f"{code}{birth:%Y%m%d}{order:03d}"
    since, until = _validity(draw, birth, today)
    return Person(
        name=_name(draw),
        sex=sex,
        nation="汉" if draw.random() < 0.5 else draw.choice(NATIONS),
        birth=f"{birth:%Y%m%d}",
        address=region + _street(draw),
        number=body + check_digit(body),
        issuer=issuer,
        since=since,
        until=until,
    )


def expired(person: Person, today: date) -> Person:
    """Their last card, which ran out half a year ago."""
    until = today - timedelta(180)
    since = until.replace(year=until.year - 10)
    return replace(person, since=f"{since:%Y%m%d}", until=f"{until:%Y%m%d}")


def years_between(since: date, until: date) -> int:
    return until.year - since.year - ((until.month, until.day) < (since.month, since.day))


def _years_before(day: date, years: int) -> date:
    return day.replace(year=day.year - years, day=min(day.day, 28))


def _validity(draw: Random, birth: date, today: date) -> tuple[str, str]:
    earliest = max(_years_before(today, 9), date(birth.year + 1, 1, 1))
    while True:
        since = earliest + timedelta(draw.randint(0, max((today - earliest).days, 1)))
        if (since.month, since.day) == (2, 29):
            continue
        age = years_between(birth, since)
        term = 5 if age < 16 else 10 if age <= 25 else 20 if age <= 45 else 0
        if not term:
            return f"{since:%Y%m%d}", FOREVER
        until = since.replace(year=since.year + term)
        if until > today:
            return f"{since:%Y%m%d}", f"{until:%Y%m%d}"
        earliest = since + timedelta(1)


def _name(draw: Random) -> str:
    surname = draw.choice(DOUBLE_SURNAMES) if draw.random() < 0.03 else draw.choice(SURNAMES)
    given = "".join(draw.choice(GIVEN) for _ in range(1 if draw.random() < 0.2 else 2))
    if draw.random() < 0.02:
        return f"{given}{draw.choice(GIVEN)}·{surname}{draw.choice(GIVEN)}"
    return surname + given


def _street(draw: Random) -> str:
    kind = draw.random()
    if kind < 0.45:
        road = draw.choice(_STREETS) + draw.choice("路街")
        room = f"{draw.randint(1, 33)}0{draw.randint(1, 9)}"
        return f"{road}{draw.randint(1, 399)}号{draw.randint(1, 40)}幢{room}室"
    if kind < 0.75:
        return (
            f"{draw.choice(_STREETS)}路{draw.randint(1, 399)}号{draw.choice(_ESTATES)}"
            f"{draw.randint(1, 30)}栋{draw.randint(1, 4)}单元{draw.randint(101, 1899)}"
        )
    village = f"{draw.choice(_VILLAGES)}镇{draw.choice(_VILLAGES)}村"
    return f"{village}{draw.randint(1, 18)}组{draw.randint(1, 120)}号"
