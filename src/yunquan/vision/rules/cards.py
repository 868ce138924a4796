"""Judge a reading of a resident ID card: what passes by itself, what the person is asked, what is
wrong with the card or its picture.

A field passes when two readings agree, no character is doubtful, and, where the card says a thing
twice (birth and sex in the number, the place in the issuer's name and the address, the validity by
the age), both agree. The number's first six digits are where someone was first registered and stay
when they move, so the issuer is held against the address and not against the number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Final

from yunquan.kernel.residents import age_on, is_resident_number
from yunquan.kernel.thresholds import DayThresholds
from yunquan.vision.rules.numbers import (
    FOREVER,
    as_date,
    birth_of,
    fits_term,
    province_of,
    sex_of,
)
from yunquan.vision.types import CardField, CardJudgement, CardReading, Finding, JudgedField

FINE: Final = "pass"
HUMAN: Final = "human"
AGAIN: Final = "again"
REFUSE: Final = "refuse"
_ORDER: Final = (FINE, HUMAN, AGAIN, REFUSE)
FRONT_FIELDS: Final = ("name", "sex", "nation", "birth", "address", "number")
BACK_FIELDS: Final = ("issuer", "since", "until")
# Han characters with the extensions that names and places use.
_HAN: Final = r"\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_NAME: Final = re.compile(rf"(?=.{{2}})[{_HAN}]{{1,20}}(?:·[{_HAN}]{{1,20}})*")
_ADDRESS: Final = re.compile(rf"[{_HAN}][{_HAN}0-9A-Za-z·()（）#＃\-－—]{{5,69}}")
_ISSUER: Final = re.compile(rf"[{_HAN}]{{2,20}}公安局(?:[{_HAN}]{{2,16}}分局)?")


def judge_card(
    front: CardReading,
    back: CardReading | None,
    day: date,
    limits: DayThresholds,
    told: Mapping[str, str] | None = None,
) -> CardJudgement:
    """back: None while only the front was photographed. told: fields that the person confirmed or
    corrected; they are checked as the machine's own are.
    """
    findings = [*_picture("front", front, limits)]
    if back is not None:
        findings += _picture("back", back, limits)
    if any(f.code in {"vision.card_not_found", "vision.card_wrong_side"} for f in findings):
        return CardJudgement(_worst(findings), (), tuple(findings))
    read = {field.name: field for field in (*front.fields, *(back.fields if back else ()))}
    names = (*FRONT_FIELDS, *(BACK_FIELDS if back else ()))
    card = _Card(read, told or {}, limits)
    fields = tuple(card.judged(name) for name in names)
    findings += card.findings(fields, day)
    return CardJudgement(_worst(findings), fields, tuple(findings))


def _worst(findings: list[Finding]) -> str:
    return max((f.outcome for f in findings), key=_ORDER.index, default=FINE)


def _picture(side: str, reading: CardReading, limits: DayThresholds) -> Iterator[Finding]:
    """What is wrong with a picture of a card."""
    if not reading.found:
        yield Finding("vision.card_not_found", AGAIN, {"side": side})
        return
    if reading.side not in {side, ""}:
        yield Finding("vision.card_wrong_side", AGAIN, {"side": side})
        return
    glare = max((field.glare for field in reading.fields), default=reading.glare)
    limit = limits.number
    checks = (
        ("vision.card_cropped", reading.cropped > 0, AGAIN, reading.cropped),
        (
            "vision.card_too_small",
            reading.card_width < limit("idcard_width_least"),
            AGAIN,
            reading.card_width,
        ),
        (
            "vision.card_blur",
            reading.sharpness < limit("idcard_sharpness_least"),
            AGAIN,
            reading.sharpness,
        ),
        ("vision.card_glare", glare > limit("idcard_glare_most"), AGAIN, glare),
        ("vision.card_dark", reading.light < limit("idcard_light_least"), AGAIN, reading.light),
        ("vision.card_copy", reading.colour < limit("idcard_colour_least"), AGAIN, reading.colour),
        ("vision.card_screen", reading.moire > limit("idcard_moire_most"), HUMAN, reading.moire),
        ("vision.card_edited", _odd(reading) > limit("idcard_odd_most"), HUMAN, _odd(reading)),
    )
    found = [
        Finding(code, outcome, {"side": side, "measure": measure})
        for code, bad, outcome, measure in checks
        if bad
    ]
    # A card's shape without its print, and nothing that explains it.
    if not reading.side and not any(finding.outcome == AGAIN for finding in found):
        yield Finding("vision.card_not_found", AGAIN, {"side": side})
    yield from found


def _odd(reading: CardReading) -> int:
    return max((field.odd for field in reading.fields), default=0)


class _Card:
    """Both sides' fields, to be held against each other."""

    def __init__(
        self, read: Mapping[str, CardField], told: Mapping[str, str], limits: DayThresholds
    ) -> None:
        self._read = read
        self._told = told
        self._limits = limits
        self._checks: dict[str, Callable[[str], bool]] = {
            "name": lambda text: _NAME.fullmatch(text) is not None,
            "sex": lambda text: text in {"男", "女"},
            "nation": lambda text: text in limits.names("idcard_nations"),
            "birth": lambda text: as_date(text) is not None,
            "address": lambda text: _ADDRESS.fullmatch(text) is not None,
            "number": self._is_number,
            "issuer": lambda text: _ISSUER.fullmatch(text) is not None,
            "since": lambda text: as_date(text) is not None,
            "until": lambda text: text == FOREVER or as_date(text) is not None,
        }

    def text(self, name: str) -> str:
        field = self._read.get(name)
        return self._told.get(name) or (field.text if field else "")

    def judged(self, name: str) -> JudgedField:
        text = self.text(name)
        if not text:
            return JudgedField(name, "", "ask", "vision.field_not_read")
        if not self._checks[name](text):
            return JudgedField(name, text, "ask", "vision.field_unlawful")
        if name in self._told:
            return JudgedField(name, text, "told")
        field = self._read[name]
        if not _common(text):
            return JudgedField(name, text, "ask", "vision.field_rare")
        if field.text != field.again and not self._proved(name):
            return JudgedField(name, text, "ask", "vision.field_unsure")
        if self._against(name) is False:
            return JudgedField(name, text, "ask", "vision.field_contradicted")
        least = f"idcard_{name}_proved_least" if self._against(name) else f"idcard_{name}_least"
        if min(field.confidence, field.confidence_again) < self._limits.number(least):
            return JudgedField(name, text, "ask", "vision.field_unsure")
        return JudgedField(name, text, "passes")

    def _is_number(self, text: str) -> bool:
        provinces = self._limits.names("idcard_provinces")
        specimens = self._limits.names("idcard_specimen_provinces")
        return is_resident_number(text) and province_of(text) in (*provinces, *specimens)

    def _proved(self, name: str) -> bool:
        """Said twice on the card, and a chance misreading can't make both agree."""
        return name in {"birth", "sex"} and self._against(name) is True

    def _against(self, name: str) -> bool | None:
        """Does another field say the same? None where none says anything of it."""
        number, birth = self.text("number"), self._birth()
        if name in {"birth", "sex"}:
            if not is_resident_number(number):
                return None
            says = birth_of(number) if name == "birth" else sex_of(number)
            return self.text(name) == says
        if name == "number":
            return birth_of(number) == self.text("birth") if as_date(self.text("birth")) else None
        if name in {"issuer", "address"}:
            return self._same_place()
        if name in {"since", "until"}:
            since = as_date(self.text("since"))
            return fits_term(birth, since, self.text("until")) if birth and since else None
        return None

    def _birth(self) -> date | None:
        number = self.text("number")
        return (
            as_date(birth_of(number)) if is_resident_number(number) else as_date(self.text("birth"))
        )

    def _same_place(self) -> bool | None:
        """Is the issuer of the place of the address? None when either is missing."""
        issuer, address = self.text("issuer"), self.text("address")
        if not _ISSUER.fullmatch(issuer) or not _ADDRESS.fullmatch(address):
            return None
        return all(place in address for place in places_of(issuer))

    def findings(self, fields: tuple[JudgedField, ...], day: date) -> Iterator[Finding]:
        """What the fields say of the card; of doubtful ones the person is asked first."""
        sure = {field.name for field in fields if self._readable(field)}
        number = self.text("number")
        if "number" in sure and not self._is_number(number):
            yield Finding("vision.card_number_wrong", HUMAN)
        elif is_resident_number(number) and "number" in sure:
            if province_of(number) in self._limits.names("idcard_specimen_provinces"):
                yield Finding("vision.card_specimen", FINE)
            if "birth" in sure and self._against("birth") is False:
                yield Finding("vision.card_birth_mismatch", HUMAN)
            if "sex" in sure and self._against("sex") is False:
                yield Finding("vision.card_sex_mismatch", HUMAN)
            birth = as_date(birth_of(number))
            if birth and age_on(birth.isoformat(), day.isoformat()) < self._limits.number(
                "idcard_age_least"
            ):
                yield Finding(
                    "vision.card_minor", REFUSE, {"age": age_on(birth.isoformat(), day.isoformat())}
                )
        yield from self._of_back(sure, day)
        for name, text in self._told.items():
            field = self._read.get(name)
            if field and name in sure and field.text not in {"", text}:
                yield Finding("vision.card_told_otherwise", HUMAN, {"field": name})

    def _of_back(self, sure: set[str], day: date) -> Iterator[Finding]:
        until, since = as_date(self.text("until")), as_date(self.text("since"))
        if "until" in sure and until and until < day:
            yield Finding("vision.card_expired", REFUSE, {"until": self.text("until")})
        if "since" in sure and since and since > day:
            yield Finding("vision.card_not_yet", REFUSE, {"since": self.text("since")})
        if {"issuer", "address"} <= sure and self._same_place() is False:
            yield Finding("vision.card_issuer_mismatch", HUMAN)
        if {"since", "until"} <= sure and self._against("since") is False:
            yield Finding("vision.card_sides_differ", HUMAN)

    def _readable(self, field: JudgedField) -> bool:
        """Read for sure, be it lawful or not: what it says can be held against the card."""
        read = self._read.get(field.name)
        if field.decision == "told" or read is None:
            return field.decision == "told"
        least = min(read.confidence, read.confidence_again)
        return read.text == read.again and least >= self._limits.number(
            f"idcard_{field.name}_least"
        )


def _common(text: str) -> bool:
    """Every character among the 6,763 of everyday print; others are too often taken for one."""
    try:
        text.replace("·", "").encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def places_of(issuer: str) -> tuple[str, ...]:
    """Names of places in an issuer's name: 岚桥 and 澄江 of 岚桥市公安局澄江分局."""
    over, _, under = issuer.partition("公安局")
    names = (over, under.removesuffix("分局"))
    return tuple(re.sub("(?<=..)[省市区县旗州盟]$", "", name) for name in names if name)
