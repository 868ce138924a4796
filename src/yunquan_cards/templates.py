"""Ten looks of a card: layout, typeface, ink, pattern, colour, wear, framing, surface beneath."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Template:
    """shift: of everything printed, in 1/10 mm. squeeze: width of letters. waves: strength of the
    guilloche. wear: how faded, 0 to 1. frame: how the portrait stands: "melt", "plain", "oval".
    surface: what the card lies on: "plain", "wood", "cloth", "paper", "stone".
    """

    name: str
    weight: int = 500
    digits: str = "mono"
    label: Colour = (40, 110, 170)
    ink: Colour = (25, 25, 30)
    paper: tuple[Colour, Colour] = ((236, 240, 246), (222, 232, 240))
    thread: Colour = (150, 190, 215)
    waves: float = 0.5
    pattern: str = "waves"
    shift: tuple[int, int] = (0, 0)
    size: float = 1.0
    squeeze: float = 1.0
    wear: float = 0.0
    frame: str = "plain"
    surface: str = "plain"
    ground: Colour = (70, 78, 88)


TEMPLATES: Final = (
    Template("standard"),
    Template(
        "rosy",
        paper=((247, 236, 236), (236, 228, 238)),
        thread=(215, 165, 180),
        surface="wood",
        ground=(120, 84, 52),
    ),
    Template(
        "worn",
        weight=400,
        wear=0.35,
        waves=0.7,
        ink=(50, 50, 55),
        surface="cloth",
        ground=(52, 66, 60),
    ),
    Template(
        "bold",
        weight=700,
        digits="sans",
        shift=(4, -4),
        pattern="rings",
        surface="stone",
        ground=(96, 98, 102),
    ),
    Template(
        "narrow", squeeze=0.9, digits="mono", shift=(-3, 3), frame="oval", ground=(38, 42, 64)
    ),
    Template(
        "green",
        paper=((233, 244, 236), (222, 236, 228)),
        thread=(150, 200, 165),
        label=(40, 130, 110),
        pattern="rings",
        surface="wood",
        ground=(92, 62, 44),
    ),
    Template(
        "dense",
        waves=1.0,
        pattern="both",
        thread=(160, 185, 205),
        surface="cloth",
        ground=(110, 44, 48),
    ),
    Template(
        "blue-ink",
        ink=(30, 36, 70),
        label=(70, 90, 170),
        weight=600,
        frame="melt",
        surface="stone",
        ground=(60, 60, 58),
    ),
    Template(
        "small",
        size=0.94,
        shift=(2, 2),
        weight=500,
        digits="sans",
        waves=0.35,
        surface="plain",
        ground=(30, 86, 96),
    ),
    Template(
        "light-desk", weight=500, wear=0.15, frame="melt", surface="paper", ground=(172, 164, 150)
    ),
)
