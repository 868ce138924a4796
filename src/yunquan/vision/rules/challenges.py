"""What a person is asked to do before the camera: drawn from a seed, another one each time."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import msgspec

from yunquan.kernel.thresholds import DayThresholds
from yunquan.vision.types import Challenge, Flash, Step

TURN_LEFT: Final = "turn_left"
TURN_RIGHT: Final = "turn_right"
NOD: Final = "nod"
BLINK: Final = "blink"
OPEN_MOUTH: Final = "open_mouth"
READ_DIGITS: Final = "read_digits"
TURNS: Final = (TURN_LEFT, TURN_RIGHT)
# Levels of red, green and blue of each colour of the screen, as shares of full.
COLOURS: Final = {
    "red": (1, 0, 0),
    "green": (0, 1, 0),
    "blue": (0, 0, 1),
    "yellow": (1, 1, 0),
    "cyan": (0, 1, 1),
    "magenta": (1, 0, 1),
}
STEPS_OF_A_CHALLENGE: Final = 3


class _Draw:
    """Numbers from a seed by SHA-256, the same on every machine."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._count = 0

    def below(self, bound: int) -> int:
        """An integer from 0 up to and without `bound`; the bias of 2^-64 is of no use to anyone."""
        self._count += 1
        block = hashlib.sha256(self._seed + self._count.to_bytes(4, "big")).digest()
        return int.from_bytes(block[:8], "big") % bound

    def order(self, names: tuple[str, ...]) -> list[str]:
        rest, drawn = list(names), list[str]()
        while rest:
            drawn.append(rest.pop(self.below(len(rest))))
        return drawn


def draw_challenge(
    seed: bytes, drawn_at_ms: int, limits: DayThresholds, *, kinds: tuple[str, ...]
) -> Challenge:
    """Three steps in a random order, one of them a turn of the head, and colours at random times.

    seed: 16 bytes or more that nobody can guess; the same seed draws the same challenge. kinds:
    what may be asked, at least one turn among them; leave READ_DIGITS out where no voice is agreed.
    A turn is always asked, since only turning shows that a face has depth.
    """
    if len(seed) < 16:
        raise ValueError("a seed of at least 16 bytes")
    draw = _Draw(seed)
    turn = draw.order(tuple(kind for kind in TURNS if kind in kinds))[0]
    others = draw.order(tuple(kind for kind in kinds if kind != turn))
    asked = draw.order((turn, *others[: STEPS_OF_A_CHALLENGE - 1]))
    at, steps = limits.number("lead_in_ms") + draw.below(300), list[Step]()
    for kind in asked:
        lasts = limits.number("digits_ms" if kind == READ_DIGITS else "step_ms")
        steps.append(Step(kind, at, at + lasts))
        at += lasts + draw.below(200)
    flashes = list[Flash]()
    for colour in draw.order(tuple(COLOURS))[: limits.number("flashes")]:
        lasts = limits.number("flash_ms") + draw.below(limits.number("flash_spread_ms"))
        flashes.append(Flash(colour, at, at + lasts))
        at += lasts
    return Challenge(
        nonce=hashlib.sha256(b"nonce" + seed).hexdigest()[:32],
        steps=tuple(steps),
        flashes=tuple(flashes),
        digits="".join(str(draw.below(10)) for _ in range(4)) if READ_DIGITS in asked else "",
        length_ms=at + limits.number("lead_out_ms"),
        drawn_at_ms=drawn_at_ms,
        expires_at_ms=drawn_at_ms + limits.number("answer_within_ms"),
    )


def told_to_player(drawn: Challenge) -> dict[str, Any]:
    """The part of a challenge that its player in a browser needs."""
    body = msgspec.to_builtins(drawn)
    return {name: body[name] for name in ("nonce", "steps", "flashes", "digits", "length_ms")}
