"""Is it a usable picture of one face, and are two faces one person's: decided by dated thresholds.

A distance is that of two vectors of 128 numbers in 1/10,000. The network that makes them was
trained on faces of which few are East Asian, and nobody has measured it on Chinese ID cards: see
the note in tables/faces.toml before trusting a threshold.
"""

from __future__ import annotations

import math
import struct
from typing import Final

from yunquan.kernel.thresholds import DayThresholds
from yunquan.vision.types import FaceLook, Finding, Judgement

FINE: Final = "pass"
HUMAN: Final = "human"
REFUSE: Final = "refuse"
SIZE: Final = 128
_ORDER: Final = (FINE, HUMAN, REFUSE)
# What a picture may be of: somebody before a camera, the portrait on a card, a register's photo.
PURPOSES: Final = ("selfie", "card", "register")


def pack_embedding(vector: tuple[float, ...]) -> bytes:
    """512 bytes that other rooms keep sealed and hand back unread."""
    if len(vector) != SIZE or not all(map(math.isfinite, vector)):
        raise ValueError(f"a vector of {SIZE} finite numbers")
    return struct.pack(f"<{SIZE}f", *vector)


def distance(one: bytes, other: bytes) -> int:
    """How far apart two faces are, in 1/10,000; 0 is the same picture."""
    shape = f"<{SIZE}f"
    return round(10_000 * math.dist(struct.unpack(shape, one), struct.unpack(shape, other)))


def judge_distance(apart: int, limits: DayThresholds) -> Judgement:
    """apart: in 1/10,000. One person's: pass; not surely: human; another's: refuse."""
    if apart <= limits.number("face_pass"):
        return Judgement(FINE, (Finding("face.same", FINE, {"distance": apart}),))
    if apart <= limits.number("face_human"):
        return Judgement(HUMAN, (Finding("face.unsure", HUMAN, {"distance": apart}),))
    return Judgement(REFUSE, (Finding("face.other", REFUSE, {"distance": apart}),))


def judge_quality(look: FaceLook, purpose: str, limits: DayThresholds) -> Judgement:
    """purpose: one of PURPOSES. Findings say what to do better; "refuse" means: take it again."""
    if not look.faces:
        return worst([Finding("face.none", REFUSE)])

    def limit(rule: str) -> int:
        return limits.number(f"{purpose}_{rule}")

    upright = max(abs(look.yaw), abs(look.pitch - limit("pitch_usual")), abs(look.roll))
    checks = (
        ("face.several", look.faces > limit("faces_most"), "faces", look.faces),
        ("face.too_small", look.box[3] < limit("height_least"), "pixels", look.box[3]),
        ("face.cut_off", _cut_off(look), "left", look.box[0]),
        ("face.blurred", look.sharpness < limit("sharpness_least"), "sharpness", look.sharpness),
        ("face.too_dark", look.light < limit("light_least"), "light", look.light),
        ("face.too_bright", look.light > limit("light_most"), "light", look.light),
        ("face.glare", look.glare > limit("glare_most"), "share", look.glare),
        ("face.uneven_light", look.uneven > limit("uneven_most"), "levels", look.uneven),
        ("face.turned", upright > limit("turned_most"), "angle", upright),
        ("face.eyes_closed", look.eyes < limit("eyes_least"), "opening", look.eyes),
        ("face.covered", look.lower_cover > limit("cover_most"), "apart", look.lower_cover),
        ("face.covered", look.lips < limit("mouth_least"), "levels", look.lips),
        ("face.eyes_covered", look.eye_cover > limit("eye_cover_most"), "apart", look.eye_cover),
    )
    return worst([Finding(code, REFUSE, {fact: value}) for code, bad, fact, value in checks if bad])


def _cut_off(look: FaceLook) -> bool:
    left, top, width, height = look.box
    # The mesh guesses on beyond the edge; a face that touches it isn't whole.
    return left < 1 or top < 1 or left + width >= look.width or top + height >= look.height


def worst(findings: list[Finding], best: int = -1) -> Judgement:
    """The findings with the worst of their outcomes; none at all is a pass."""
    outcome = max((f.outcome for f in findings), key=_ORDER.index, default=FINE)
    return Judgement(outcome, tuple(findings), best)
