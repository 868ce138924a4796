"""Reading a resident ID card: found, flattened, read line by line, each field with how sure it is.

Where a field stands is told by the card's own layout, loosened: a row is where print was found, a
value begins after its label. What decides (number, name, nation, address, issuer, validity) is read
twice from differently drawn pictures. Answers are integers: shares and sureness in 1/10,000.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

import cv2
import numpy as np

from yunquan_vision import card_marks
from yunquan_vision.letters import Letter, LetterReader, Rectangle
from yunquan_vision.meshes import Picture
from yunquan_vision.outlines import HIGH, Quad, find_outline, flatten, sides_of

# What the card's print is looked for at: 0.066 s on one core.
_FIND_AT: Final = (640, 416)
_LARGEST: Final = 1600
_TEXT_RIGHT: Final = 680  # the portrait begins here
_VALUE_LEFT: Final = 172
_PORTRAIT: Final = (660, 70, 390, 450)
_NUMBER: Final = "0123456789X"
_DAYS: Final = "0123456789.-长期"
# Middles of the first letters of the labels.
_LABELS: Final = {
    "姓": (90, 99),
    "性": (90, 186),
    "出": (90, 271),
    "住": (90, 356),
    "公": (90, 588),
    "签": (263, 517),
    "有": (263, 592),
}
_ASTRAY: Final = 50
_FRONT: Final = ("name", "sex", "nation", "birth", "address", "number")
_BACK: Final = ("issuer", "since", "until")


@dataclass
class Row:
    """Boxes side by side, read as one line. box: left, top, width, height on the flat card."""

    box: Rectangle
    letters: list[Letter] = field(default_factory=list[Letter])

    @property
    def text(self) -> str:
        return "".join(letter.text for letter in self.letters)

    @property
    def middle(self) -> float:
        return (self.box[1] + self.box[3] / 2) / HIGH


class CardReader:
    """One a process."""

    def __init__(self) -> None:
        self._print = LetterReader()

    def read(self, picture: Picture, side: str) -> dict[str, Any]:
        """The fields of CardReading."""
        factor = min(1.0, _LARGEST / max(picture.shape[:2]))
        # Straight from a camera's full picture a card would be drawn from every third pixel.
        less = (
            picture
            if factor == 1.0
            else cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        )
        outline = find_outline(less)
        seen, quad, flat, rows = self._seen(less, outline)
        quad = quad / np.float32(factor)
        if not seen and outline is None:
            return _nothing(picture)
        # Unreadable, it is still a card's shape: how blurred, dark or burnt out is told.
        fields = list[dict[str, Any]]()
        if seen:
            fields = self._front(flat, rows) if seen == "front" else self._back(flat, rows)
        wide, high = sides_of(quad)
        left, top, width, height = _PORTRAIT
        portrait = flat[top : top + height, left : left + width]
        return {
            "found": True,
            "side": seen,
            "width": picture.shape[1],
            "height": picture.shape[0],
            "corners": tuple((round(float(x)), round(float(y))) for x, y in quad),
            "card_width": round(wide),
            "card_height": round(high),
            "fields": fields,
            "portrait": card_marks.jpeg(portrait) if seen == "front" else b"",
            **card_marks.measures(picture, flat, quad),
        }

    def _seen(self, picture: Picture, outline: Quad | None) -> tuple[str, Quad, Picture, list[Row]]:
        """The side, once the print stands where it must; "" and the first try when it never does.

        The outline may be upside down, or of something on the card while the card fills the
        picture.
        """
        quads = [_whole(picture)]
        if outline is not None:
            quads = [outline, np.roll(outline, 2, axis=0), *quads]
        first: tuple[str, Quad, Picture, list[Row]] | None = None
        for quad in quads:
            flat = flatten(picture, quad)
            rows = self._rows(flat)
            seen = side_of(rows)
            if seen and in_place(rows):
                return seen, quad, flat, rows
            first = first or ("", quad, flat, rows)
        assert first
        return first

    def _rows(self, flat: Picture) -> list[Row]:
        """Rows of print from top to bottom, each read once."""
        rows = grouped(self._print.lines(flat, *_FIND_AT))
        for row in rows:
            row.letters = self._line(flat, row.box)
        return rows

    def _line(
        self, flat: Picture, box: Rectangle, only: str = "", again: bool = False
    ) -> list[Letter]:
        left, top, width, height = box
        part = flat[max(top, 0) : top + height, max(left, 0) : left + width]
        if not part.size:
            return []
        if again:
            part = _redrawn(part)
        return [
            Letter(letter.text, letter.at + max(left, 0), letter.sure)
            for letter in self._print.read(part, only)
        ]

    def _twice(
        self, flat: Picture, name: str, box: Rectangle, letters: list[Letter], only: str = ""
    ) -> dict[str, Any]:
        """A field whose letters were read once; its own part of the line is read again."""
        second = self._line(flat, box, only, again=True)
        first_text, second_text = _joined(letters), _joined(second)
        sure = [letter.sure for letter in letters]
        return {
            "name": name,
            "text": first_text,
            "again": second_text,
            "confidence": _part(min(sure, default=0.0)),
            "mean": _part(sum(sure) / len(sure) if sure else 0.0),
            "confidence_again": _part(min((letter.sure for letter in second), default=0.0)),
            "box": box,
            **card_marks.of_field(flat, box, beside=name in {"name", "address", "issuer"}),
        }

    def _front(self, flat: Picture, rows: list[Row]) -> list[dict[str, Any]]:
        found = dict[str, dict[str, Any]]()
        number = next((row for row in reversed(rows) if _digits(row) >= 12), None)
        below = number.middle if number else 0.8
        address = list[Row]()
        for row in rows:
            if row is number or row.middle > below - 0.04:
                continue
            if re.search("民族|性别", row.text) or 0.2 < row.middle < 0.28:
                found |= self._sex_and_nation(flat, row)
            elif row.middle <= 0.2:
                if "SPEC" not in row.text.upper() or row.middle > 0.09:
                    found["name"] = self._value(flat, "name", row, "姓名")
            elif 0.28 <= row.middle < 0.46 or re.search(r"\d年\d+月", row.text):
                found["birth"] = self._birth(flat, row)
            else:
                address.append(row)
        if address:
            found["address"] = self._address(flat, address)
        if number:
            found["number"] = self._number(flat, number)
        return [found[name] for name in _FRONT if name in found]

    def _value(
        self, flat: Picture, name: str, row: Row, label: str, only: str = ""
    ) -> dict[str, Any]:
        letters = after_label(row.letters, label)
        return self._twice(flat, name, _around(row, letters), letters, only)

    def _sex_and_nation(self, flat: Picture, row: Row) -> dict[str, dict[str, Any]]:
        text = row.text
        split = text.find("民")
        if split < 0:
            split = next(
                (at for at, letter in enumerate(row.letters) if letter.at > 300), len(text)
            )
        before = after_label(row.letters[:split], "性别")
        after = after_label(row.letters[split:], "民族", left=400)
        return {
            "sex": self._twice(flat, "sex", _around(row, before), before),
            "nation": self._twice(flat, "nation", _around(row, after), after),
        }

    def _birth(self, flat: Picture, row: Row) -> dict[str, Any]:
        letters = after_label(row.letters, "出生")
        told = self._twice(flat, "birth", _around(row, letters), letters)
        told["text"], told["again"] = as_day(told["text"]), as_day(told["again"])
        return told

    def _address(self, flat: Picture, rows: list[Row]) -> dict[str, Any]:
        parts = [self._value(flat, "address", row, "住址") for row in rows]
        parts = [part for part in parts if part["text"]]
        if not parts:
            return _empty("address")
        return {
            **parts[0],
            "text": "".join(part["text"] for part in parts),
            "again": "".join(part["again"] for part in parts),
            "confidence": min(part["confidence"] for part in parts),
            "mean": sum(part["mean"] for part in parts) // len(parts),
            "confidence_again": min(part["confidence_again"] for part in parts),
            "glare": max(part["glare"] for part in parts),
            "sharpness": min(part["sharpness"] for part in parts),
            "box": _joint([part["box"] for part in parts]),
        }

    def _number(self, flat: Picture, row: Row) -> dict[str, Any]:
        digits = [letter for letter in row.letters if letter.text.upper() in _NUMBER]
        digits = digits[-18:]
        box = _around(row, digits)
        letters = self._line(flat, box, _NUMBER)
        told = self._twice(flat, "number", box, letters, _NUMBER)
        told["odd"] = card_marks.odd_digit(flat, box, letters)
        return told

    def _back(self, flat: Picture, rows: list[Row]) -> list[dict[str, Any]]:
        found = list[dict[str, Any]]()
        issuer = next((row for row in rows if re.search("签发|机关", row.text)), None)
        validity = next((row for row in rows if re.search("有效|期限", row.text)), None)
        lower = [row for row in rows if row.middle > 0.5]
        issuer = issuer or (lower[-2] if len(lower) > 1 else None)
        validity = validity or (lower[-1] if lower else None)
        if issuer:
            found.append(self._value(flat, "issuer", issuer, "签发机关"))
        if validity:
            found += self._validity(flat, validity)
        return found

    def _validity(self, flat: Picture, row: Row) -> list[dict[str, Any]]:
        told = self._value(flat, "since", row, "有效期限", _DAYS)
        first, again = days_of(told["text"]), days_of(told["again"])
        return [
            {**told, "text": first[0], "again": again[0]},
            {**told, "name": "until", "text": first[1], "again": again[1]},
        ]


def grouped(boxes: list[Rectangle]) -> list[Row]:
    """Boxes whose middles are level make a row."""
    rows = list[Row]()
    for box in sorted(boxes, key=lambda box: box[1] + box[3] / 2):
        middle = box[1] + box[3] / 2
        # Right of it the portrait and its clothes look like print now and then.
        if box[0] > _TEXT_RIGHT - 20 and box[1] < 0.75 * HIGH:
            continue
        near = next((row for row in rows if abs(row.middle * HIGH - middle) < 22), None)
        if near is None:
            rows.append(Row(box))
        else:
            near.box = _joint([near.box, box])
    return rows


def side_of(rows: list[Row]) -> str:
    """ "front", "back" or "" for neither."""
    text = " ".join(row.text for row in rows)
    front = sum(word in text for word in ("姓名", "性别", "民族", "出生", "住址", "身份号码"))
    back = sum(word in text for word in ("居民身份证", "签发", "机关", "有效", "期限"))
    front += any(_digits(row) >= 15 and row.middle > 0.75 for row in rows)
    if max(front, back) < 2:
        return ""
    return "front" if front > back else "back"


def in_place(rows: list[Row]) -> bool:
    """Do all labels that were read stand where the card has them?"""
    known = 0
    for row in rows:
        for letter in row.letters[:4]:
            if letter.text in _LABELS:
                x, y = _LABELS[letter.text]
                if abs(letter.at - x) > _ASTRAY or abs(row.middle * HIGH - y) > _ASTRAY:
                    return False
                known += 1
                break
    return known > 0


def after_label(letters: list[Letter], label: str, left: int = _VALUE_LEFT) -> list[Letter]:
    """What follows a label, of which a letter or two may be misread."""
    marks = [at for at, letter in enumerate(letters[: len(label) + 1]) if letter.text in label]
    start = marks[-1] + 1 if marks else 0
    if not marks:
        start = next((at for at, letter in enumerate(letters) if letter.at > left), len(letters))
    return letters[start:]


def as_day(text: str) -> str:
    """YYYYMMDD of 1990年1月2日, "" of anything else."""
    found = re.search(r"(\d{4})年?(\d{1,2})月(\d{1,2})日?$", text)
    return "".join((found[1], found[2].zfill(2), found[3].zfill(2))) if found else ""


def days_of(text: str) -> tuple[str, str]:
    """Both days of 2020.01.02-2030.01.02 or ...-长期 as YYYYMMDD."""
    found = re.fullmatch(
        r"(\d{4})\.?(\d\d)\.?(\d\d)-*(?:(\d{4})\.?(\d\d)\.?(\d\d)|(长期?|期))", text
    )
    if not found:
        return "", ""
    since = "".join(found.group(1, 2, 3))
    return since, "长期" if found[7] else "".join(found.group(4, 5, 6))


def _digits(row: Row) -> int:
    return sum(letter.text.upper() in _NUMBER for letter in row.letters)


def _joined(letters: list[Letter]) -> str:
    # A middle dot is printed in many ways and lawful in one.
    return (
        re.sub("[•・‧∙⋅.]", "·", "".join(letter.text for letter in letters))
        if any("一" <= letter.text <= "鿿" for letter in letters)
        and not any(letter.text in "长期" for letter in letters)
        else "".join(letter.text for letter in letters)
    )


def _around(row: Row, letters: list[Letter]) -> Rectangle:
    """The part of a row where these letters stand."""
    left, top, width, height = row.box
    if not letters:
        return row.box
    pad = round(0.75 * height)
    start = max(left, round(letters[0].at) - pad)
    end = min(left + width, round(letters[-1].at) + pad)
    return (start, top, max(end - start, 8), height)


def _joint(boxes: list[Rectangle]) -> Rectangle:
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
    return (left, top, right - left, bottom - top)


def _redrawn(part: Picture) -> Picture:
    """The same print drawn otherwise: levelled, a little larger in its frame."""
    grey = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)
    low, high = (float(level) for level in np.percentile(grey, (2, 98)))
    levelled = np.clip((grey.astype(np.float32) - low) * (235 / max(high - low, 24)), 0, 255)
    framed = cv2.copyMakeBorder(levelled.astype(np.uint8), 5, 5, 8, 8, cv2.BORDER_REPLICATE)
    return cv2.cvtColor(framed, cv2.COLOR_GRAY2RGB)


def _part(share: float) -> int:
    return round(10_000 * share)


def _empty(name: str) -> dict[str, Any]:
    return {"name": name, "text": ""}


def _whole(picture: Picture) -> Any:
    high, wide = picture.shape[:2]
    return np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)


def _nothing(picture: Picture) -> dict[str, Any]:
    return {"found": False, "width": picture.shape[1], "height": picture.shape[0]}
