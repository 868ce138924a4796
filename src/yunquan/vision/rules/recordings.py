"""Is it one unbroken recording of one face: order, times, repeats, cuts, depth, and seen before."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise
from statistics import median, pstdev
from typing import Final

from yunquan.kernel.thresholds import DayThresholds
from yunquan.vision.rules.faces import FINE, HUMAN, REFUSE, distance, pack_embedding
from yunquan.vision.types import Challenge, ClipSource, Finding, FrameFacts

Frames = Sequence[FrameFacts]
_STEP_MS: Final = 200
# What one unit of unlikeness is: degrees, openings, shares of the face.
_SCALES: Final = (150, 150, 150, 500, 350, 400, 400)
_SHIFTS: Final = range(-15, 16)


def judge_order(frames: Frames, challenge: Challenge, limits: DayThresholds) -> list[Finding]:
    """Frames as they came: enough of them, in order, at times a camera can have."""
    found = list[Finding]()
    if len(frames) < limits.number("frames_least"):
        return [Finding("liveness.too_few_frames", REFUSE, {"frames": len(frames)})]
    if [frame.index for frame in frames] != list(range(len(frames))):
        found.append(Finding("liveness.out_of_order", REFUSE))
    gaps = [after.at_ms - before.at_ms for before, after in pairwise(frames)]
    if min(gaps) < limits.number("gap_least_ms") or frames[0].at_ms < 0:
        found.append(Finding("liveness.impossible_times", REFUSE, {"ms": min(gaps)}))
    if max(gaps) > limits.number("gap_most_ms"):
        found.append(Finding("liveness.gap", REFUSE, {"ms": max(gaps)}))
    spare = limits.number("length_spare_ms")
    if not -spare <= frames[-1].at_ms - challenge.length_ms <= spare:
        found.append(Finding("liveness.wrong_length", REFUSE, {"ms": frames[-1].at_ms}))
    if pstdev(gaps) * 100 < limits.number("even_times_most"):
        found.append(Finding("liveness.even_times", HUMAN))
    return found


def judge_repeats(frames: Frames, limits: DayThresholds) -> list[Finding]:
    """The same picture again: a loop when others lie between, a frozen camera when none do."""
    found = list[Finding]()
    runs = [(digest, list(run)) for digest, run in groupby(frames, key=lambda f: f.digest)]
    if len({digest for digest, _ in runs}) < len(runs):
        found.append(Finding("liveness.repeated", REFUSE))
    stillest = limits.number("moved_least")
    longest = since = frames[0].at_ms
    longest = 0
    for frame in frames[1:]:
        if frame.moved > stillest:
            since = frame.at_ms
        longest = max(longest, frame.at_ms - since)
    if longest > limits.number("frozen_most_ms"):
        found.append(Finding("liveness.frozen", REFUSE, {"ms": longest}))
    return found


def judge_faces(frames: Frames, limits: DayThresholds) -> list[Finding]:
    """A face in nearly every frame, and never two for more than a moment."""
    without = sum(not frame.faces for frame in frames)
    several = sum(frame.faces > 1 for frame in frames)
    found = list[Finding]()
    if without * 10_000 > limits.number("faceless_most") * len(frames):
        found.append(Finding("liveness.face_lost", REFUSE, {"frames": without}))
    if several > limits.number("several_most"):
        found.append(Finding("liveness.faces_several", REFUSE, {"frames": several}))
    return found


def judge_cuts(frames: Frames, limits: DayThresholds) -> list[Finding]:
    """frames: those with a face. Jumps of the room or of the face's place that no person makes."""
    found = list[Finding]()
    room = max(frame.room_change for frame in frames)
    jump = max((_jump(before, after) for before, after in pairwise(frames)), default=0)
    if room > limits.number("room_change_refuse") or jump > limits.number("jump_most"):
        found.append(Finding("liveness.cut", REFUSE, {"room": room, "jump": jump}))
    elif room > limits.number("room_change_human"):
        found.append(Finding("liveness.room_moved", HUMAN, {"room": room}))
    return found


def _jump(before: FrameFacts, after: FrameFacts) -> int:
    """Way of the face's middle, and its growth, in 1/10,000 of its width per 125 ms."""
    width = max(before.box[2], 1)
    middles = [(f.box[0] + f.box[2] / 2, f.box[1] + f.box[3] / 2) for f in (before, after)]
    way = math.dist(*middles) / width
    growth = abs(after.box[3] - before.box[3]) / max(before.box[3], 1)
    slower = 125 / max(after.at_ms - before.at_ms, 125)
    return round(10_000 * max(way, growth) * slower)


def judge_same_face(frames: Frames, best: int, limits: DayThresholds) -> list[Finding]:
    """Every vector of the clip against that of its clearest frame."""
    vectors = {f.index: pack_embedding(f.embedding) for f in frames if f.embedding}
    if best not in vectors or len(vectors) < limits.number("vectors_least"):
        return [Finding("liveness.no_clear_face", REFUSE, {"vectors": len(vectors)})]
    apart = {index: distance(vectors[best], vector) for index, vector in vectors.items()}
    index, farthest = max(apart.items(), key=lambda item: item[1])
    facts: dict[str, int | str] = {"distance": farthest, "frame": index}
    if farthest > limits.number("same_face_human"):
        return [Finding("liveness.face_changed", REFUSE, facts)]
    if farthest > limits.number("same_face_pass"):
        return [Finding("liveness.face_unsure", HUMAN, facts)]
    return []


