"""The publisher of lists: sanctions, politically exposed persons, adverse records. All made up.

A new version comes with each trading day. Some entries are people of the population, some only
bear their names: what a broker makes of the difference is the point.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from yunquan_world.chance import dice
from yunquan_world.faults import OfficeFaults
from yunquan_world.messages import Word
from yunquan_world.offices.depository import spoilt_part
from yunquan_world.offices.messages import Ask, Outcome
from yunquan_world.offices.result_file import with_end
from yunquan_world.population import Population

SANCTIONS, EXPOSED, ADVERSE = "sanctions", "pep", "adverse"
# Index of a person of the population -> the list they are on, and how much of them it says.
ON_A_LIST = {
    12: (SANCTIONS, "number"),
    13: (EXPOSED, "birth"),
    14: (ADVERSE, "birth"),
    15: (SANCTIONS, "other birth"),
    16: (SANCTIONS, "alias"),
    17: (SANCTIONS, "transliterated"),
    18: (ADVERSE, "near name"),
    19: (EXPOSED, "name only"),
}
_STRANGERS = 80
_FIRST_DAY = date(2026, 1, 1)
_SURNAMES = (("欧阳", "Ouyang"), ("司徒", "Situ"), ("端木", "Duanmu"), ("尉迟", "Yuchi"))
_GIVEN = (("野", "Ye"), ("玄", "Xuan"), ("朔", "Shuo"), ("冥", "Ming"), ("霆", "Ting"))
_FOREIGN = ("Arvid Norrholt", "Tomasz Wielki", "Ilse van Brandt", "Rafael Ostrovsky")
_SOUNDS = {
    "林": "Lin", "陈": "Chen", "沈": "Shen", "顾": "Gu", "祁": "Qi", "岑": "Cen", "周": "Zhou",
    "苏": "Su", "陆": "Lu", "温": "Wen", "叶": "Ye", "江": "Jiang", "许": "Xu", "谢": "Xie",
    "方": "Fang", "袁": "Yuan", "姜": "Jiang", "俞": "Yu", "宋": "Song", "柳": "Liu",
    "章": "Zhang", "施": "Shi", "卫": "Wei", "韩": "Han", "贺": "He", "白": "Bai", "安": "An",
    "邵": "Shao", "宁": "Ning", "程": "Cheng", "晓": "xiao", "念": "nian", "知": "zhi",
    "以": "yi", "南": "nan", "书": "shu", "清": "qing", "若": "ruo", "舒": "shu", "景": "jing",
    "言": "yan", "意": "yi", "远": "yuan", "和": "he", "禾": "he", "舟": "zhou", "澄": "cheng",
    "霁": "ji", "岚": "lan", "泓": "hong", "芷": "zhi", "砚": "yan", "栖": "qi", "沅": "yuan",
    "汀": "ting", "樾": "yue", "淞": "song", "苇": "wei", "珩": "heng", "皎": "jiao",
    "溯": "su", "筠": "yun", "槿": "jin", "蘅": "heng", "沐": "mu", "行": "xing", "川": "chuan",
    "野": "ye", "乔": "qiao",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """Somebody on a list. birth: ISO day, a year, or "". number: of an ID document, or ""."""

    id: str
    kind: str
    name: str
    aliases: tuple[str, ...] = ()
    birth: str = ""
    number: str = ""
    nation: str = "CN"

    def line(self) -> str:
        fields = (self.id, self.kind, self.name, ";".join(self.aliases), self.birth)
        return "|".join(("E", *fields, self.number, self.nation))


class Latest(Struct, frozen=True, tag_field="op", tag="latest", forbid_unknown_fields=True):
    pass


class Fetch(Struct, frozen=True, tag_field="op", tag="fetch", forbid_unknown_fields=True):
    version: Word
    offset: Annotated[int, Meta(ge=0, le=2**53)] = 0


class Lists:
    """version: the trading day's date."""

    code = "lists"

    def __init__(self, seed: int, faults: OfficeFaults, population: Population):
        self._seed = seed
        self._population = population
        self._faults = faults
        self._draw = dice(seed, "lists")
        self._before = self._version = ""

    def close(self) -> None:
        pass

    def look_at_clock(self, trading_day: str) -> None:
        """A new version comes with each trading day."""
        if trading_day > self._version:
            self._before, self._version = self._version or trading_day, trading_day

    def answer(self, ask: Ask) -> Outcome:
        """Nothing is kept: a version is the same whenever it is fetched. Raises
        msgspec.ValidationError for what can't be read."""
        request = msgspec.convert(ask.body, Latest | Fetch)
        if isinstance(request, Latest):
            late = self._draw.random() < self._faults.late_file
            return Outcome("latest", "", {"version": self._before if late else self._version})
        if not self._is_version(request.version):
            return Outcome("none", "L01_no_such_version")
        body = self.file(request.version)
        return spoilt_part(body, request.offset, self._faults, self._draw)

    def _is_version(self, version: str) -> bool:
        try:
            day = date.fromisoformat(version).isoformat()
        except ValueError:
            return False
        return day == version <= self._version

    def file(self, version: str) -> bytes:
        """The list of a day, as docs/offices-protocol.md lays it out."""
        entries = list(self._entries(date.fromisoformat(version)))
        return with_end([f"YQLIST|1|{version}", *(one.line() for one in entries)], len(entries))

    def _entries(self, day: date) -> Iterator[Entry]:
        for index, (kind, how) in ON_A_LIST.items():
            yield self._of_population(index, kind, how)
        # Each day one comes and one goes.
        first = (day - _FIRST_DAY).days
        for number in range(first, first + _STRANGERS):
            yield self._stranger(number)

    def _of_population(self, index: int, kind: str, how: str) -> Entry:
        person = self._population.person(index)
        name, birth = person.name, person.birth
        entry_id, sounds = f"P{index:05d}", spelled(name)
        match how:
            case "number":
                return Entry(entry_id, kind, name, (sounds,), birth, person.number)
            case "birth":
                return Entry(entry_id, kind, name, (), birth)
            case "other birth":
                return Entry(entry_id, kind, name, (), "1931-02-03")
            case "alias":
                return Entry(entry_id, kind, "欧阳玄冥", ("玄冥先生", name), birth)
            case "transliterated":
                return Entry(entry_id, kind, sounds.upper(), (), birth[:4])
            case "near name":
                return Entry(entry_id, kind, name + "明", (), birth)
            case _:
                return Entry(entry_id, kind, name)

    def _stranger(self, number: int) -> Entry:
        draw = dice(self._seed, "listed", number)
        kind = draw.choice((SANCTIONS, SANCTIONS, EXPOSED, ADVERSE))
        year = str(draw.randrange(1940, 1995))
        if draw.random() < 0.3:
            name = draw.choice(_FOREIGN)
            alias = name.split()[-1] + ", " + name.split()[0]
            return Entry(f"S{number:05d}", kind, name, (alias,), year, nation="XX")
        surname, first, second = draw.choice(_SURNAMES), draw.choice(_GIVEN), draw.choice(_GIVEN)
        alias = f"{surname[1]} {first[1]}{second[1].lower()}"
        return Entry(f"S{number:05d}", kind, surname[0] + first[0] + second[0], (alias,), year)


def spelled(name: str) -> str:
    """A name in Latin letters, family name first: Lin Xiaozhou."""
    sounds = [_SOUNDS.get(character, "") for character in name]
    return f"{sounds[0]} {''.join(sounds[1:]).capitalize()}".strip()
