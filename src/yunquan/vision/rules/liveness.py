"""Is somebody there, now, and the same one throughout: everything a clip shows, judged together.

It does not see a deep fake drawn live over a real face that moves, is lit and answers as asked, nor
a well made mask of a head. It is no certified presentation attack detection (ISO/IEC 30107-3, JR/T
0164): thresholds were set on generated clips and few recordings.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from yunquan.kernel.thresholds import DayThresholds
from yunquan.vision.rules import recordings
from yunquan.vision.rules.acts import judge_acts
from yunquan.vision.rules.faces import FINE, HUMAN, REFUSE, worst
from yunquan.vision.rules.flashes import flash_answer, flash_times, judge_flashes
from yunquan.vision.types import (
    Challenge,
    ClipSource,
    Finding,
    FrameFacts,
    Judgement,
    LivenessLook,
    VoiceLook,
)

# What tells an honest person how to do better and a fraudster nothing.
_HELPFUL: Final = frozenset(
    {
        "liveness.covered",
        "liveness.face_lost",
        "liveness.faces_several",
        "liveness.flash_unseen",
        "liveness.gap",
        "liveness.late",
        "liveness.no_clear_face",
        "liveness.no_start",
        "liveness.not_spoken",
        "liveness.room_moved",
        "liveness.step_missed",
        "liveness.too_few_frames",
        "liveness.unasked",
        "liveness.unheard",
    }
)


def told_to_applicant(judgement: Judgement) -> tuple[str, ...]:
    """Codes an applicant may read: what helps, else that it wasn't confirmed. Staff see all."""
    seen = [f.code for f in judgement.findings if f.outcome != FINE]
    helpful = tuple(dict.fromkeys(code for code in seen if code in _HELPFUL))
    return helpful or (("liveness.not_confirmed",) if seen else ())


def judge_liveness(
    look: LivenessLook,
    challenge: Challenge,
    source: ClipSource,
    limits: DayThresholds,
    *,
    now_ms: int,
    voice: VoiceLook | None = None,
    earlier: Iterable[bytes] = (),
) -> Judgement:
    """now_ms: when the clip came, since 1970. earlier: digests of clips that came before."""
    found = recordings.judge_source(source, challenge, limits)
    if now_ms > challenge.expires_at_ms:
        found.append(Finding("liveness.late", REFUSE))
    found += recordings.judge_order(look.frames, challenge, limits)
    if any(finding.code == "liveness.too_few_frames" for finding in found):
        return worst(found)
    found += recordings.judge_repeats(look.frames, limits)
    found += recordings.judge_faces(look.frames, limits)
    if not look.width:
        found.append(Finding("liveness.sizes_differ", REFUSE))
    faces = [frame for frame in look.frames if frame.faces]
    if len(faces) < limits.number("frames_least") // 2:
        return worst([*found, Finding("liveness.face_lost", REFUSE, {"frames": len(faces)})])
    best = clearest(faces)
    found += judge_acts(faces, challenge, voice, limits)
    found += recordings.judge_cuts(faces, limits)
    found += recordings.judge_same_face(faces, best, limits)
    found += recordings.judge_depth(faces, limits)
    found += recordings.judge_pattern(faces, limits)
    found += recordings.judge_covered(faces, limits)
    flashes, believed = flash_times(challenge, source.shown_ms, limits)
    if not believed:
        found.append(Finding("liveness.flash_off_time", HUMAN))
    found += judge_flashes(flash_answer(faces, flashes, limits), limits)
    found += recordings.judge_seen_before(recordings.clip_digest(look.frames), earlier, limits)
    return worst(found, best)


def clearest(frames: Iterable[FrameFacts]) -> int:
    """Index of the frame to compare with a card: with a vector, frontal, sharp, its eyes open."""

    def badness(frame: FrameFacts) -> int:
        return (
            abs(frame.yaw)
            + abs(frame.roll)
            + frame.mouth
            - 2 * min(frame.eyes, 3000)
            - min(frame.sharpness, 400)
        )

    with_vector = [frame for frame in frames if frame.embedding]
    return min(with_vector, key=badness).index if with_vector else -1
