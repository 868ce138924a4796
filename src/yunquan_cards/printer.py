"""Draw both sides of a card, clean and flat: 1070 x 675 pixels, 12.5 to the millimetre."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from yunquan_cards.people import FOREVER, Person
from yunquan_cards.templates import Template

Picture = np.ndarray[Any, Any]
SCALE: Final = 1.25
WIDTH: Final = 1070
HEIGHT: Final = 675
# What setup brings: Noto Sans SC, which the pages use too, and DejaVu for the number's digits.
_FONTS: Final = Path(__file__).parents[2] / "node_modules"
_NOTO: Final = _FONTS / "@expo-google-fonts" / "noto-sans-sc"
_MONO: Final = _FONTS / "dejavu-fonts-ttf" / "ttf" / "DejaVuSansMono.ttf"
_NAMES: Final = {400: "400Regular", 500: "500Medium", 600: "600SemiBold", 700: "700Bold"}
# Where the number's digits stand, in 1/10 mm: a test that edits one needs to know.
NUMBER_AT: Final = (296, 452)
DIGIT_STEP: Final = 27.4
PORTRAIT: Final = (548, 78, 256, 318)


def print_front(person: Person, template: Template, portrait: bytes | None = None) -> Picture:
    """The portrait side 人像面, RGB. portrait: a picture's bytes; a silhouette without."""
    card = _paper(template)
    _place_portrait(card, template, portrait)
    pen = _Pen(card, template)
    for label, at in (
        ("姓名", (58, 62)),
        ("性别", (58, 132)),
        ("民族", (250, 132)),
        ("出生", (58, 200)),
        ("年", (236, 200)),
        ("月", (316, 200)),
        ("日", (396, 200)),
        ("住址", (58, 268)),
        ("公民身份号码", (58, 454)),
    ):
        pen.write(label, at, 26, template.label)
    pen.write(person.name, (146, 56), 36)
    pen.write(person.sex, (146, 130), 30)
    pen.write(person.nation, (338, 130), 30)
    pen.write(person.birth[:4], (152, 199), 29)
    pen.write(str(int(person.birth[4:6])), (284, 199), 29)
    pen.write(str(int(person.birth[6:])), (364, 199), 29)
    for row, line in enumerate(_lines(person.address)):
        pen.write(line, (146, 264 + 44 * row), 31)
    for place, digit in enumerate(person.number):
        at = (NUMBER_AT[0] + DIGIT_STEP * place, NUMBER_AT[1])
        pen.write(digit, at, 38, digits=True)
    return _finish(card, template)


def print_back(person: Person, template: Template) -> Picture:
    """The emblem side 国徽面, RGB."""
    card = _paper(template)
    _emblem(card)
    pen = _Pen(card, template)
    pen.write("云渺省样卡", (318, 66), 54, weight=700)
    pen.write("居民身份证", (246, 158), 78, weight=700)
    pen.write("签发机关", (196, 396), 28, weight=700)
    pen.write(person.issuer, (338, 394), 30)
    pen.write("有效期限", (196, 456), 28, weight=700)
    until = person.until if person.until == FOREVER else _dotted(person.until)
    pen.write(f"{_dotted(person.since)}-{until}", (338, 454), 30)
    return _finish(card, template)


class _Pen:
    def __init__(self, card: Image.Image, template: Template) -> None:
        self._card = card
        self._draw = ImageDraw.Draw(card)
        self._template = template

    def write(
        self,
        text: str,
        at: tuple[float, float],
        size: float,
        colour: tuple[int, int, int] | None = None,
        *,
        digits: bool = False,
        weight: int | None = None,
    ) -> None:
        template = self._template
        face = font(
            template.digits if digits else "sans",
            weight or template.weight,
            round(size * template.size * SCALE),
        )
        x = (at[0] + template.shift[0]) * SCALE
        y = (at[1] + template.shift[1]) * SCALE
        if digits or template.squeeze == 1.0:
            self._draw.text((x, y), text, font=face, fill=colour or template.ink)
            return
        wide, high = int(face.getlength(text)) + 2, round(size * 1.6 * SCALE)
        mask = Image.new("L", (wide, high))
        ImageDraw.Draw(mask).text((0, 0), text, font=face, fill=255)
        mask = mask.resize((max(1, round(wide * template.squeeze)), high), Image.Resampling.BICUBIC)
        self._card.paste(colour or template.ink, (round(x), round(y)), mask)


@cache
def font(kind: str, weight: int, size: int) -> ImageFont.FreeTypeFont:
    """kind: "sans" (Noto Sans SC) or "mono" (DejaVu Sans Mono, letters only)."""
    if kind == "mono":
        return ImageFont.truetype(_MONO, size)
    name = _NAMES[weight]
    return ImageFont.truetype(_NOTO / name / f"NotoSansSC_{name}.ttf", size)


def _lines(address: str) -> list[str]:
    return [address[at : at + 11] for at in range(0, len(address), 11)]