def judge_depth(frames: Frames, limits: DayThresholds) -> list[Finding]:
    """When a head turns its nose moves against its brow and chin, and no plane explains the views.

    A print that is turned shows neither; one bent about an upright axis shows no nose.
    """
    middle = median(frame.yaw for frame in frames)
    sines = [math.sin(math.radians((frame.yaw - middle) / 100)) for frame in frames]
    rest = median(frame.bulge for frame in frames)
    weight = sum(sine * sine for sine in sines)
    nose = sum(s * (f.bulge - rest) for s, f in zip(sines, frames, strict=True))
    nose = round(nose / weight) if weight > limits.number("turn_weight_least") / 10_000 else 0
    solid = max(frame.plane_residual for frame in frames)
    facts: dict[str, int | str] = {"nose": nose, "residual": solid}
    if nose < limits.number("nose_human") or solid < limits.number("residual_human"):
        return [Finding("liveness.flat", REFUSE, facts)]
    if nose < limits.number("nose_pass") or solid < limits.number("residual_pass"):
        return [Finding("liveness.depth_unsure", HUMAN, facts)]
    return [Finding("liveness.depth_seen", FINE, facts)]


def judge_pattern(frames: Frames, limits: DayThresholds) -> list[Finding]:
    """The dots of another screen, filmed, beat with the camera's."""
    strength = round(median(frame.moire for frame in frames))
    if strength > limits.number("moire_refuse"):
        return [Finding("liveness.screen", REFUSE, {"pattern": strength})]
    if strength > limits.number("moire_human"):
        return [Finding("liveness.pattern", HUMAN, {"pattern": strength})]
    return []


def judge_covered(frames: Frames, limits: DayThresholds) -> list[Finding]:
    """Cloth over the mouth has hardly any edges."""
    spread = round(median(frame.lips for frame in frames))
    if spread < limits.number("lips_least"):
        return [Finding("liveness.covered", REFUSE, {"levels": spread})]
    return []


def judge_source(source: ClipSource, challenge: Challenge, limits: DayThresholds) -> list[Finding]:
    """What the browser says of its camera: weak, since it can say anything."""
    found = list[Finding]()
    if source.nonce != challenge.nonce:
        found.append(Finding("liveness.other_challenge", REFUSE))
    name = source.camera.casefold()
    if any(mark in name for mark in limits.names("virtual_cameras")):
        found.append(Finding("liveness.virtual_camera", HUMAN))
    if source.mobile and source.width > source.height and source.width:
        found.append(Finding("liveness.wide_phone", HUMAN))
    return found


# --- the same video twice -------------------------------------------------------------------------


def clip_digest(frames: Frames) -> bytes:
    """How the head moved, five times a second: kept by the caller, compared by `clip_distance`.

    Holds no picture and no vector of the face; 14 bytes a fifth of a second.
    """
    with_face = [frame for frame in frames if frame.faces]
    if len(with_face) < 2:
        return b""
    rows = list[tuple[int, ...]]()
    at, place = with_face[0].at_ms, 0
    while at <= with_face[-1].at_ms:
        while place + 2 < len(with_face) and with_face[place + 1].at_ms < at:
            place += 1
        before, after = with_face[place], with_face[place + 1]
        part = (at - before.at_ms) / max(after.at_ms - before.at_ms, 1)
        mixed = zip(_posture(before), _posture(after), strict=True)
        rows.append(tuple(round(a + (b - a) * part) for a, b in mixed))
        at += _STEP_MS
    return b"".join(struct.pack("<7h", *(max(-32768, min(32767, v)) for v in row)) for row in rows)


def _posture(frame: FrameFacts) -> tuple[float, ...]:
    left, top, width, height = frame.box
    unit = max(height, 1) / 10_000
    return (
        frame.yaw,
        frame.pitch,
        frame.roll,
        frame.mouth,
        frame.eyes,
        (left + width / 2) / unit / 4,
        (top + height / 2) / unit / 4,
    )


def clip_distance(one: bytes, other: bytes) -> int:
    """How unlike two recordings move at their best overlap; under about 10,000 they are one."""
    first, second = _rows(one), _rows(other)
    least = 0.6 * min(len(first), len(second))
    best = 10**9
    for shift in _SHIFTS:
        pairs = [
            (first[n], second[n + shift])
            for n in range(max(0, -shift), min(len(first), len(second) - shift))
        ]
        if len(pairs) >= max(least, 10):
            best = min(best, _unlike(pairs))
    return best


def _rows(digest: bytes) -> list[tuple[int, ...]]:
    return list(struct.iter_unpack("<7h", digest))


def _unlike(pairs: Sequence[tuple[tuple[int, ...], tuple[int, ...]]]) -> int:
    """Root mean square of the differences, each column freed of its constant: a crop, a zoom."""
    total = 0.0
    for column, scale in enumerate(_SCALES):
        apart = [a[column] - b[column] for a, b in pairs]
        middle = median(apart)
        total += sum(min(((d - middle) / scale) ** 2, 25.0) for d in apart)
    return round(10_000 * math.sqrt(total / len(pairs) / len(_SCALES)))


def judge_seen_before(
    digest: bytes, earlier: Iterable[bytes], limits: DayThresholds
) -> list[Finding]:
    """earlier: digests of clips kept by the caller."""
    nearest = min((clip_distance(digest, other) for other in earlier), default=10**9)
    if nearest < limits.number("same_clip_most"):
        return [Finding("liveness.seen_before", REFUSE, {"distance": nearest})]
    return []
