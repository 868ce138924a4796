"""A voice reading digits, made by a source and formants: speech enough for a detector, no language.

Each digit is also sent as a tone above the voice, which the stand-in recogniser reads.
"""

from __future__ import annotations

import random
import struct
from typing import Any, Final

import numpy as np

RATE: Final = 16_000
_VOWELS: Final = {
    "0": ((430, 1500, 2500), (700, 1150, 2500)),
    "1": ((300, 2300, 3000), (280, 2250, 3000)),
    "2": ((500, 1300, 1700), (600, 1250, 1600)),
    "3": ((800, 1250, 2500), (650, 1300, 2500)),
    "4": ((350, 1300, 2600), (330, 1350, 2700)),
    "5": ((320, 700, 2400), (310, 680, 2400)),
    "6": ((350, 2100, 2700), (420, 800, 2400)),
    "7": ((290, 2300, 3100), (300, 2200, 2900)),
    "8": ((750, 1200, 2500), (780, 1250, 2600)),
    "9": ((340, 2000, 2700), (430, 850, 2500)),
}


def reading(
    digits: str,
    *,
    speaker: int = 1,
    take: int = 1,
    lead_ms: int = 400,
    noise: float = 0.002,
    tones: float = 0.02,
) -> bytes:
    """A WAV. speaker: another vocal tract and pitch each; take: another reading by the same."""
    voice, way = random.Random(f"voice{speaker}"), random.Random(f"take{speaker}.{take}")
    base, tract = voice.uniform(95, 230), voice.uniform(0.86, 1.2)
    breath, tilt = voice.uniform(0.004, 0.02), voice.uniform(0.93, 0.98)
    parts = [np.zeros(lead_ms * 16)]
    for digit in digits:
        length = int(way.uniform(0.34, 0.46) * RATE)
        pitch = base * way.uniform(0.94, 1.06)
        spoken = _syllable(_VOWELS[digit], length, pitch, tract, breath, tilt, way)
        tone = np.sin(2 * np.pi * (5600 + 150 * int(digit)) * np.arange(length) / RATE)
        parts += [
            spoken + tones * tone * np.hanning(length),
            np.zeros(int(way.uniform(0.05, 0.12) * RATE)),
        ]
    samples = np.concatenate([*parts, np.zeros(RATE // 4)])
    samples = samples + np.random.default_rng(1000 * speaker + take).normal(0, noise, len(samples))
    return wav(samples)


def _syllable(
    formants: Any,
    length: int,
    pitch: float,
    tract: float,
    breath: float,
    tilt: float,
    way: random.Random,
) -> Any:
    t = np.linspace(0, 1, length)
    noise = np.random.default_rng(way.randrange(10**6))
    flutter = np.cumsum(noise.normal(0, 1, length)) / np.sqrt(length) * 0.015
    line = pitch * (1 + 0.14 * np.sin(np.pi * t + way.uniform(-0.5, 0.5)) - 0.08 * t + flutter)
    pulses = np.diff(np.floor(np.cumsum(line) / RATE), prepend=0.0)
    out = pulses + breath * noise.normal(0, 1, length)
    for n in range(1, length):  # the glottis and the lips: 6 dB an octave down together
        out[n] += tilt * out[n - 1]
    for number, width in enumerate((60, 90, 130)):
        start, end = formants[0][number] * tract, formants[1][number] * tract
        out = _resonate(out, start + (end - start) * t, width)
    for hertz, width in ((3500, 200), (4500, 260)):
        out = _resonate(out, np.full(length, hertz * tract), width)
    hiss = np.diff(noise.normal(0, 1, length), prepend=0.0) * np.clip(1 - t * 9, 0, 1)
    envelope = np.clip(np.minimum(t * 12 - 0.6, (1 - t) * 6), 0, 1)
    return 0.45 * envelope * out / (np.abs(out).max() + 1e-9) + 0.02 * hiss


def _resonate(signal: Any, hertz: Any, width: float) -> Any:
    radius = np.exp(-np.pi * width / RATE)
    first = 2 * radius * np.cos(2 * np.pi * hertz / RATE)
    second = -radius * radius
    gain = 1 - first - second
    out = np.zeros_like(signal)
    before = further = 0.0
    for n in range(len(signal)):
        now = gain[n] * signal[n] + first[n] * before + second * further
        out[n], further, before = now, before, now
    return out


def wav(samples: Any) -> bytes:
    data = (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
    described = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, RATE * 2, 2, 16)
    head = struct.pack("<4sI4s", b"RIFF", 36 + len(data), b"WAVE")
    head += described + struct.pack("<4sI", b"data", len(data))
    return head + data
