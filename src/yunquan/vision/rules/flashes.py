"""Does the face answer the colours of the screen, in the order they were drawn.

A face near the screen sends back its light, the room behind hardly: the difference of both, without
its brightness, is compared with the colours shown. A print or a screen held up answers as a whole
or not at all; a film of somebody before another challenge answers in another order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import Final

from yunquan.kernel.thresholds import DayThresholds
from yunquan.vision.rules.challenges import COLOURS
from yunquan.vision.rules.faces import FINE, HUMAN, REFUSE
from yunquan.vision.types import Challenge, Finding, Flash, FrameFacts

_GAMMA: Final = 2.2
_LAG_STEP_MS: Final = 40
_CHANGE_MS: Final = 70
# Plain frames further apart than this lie on both sides of the colours.
_WIDE_MS: Final = 1500
Tint = tuple[float, float, float]


@dataclass(frozen=True)
class FlashAnswer:
    """How the face answered, in 1/10,000.

    likeness: correlation with the colours drawn. strength: light added at full colour. hues: of how
    many colours the mean tint has their hue. unrest: how far the tints of the colours' times lie
    from no colour; noise: how far single frames do when nothing is shown. late_ms: by how much the
    answer trails.
    """

    likeness: int = 0
    strength: int = 0
    hues: int = 0
    unrest: int = 0
    noise: int = 0
    late_ms: int = 0


def flash_times(
    challenge: Challenge, shown_ms: Sequence[int], limits: DayThresholds
) -> tuple[tuple[Flash, ...], bool]:
    """The colours with the times the browser says it showed them, and whether it is believed."""
    if len(shown_ms) != len(challenge.flashes):
        return challenge.flashes, not shown_ms
    off = limits.number("flash_off_ms")
    if any(abs(at - f.from_ms) > off for at, f in zip(shown_ms, challenge.flashes, strict=True)):
        return challenge.flashes, False
    shifted = tuple(
        Flash(flash.colour, at, at + flash.to_ms - flash.from_ms)
        for at, flash in zip(shown_ms, challenge.flashes, strict=True)
    )
    return shifted, True


def flash_answer(
    frames: Sequence[FrameFacts], flashes: Sequence[Flash], limits: DayThresholds
) -> FlashAnswer:
    """frames: those with a face, in order of time."""
    first, last = flashes[0].from_ms, flashes[-1].to_ms
    latest = limits.number("flash_late_ms")
    during = [frame for frame in frames if first <= frame.at_ms <= last + latest]
    if len(during) < limits.number("flash_frames_least"):
        return FlashAnswer()
    plain = _plain(frames, during, first, last + latest)
    if len(plain) < 3:
        return FlashAnswer()
    level = _baseline([(frame.at_ms, _colour(frame)) for frame in plain])
    tints = [(frame.at_ms, _minus(_colour(frame), level(frame.at_ms))) for frame in during]
    rest = [_minus(_colour(frame), level(frame.at_ms)) for frame in plain]
    noise = _size(rest)
    answers = [
        _compared(tints, flashes, late, limits.number("flash_hue_most"))
        for late in range(0, latest + 1, _LAG_STEP_MS)
    ]
    return replace(max(answers, key=lambda answer: answer.likeness), noise=noise)


def judge_flashes(answer: FlashAnswer, limits: DayThresholds) -> list[Finding]:
    """Drawn colours seen: fine. Strong other ones: refuse. None, as in bright sun: human."""
    facts: dict[str, int | str] = {
        "likeness": answer.likeness,
        "strength": answer.strength,
        "hues": answer.hues,
        "late_ms": answer.late_ms,
    }
    likely = answer.likeness >= limits.number(
        "flash_likeness_least"
    ) and answer.hues >= limits.number("flash_hues_least")
    if likely and answer.strength >= limits.number("flash_strength_least"):
        return [Finding("liveness.flash_seen", FINE, facts)]
    coloured = max(limits.number("flash_other_strength"), 4 * answer.noise)
    if answer.likeness < limits.number("flash_other_most") and answer.unrest >= coloured:
        return [Finding("liveness.flash_other", REFUSE, facts | {"unrest": answer.unrest})]
    return [Finding("liveness.flash_unseen", HUMAN, facts)]


def _plain(
    frames: Sequence[FrameFacts], during: Sequence[FrameFacts], first: int, last: int
) -> list[FrameFacts]:
    """Frames before and after the colours in which the head is held as it is during them."""
    yaw, pitch = median(f.yaw for f in during), median(f.pitch for f in during)
    mouth = median(f.mouth for f in during)
    alike = [
        frame
        for frame in frames
        if abs(frame.yaw - yaw) < 500 and abs(frame.pitch - pitch) < 500
        if abs(frame.mouth - mouth) < 600
    ]
    before = [frame for frame in alike if frame.at_ms < first]
    return before[-8:] + [frame for frame in alike if frame.at_ms > last]


def _colour(frame: FrameFacts) -> Tint:
    """The face's colour against the room's, without its brightness, in logarithms of light."""
    red, green, blue = (
        _GAMMA * (math.log(skin + 100) - math.log(room + 100))
        for skin, room in zip(frame.skin, frame.room, strict=True)
    )
    mean = (red + green + blue) / 3
    return red - mean, green - mean, blue - mean


def _baseline(plain: Sequence[tuple[int, Tint]]) -> Callable[[int], Tint]:
    """What the face would show under no colour at a time: a camera's white balance wanders, so a
    straight line through the frames on both sides; their mean where one side has none.
    """
    times = [at for at, _ in plain]
    count = len(plain)
    middle = sum(times) / count
    means = [sum(tint[k] for _, tint in plain) / count for k in range(3)]
    spread = sum((at - middle) ** 2 for at in times)
    both_sides = max(b - a for a, b in pairwise(times)) > _WIDE_MS
    slopes = [
        sum((at - middle) * (tint[k] - means[k]) for at, tint in plain) / spread
        if both_sides and spread
        else 0.0
        for k in range(3)
    ]

    def at(at_ms: int) -> Tint:
        red, green, blue = (means[k] + slopes[k] * (at_ms - middle) for k in range(3))
        return red, green, blue

    return at


def _minus(one: Tint, other: Tint) -> Tint:
    return one[0] - other[0], one[1] - other[1], one[2] - other[2]


def _size(tints: Sequence[Tint]) -> int:
    """Root mean square."""
    total = sum(part * part for tint in tints for part in tint)
    return round(10_000 * math.sqrt(total / max(len(tints), 1)))


def _compared(
    tints: Sequence[tuple[int, Tint]], flashes: Sequence[Flash], late: int, hue_most: int
) -> FlashAnswer:
    dots = shown = seen = 0.0
    groups = list[list[Tint]]([] for _ in flashes)
    for at_ms, tint in tints:
        number = _shown(flashes, at_ms - late)
        if number is None:
            continue
        groups[number].append(tint)
        wanted = _pure(flashes[number].colour)
        dots += sum(a * b for a, b in zip(tint, wanted, strict=True))
        shown += sum(part * part for part in wanted)
        seen += sum(part * part for part in tint)
    if not shown or not seen or not all(groups):
        return FlashAnswer(likeness=-10_000, late_ms=late)
    means = [_mean(group) for group in groups]
    hues = [_angle(mean, _pure(flash.colour)) for mean, flash in zip(means, flashes, strict=True)]
    return FlashAnswer(
        likeness=round(10_000 * dots / math.sqrt(shown * seen)),
        strength=round(10_000 * dots / shown),
        hues=sum(angle <= hue_most for angle in hues),
        unrest=_size(means),
        late_ms=late,
    )


def _mean(tints: Sequence[Tint]) -> Tint:
    red, green, blue = (sum(tint[k] for tint in tints) / len(tints) for k in range(3))
    return red, green, blue


def _angle(one: Tint, other: Tint) -> float:
    """Degrees between two colours without brightness; the six colours lie 60 apart."""
    sizes = math.hypot(*one) * math.hypot(*other)
    cosine = sum(a * b for a, b in zip(one, other, strict=True)) / (sizes or 1.0)
    return math.degrees(math.acos(max(-1.0, min(1.0, cosine)))) if sizes else 180.0


def _shown(flashes: Sequence[Flash], at_ms: int) -> int | None:
    """Which colour was up; none near a change, where screen and camera hold half of each."""
    for number, flash in enumerate(flashes):
        if flash.from_ms + _CHANGE_MS <= at_ms < flash.to_ms - _CHANGE_MS:
            return number
    return None


def _pure(colour: str) -> Tint:
    red, green, blue = COLOURS[colour]
    mean = (red + green + blue) / 3
    return red - mean, green - mean, blue - mean
