"""A voice: an extra factor that never decides, recordings known again, files that lie."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.vision.limits import LIMITS
from yunquan.vision import NoRecogniser, ToneRecogniser
from yunquan.vision.rules import voice
from yunquan.vision.types import VoiceLook

if TYPE_CHECKING:
    from tests.vision.stage import Studio

HEARD = VoiceLook(4000, ((400, 2400),), 2000, loudness=700, digest="1f2e" * 80)


def codes(look: VoiceLook, digits: str = "3817", earlier: tuple[str, ...] = ()) -> set[str]:
    judged = voice.judge_voice(look, digits, LIMITS, earlier=earlier)
    return {finding.code for finding in judged.findings}


def test_digits_nobody_could_hear_are_a_note_and_wrong_ones_a_refusal() -> None:
    assert codes(HEARD) == {"voice.digits_unknown"}
    assert codes(msgspec.structs.replace(HEARD, digits="3817")) == {"voice.digits_right"}
    wrong = msgspec.structs.replace(HEARD, digits="3871")
    assert voice.judge_voice(wrong, "3817", LIMITS).outcome == "refuse"


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("voice.silent", {"speech_ms": 200}),
        ("voice.too_quiet", {"loudness": 20}),
        ("voice.too_loud", {"clipped": 900}),
    ],
)
def test_what_is_wrong_with_a_recording_is_said(code: str, change: dict[str, object]) -> None:
    assert code in codes(msgspec.structs.replace(HEARD, **change))


def test_a_voice_alone_never_refuses() -> None:
    mine = voice.pack_voiceprint(tuple(math.sin(n) for n in range(39)))
    other = voice.pack_voiceprint(tuple(5 * math.cos(n) for n in range(39)))
    assert voice.compare_voices(mine, mine, LIMITS).outcome == "pass"
    assert voice.compare_voices(mine, other, LIMITS).outcome == "human"
    with pytest.raises(ValueError, match="39"):
        voice.pack_voiceprint((1.0,))


def test_the_same_recording_is_known_at_another_start() -> None:
    words = [(n * 40503 + 977 * n * n) & 0xFFFF for n in range(120)]
    digest = struct.pack(">120H", *words).hex()
    later = struct.pack(">100H", *words[20:]).hex()
    assert voice.recording_distance(digest, later) == 0
    assert "voice.heard_before" in codes(
        msgspec.structs.replace(HEARD, digest=later), earlier=("", digest)
    )
    assert voice.recording_distance("", digest) == 10_000


# --- through the worker's ears --------------------------------------------------------------------


def test_reading_is_heard_and_a_replay_is_known(studio: Studio) -> None:
    first = studio.listen(studio.reading("3817", speaker=1, take=1))
    assert first.speech_ms > LIMITS.number("speech_least_ms")
    assert len(first.voiceprint) == voice.SIZE
    assert voice.judge_voice(first, "3817", LIMITS).outcome == "pass"
    again = studio.listen(studio.reading("3817", speaker=1, take=1, lead_ms=950, noise=0.004))
    other = studio.listen(studio.reading("3817", speaker=1, take=2))
    assert "voice.heard_before" in codes(again, earlier=(first.digest,))
    assert "voice.heard_before" not in codes(other, earlier=(first.digest,))


@pytest.mark.parametrize("digits", ["3817", "0000", "9920", "1551"])
def test_the_stand_in_reads_tones_and_hears_no_speech(studio: Studio, digits: str) -> None:
    with_tones = studio.reading(digits, speaker=4, take=3)
    assert ToneRecogniser().digits(with_tones) == digits
    assert ToneRecogniser().digits(studio.reading(digits, speaker=4, tones=0.0)) == ""
    assert NoRecogniser().digits(with_tones) == ""


@pytest.mark.parametrize(
    "content", [b"", b"RIFF", b"\x00" * 500, b"RIFF0000WAVEdata\xff\xff\xff\xff" * 9]
)
def test_the_stand_in_survives_what_is_no_recording(content: bytes) -> None:
    assert ToneRecogniser().digits(content) == ""


def test_silence_is_no_speech(studio: Studio) -> None:
    look = studio.listen(studio.reading("", lead_ms=2000))
    assert (look.speech, look.voiceprint) == ((), ())
    assert "voice.silent" in codes(look)


def wav(*, rate: int = 16_000, channels: int = 1, bits: int = 16, claims: int | None = None,
        seconds: float = 1.0, kind: int = 1) -> bytes:  # fmt: skip
    data = b"\x01\x02" * round(16_000 * seconds)
    described = struct.pack("<4sIHHIIHH", b"fmt ", 16, kind, channels, rate, rate * 2, 2, bits)
    size = len(data) if claims is None else claims
    body = described + struct.pack("<4sI", b"data", size) + data
    return struct.pack("<4sI4s", b"RIFF", 4 + len(body), b"WAVE") + body


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "vision.not_audio"),
        (b"RIFF", "vision.not_audio"),
        (b"\xff\xd8\xff\xe0" * 400, "vision.not_audio"),
        (b"RIFF\x00\x00\x00\x00WAVE" + b"LIST\xff\xff\xff\xff", "vision.too_short"),
        (wav(rate=44_100), "vision.wrong_audio"),
        (wav(channels=2), "vision.wrong_audio"),
        (wav(bits=8), "vision.wrong_audio"),
        (wav(kind=3), "vision.wrong_audio"),
        (wav(claims=2**31), "vision.not_audio"),
        (wav()[:-100], "vision.not_audio"),
        (wav(seconds=0.2), "vision.too_short"),
        (wav(seconds=30), "vision.too_long"),
        (wav()[:12] + wav()[36:], "vision.not_audio"),
    ],
)
def test_files_that_lie_are_refused_with_a_reason(
    studio: Studio, content: bytes, code: str
) -> None:
    assert studio.refusal(content) == code