def _dotted(day: str) -> str:
    return f"{day[:4]}.{day[4:6]}.{day[6:]}"


@cache
def _ground(template: Template) -> Picture:
    """Paper with its guilloche: two crossing families of threads."""
    top, bottom = (np.array(colour, np.float32) for colour in template.paper)
    across = np.linspace(0, 1, WIDTH, dtype=np.float32)[None, :, None]
    ground = np.repeat(top * (1 - across) + bottom * across, HEIGHT, axis=0)
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    threads = np.zeros((HEIGHT, WIDTH), np.float32)
    if template.pattern in {"waves", "both"}:
        for phase in (0.0, 2.1):
            bend = 14 * np.sin(x / 61 + phase) + 9 * np.sin(x / 23 - phase)
            threads += np.clip(1 - np.abs((y + bend) % 17 - 8.5) / 1.3, 0, 1)
    if template.pattern in {"rings", "both"}:
        far = np.hypot(x - 640, y - 300) + 6 * np.sin(np.arctan2(y - 300, x - 640) * 24)
        threads += np.clip(1 - np.abs(far % 19 - 9.5) / 1.3, 0, 1)
    strength = (np.clip(threads, 0, 1) * 0.55 * template.waves)[..., None]
    return ground * (1 - strength) + np.array(template.thread, np.float32) * strength


def _paper(template: Template) -> Image.Image:
    card = Image.fromarray(_ground(template).astype(np.uint8))
    mark = Image.new("L", card.size)
    face = font("sans", 700, round(30 * SCALE))
    ImageDraw.Draw(mark).text((300 * SCALE, 18 * SCALE), "SPECIMEN", font=face, fill=70)
    card.paste(template.thread, (0, 0), mark)
    return card


def _place_portrait(card: Image.Image, template: Template, portrait: bytes | None) -> None:
    left, top, wide, high = (round(part * SCALE) for part in PORTRAIT)
    if portrait is None:
        picture = _silhouette(wide, high, template)
    else:
        given = Image.open(io.BytesIO(portrait)).convert("RGB")
        factor = max(wide / given.width, high / given.height)
        given = given.resize((round(given.width * factor) + 1, round(given.height * factor) + 1))
        aside, above = (given.width - wide) // 2, (given.height - high) // 3
        picture = given.crop((aside, above, aside + wide, above + high))
    mask = Image.new("L", (wide, high), 255)
    if template.frame == "oval":
        mask = Image.new("L", (wide, high))
        ImageDraw.Draw(mask).rounded_rectangle((0, 0, wide - 1, high - 1), wide // 4, fill=255)
    elif template.frame == "melt":
        mask = Image.new("L", (wide, high))
        ImageDraw.Draw(mask).rectangle((14, 14, wide - 15, high - 15), fill=255)
        mask = mask.filter(ImageFilter.GaussianBlur(7))
    card.paste(picture, (left, top), mask)


def _silhouette(wide: int, high: int, template: Template) -> Image.Image:
    picture = Image.new("RGB", (wide, high), template.paper[0])
    draw = ImageDraw.Draw(picture)
    draw.ellipse((wide * 0.08, high * 0.68, wide * 0.92, high * 1.4), fill=(74, 82, 96))
    draw.rectangle((wide * 0.42, high * 0.5, wide * 0.58, high * 0.75), fill=(200, 168, 146))
    draw.ellipse((wide * 0.27, high * 0.14, wide * 0.73, high * 0.62), fill=(214, 182, 160))
    draw.chord((wide * 0.24, high * 0.1, wide * 0.76, high * 0.52), 180, 360, fill=(40, 36, 36))
    return picture


def _emblem(card: Image.Image) -> None:
    """A cloud over waves in a ring: nobody's emblem."""
    draw = ImageDraw.Draw(card)
    x, y, r = 130 * SCALE, 140 * SCALE, 76 * SCALE
    red = (188, 58, 54)
    draw.ellipse((x - r, y - r, x + r, y + r), outline=red, width=7)
    for dx, dy, part in ((-0.35, 0, 0.32), (0.05, -0.2, 0.42), (0.42, 0.05, 0.28)):
        cx, cy, size = x + dx * r, y + dy * r, part * r
        draw.ellipse((cx - size, cy - size, cx + size, cy + size), fill=red)
    for row in range(3):
        under = y + (0.42 + 0.15 * row) * r
        draw.line((x - 0.55 * r, under, x + 0.55 * r, under), fill=red, width=4)


def _finish(card: Image.Image, template: Template) -> Picture:
    picture = np.asarray(card, np.float32)
    if template.wear:
        pale = np.asarray(cv2.GaussianBlur(picture, (0, 0), 24), np.float32)
        spots = np.random.default_rng(len(template.name)).random((9, 14)).astype(np.float32)
        spread = cv2.resize(spots, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)[..., None]
        picture = picture + (pale - picture) * template.wear * np.clip(spread, 0, 1)
    return np.clip(picture, 0, 255).astype(np.uint8)
