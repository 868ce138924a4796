"""What a voice says as an extra factor, and whether the recording was heard before.

A voice never lets anyone in nor keeps anyone out by itself: its findings are "pass" (a note) or
"human". The voiceprint is uncalibrated for Mandarin.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable
from typing import Final

from yunquan.kernel.thresholds import DayThresholds
from yunquan.vision.rules.faces import FINE, HUMAN, REFUSE, worst
from yunquan.vision.types import Finding, Judgement, VoiceLook

SIZE: Final = 39
_SHIFTS: Final = range(-60, 61)


def pack_voiceprint(vector: tuple[float, ...]) -> bytes:
    """156 bytes that other rooms keep sealed and hand back unread."""
    if len(vector) != SIZE or not all(map(math.isfinite, vector)):
        raise ValueError(f"a voiceprint of {SIZE} finite numbers")
    return struct.pack(f"<{SIZE}f", *vector)


def voice_distance(one: bytes, other: bytes) -> int:
    """How unlike two voices are, in 1/10,000 of what speakers usually differ by."""
    shape = f"<{SIZE}f"
    apart = math.dist(struct.unpack(shape, one), struct.unpack(shape, other))
    return round(10_000 * apart / math.sqrt(SIZE))


def judge_voice(
    look: VoiceLook, digits: str, limits: DayThresholds, *, earlier: Iterable[str] = ()
) -> Judgement:
    """digits: those asked for. earlier: digests of recordings heard before."""
    found = list[Finding]()
    if look.speech_ms < limits.number("speech_least_ms"):
        found.append(Finding("voice.silent", REFUSE, {"ms": look.speech_ms}))
    if look.loudness and look.loudness < limits.number("loudness_least"):
        found.append(Finding("voice.too_quiet", REFUSE, {"loudness": look.loudness}))
    if look.clipped > limits.number("clipped_most"):
        found.append(Finding("voice.too_loud", REFUSE, {"share": look.clipped}))
    nearest = min((recording_distance(look.digest, other) for other in earlier), default=10_000)
    if nearest < limits.number("same_recording_most"):
        found.append(Finding("voice.heard_before", REFUSE, {"distance": nearest}))
    found.append(_digits(look.digits, digits))
    return worst(found)


def _digits(heard: str, asked: str) -> Finding:
    if not heard:
        # No recogniser of spoken Mandarin comes with the project: a person listens, or nobody.
        return Finding("voice.digits_unknown", FINE)
    if heard == asked:
        return Finding("voice.digits_right", FINE)
    return Finding("voice.digits_wrong", REFUSE)


def compare_voices(one: bytes, other: bytes, limits: DayThresholds) -> Finding:
    """Never refuses: a cold, another telephone or a noisy room change a voice much."""
    apart = voice_distance(one, other)
    if apart <= limits.number("voice_alike"):
        return Finding("voice.alike", FINE, {"distance": apart})
    return Finding("voice.unlike", HUMAN, {"distance": apart})


def recording_distance(one: str, other: str) -> int:
    """Share of bits that differ at the best overlap, in 1/10,000; over 3,000 for two utterances."""
    first, second = _words(one), _words(other)
    best = 10_000
    for shift in _SHIFTS:
        pairs = list(zip(first[max(0, -shift) :], second[max(0, shift) :], strict=False))
        if len(pairs) < max(20, min(len(first), len(second)) * 6 // 10):
            continue
        differing = sum((a ^ b).bit_count() for a, b in pairs)
        best = min(best, 10_000 * differing // (16 * len(pairs)))
    return best


def _words(digest: str) -> list[int]:
    return [word for (word,) in struct.iter_unpack(">H", bytes.fromhex(digest))]
