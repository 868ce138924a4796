"""Recognisers of digits: none, and a stand-in that hears tones, for tests and the demonstration."""

from __future__ import annotations

import math
import struct
from array import array
from itertools import groupby
from typing import Final

_RATE: Final = 16_000
_HEADER: Final = 44
_WINDOW, _HOP = 960, 480
# A tone for each digit, above what a voice has: 5,600 Hz for 0, 150 Hz more for each.
_LOWEST_HZ, _STEP_HZ = 5600, 150
_LOUD: Final = 0.004


class NoRecogniser:
    """The default: whatever was read, nobody can tell."""

    def digits(self, audio: bytes) -> str:
        del audio
        return ""


class ToneRecogniser:
    """Reads digits that a made voice sends as tones beside its speech. It hears no speech at all:
    where real people read aloud it answers "".
    """

    def digits(self, audio: bytes) -> str:
        samples = _samples(audio)
        heard = [
            _digit(samples[start : start + _WINDOW])
            for start in range(0, len(samples) - _WINDOW + 1, _HOP)
        ]
        runs = [(digit, sum(1 for _ in run)) for digit, run in groupby(heard)]
        return "".join(digit for digit, length in runs if digit and length >= 3)


def _samples(audio: bytes) -> array[int]:
    at = audio.find(b"data", 12)
    if at < 0 or len(audio) < _HEADER:
        return array("h")
    size = min(struct.unpack_from("<I", audio, at + 4)[0], len(audio) - at - 8) // 2 * 2
    samples = array("h")
    samples.frombytes(audio[at + 8 : at + 8 + size])
    return samples


def _digit(window: array[int]) -> str:
    """The digit whose tone stands out, or ""."""
    sizes = [_size(window, _LOWEST_HZ + _STEP_HZ * digit) for digit in range(10)]
    order = sorted(range(10), key=lambda digit: -sizes[digit])
    clear = sizes[order[0]] > max(_LOUD, 3 * sizes[order[1]])
    return str(order[0]) if clear else ""


def _size(window: array[int], hertz: int) -> float:
    """Goertzel: how much of one tone is in the window, as a share of full scale."""
    factor = 2 * math.cos(2 * math.pi * hertz / _RATE)
    before = further = 0.0
    for sample in window:
        before, further = sample / 32768 + factor * before - further, before
    power = before * before + further * further - factor * before * further
    return 2 * math.sqrt(max(power, 0.0)) / len(window)
