"""Was each step done, in its time, and nothing else: read off pose, eyes and mouth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from typing import Final

from yunquan.kernel.thresholds import DayThresholds
from yunquan.vision.rules import challenges as kinds
from yunquan.vision.rules.faces import HUMAN, REFUSE
from yunquan.vision.types import Challenge, Finding, FrameFacts, Step, VoiceLook

Frames = Sequence[FrameFacts]
# Talking opens the mouth, and an open mouth looks to the machine like a lifted chin.
_GOES_WITH: Final = {
    kinds.READ_DIGITS: {kinds.OPEN_MOUTH, kinds.NOD},
    kinds.OPEN_MOUTH: {kinds.NOD},
    kinds.TURN_LEFT: {kinds.NOD},
    kinds.TURN_RIGHT: {kinds.NOD},
}


class _Rest:
    """How the person looks when nothing is asked: medians of the frames before the first step."""

    def __init__(self, frames: Frames) -> None:
        self.yaw = median(frame.yaw for frame in frames)
        self.pitch = median(frame.pitch for frame in frames)
        self.eyes = median(frame.eyes for frame in frames)
        self.mouth = median(frame.mouth for frame in frames)


def judge_acts(
    frames: Frames, challenge: Challenge, voice: VoiceLook | None, limits: DayThresholds
) -> list[Finding]:
    """frames: those with a face, in order of time."""
    before = [frame for frame in frames if frame.at_ms < challenge.steps[0].from_ms]
    if len(before) < 3:
        return [Finding("liveness.no_start", REFUSE)]
    rest, found = _Rest(before), list[Finding]()
    for number, step in enumerate(challenge.steps, 1):
        late = limits.number("step_grace_ms")
        during = [f for f in frames if step.from_ms <= f.at_ms <= step.to_ms + late]
        if not done(step.kind, during, rest, limits):
            found.append(
                Finding("liveness.step_missed", REFUSE, {"step": number, "kind": step.kind})
            )
        found += _unasked(step, during, rest, limits)
        if step.kind == kinds.READ_DIGITS:
            found += _spoken(step, voice, limits)
    return found


def done(kind: str, during: Frames, rest: _Rest, limits: DayThresholds) -> bool:
    """Whether a step shows in the frames of its time."""
    return len(during) >= 3 and _SHOWS[kind](during, rest, limits)


def _turned(sign: int) -> Callable[[Frames, _Rest, DayThresholds], bool]:
    def shows(during: Frames, rest: _Rest, limits: DayThresholds) -> bool:
        return max(sign * (f.yaw - rest.yaw) for f in during) >= limits.number("turn_least")

    return shows


def _nodded(during: Frames, rest: _Rest, limits: DayThresholds) -> bool:
    heights = [frame.pitch for frame in during]
    down = rest.pitch - min(heights)
    swing = max(heights) - min(heights)
    return swing >= limits.number("nod_least") and down >= limits.number("nod_least") // 3


def _blinked(during: Frames, rest: _Rest, limits: DayThresholds) -> bool:
    """Open, shut, open: eyes that only stay narrow are no blink."""
    shut = rest.eyes * limits.number("blink_most") // 10_000
    opened = rest.eyes * limits.number("blink_open") // 10_000
    at = min(range(len(during)), key=lambda n: during[n].eyes)
    first, last = during[:at], during[at + 1 :]
    return during[at].eyes <= shut and all(
        side and max(frame.eyes for frame in side) >= opened for side in (first, last)
    )


def _opened_mouth(during: Frames, rest: _Rest, limits: DayThresholds) -> bool:
    return max(frame.mouth for frame in during) - rest.mouth >= limits.number("mouth_least")


def _spoke(during: Frames, rest: _Rest, limits: DayThresholds) -> bool:
    """The mouth opens more than once."""
    ajar = rest.mouth + limits.number("talk_least")
    states = [frame.mouth >= ajar for frame in during]
    return sum(now and not then for then, now in zip([False, *states], states, strict=False)) >= 2


_SHOWS: Final[dict[str, Callable[[Frames, _Rest, DayThresholds], bool]]] = {
    kinds.TURN_LEFT: _turned(1),
    kinds.TURN_RIGHT: _turned(-1),
    kinds.NOD: _nodded,
    kinds.BLINK: _blinked,
    kinds.OPEN_MOUTH: _opened_mouth,
    kinds.READ_DIGITS: _spoke,
}


def _unasked(step: Step, during: Frames, rest: _Rest, limits: DayThresholds) -> list[Finding]:
    """A film with every movement in it does what is asked too; it does other things besides."""
    if not during:
        return []
    early = [frame for frame in during if frame.at_ms <= step.to_ms] or during
    sways = [frame.yaw - rest.yaw for frame in early]
    heights = [frame.pitch for frame in early]
    seen = {
        kinds.TURN_LEFT: max(sways) >= limits.number("unasked_turn"),
        kinds.TURN_RIGHT: -min(sways) >= limits.number("unasked_turn"),
        kinds.NOD: max(heights) - min(heights) >= limits.number("unasked_nod"),
        kinds.OPEN_MOUTH: max(f.mouth for f in early) - rest.mouth
        >= limits.number("unasked_mouth"),
    }
    strange = {kind for kind, shown in seen.items() if shown}
    strange -= {step.kind} | _GOES_WITH.get(step.kind, set())
    return [
        Finding("liveness.unasked", HUMAN, {"kind": kind, "during": step.kind})
        for kind in sorted(strange)
    ]


def _spoken(step: Step, voice: VoiceLook | None, limits: DayThresholds) -> list[Finding]:
    if voice is None:
        return [Finding("liveness.unheard", HUMAN)]
    late = limits.number("step_grace_ms")
    heard = sum(
        max(0, min(until, step.to_ms + late) - max(since, step.from_ms))
        for since, until in voice.speech
    )
    if heard < limits.number("speech_least_ms"):
        return [Finding("liveness.not_spoken", REFUSE, {"ms": heard})]
    return []
