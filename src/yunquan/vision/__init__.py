"""What machines see and hear: cards, faces, voices, as facts, and what is decided on them.

What must hold: a picture from outside is opened in the worker only; a finding has a stable code,
and a threshold is a dated row; a face vector leaves the room as sealed bytes only.
"""

from __future__ import annotations

from yunquan.vision.adapters.documents import NoDocumentReader
from yunquan.vision.adapters.pool import PoolVision
from yunquan.vision.adapters.recognisers import NoRecogniser, ToneRecogniser
from yunquan.vision.adapters.thresholds import load_thresholds
from yunquan.vision.ports import ChipReader, DocumentReader, SpeechRecogniser, Vision
from yunquan.vision.rules.cards import judge_card
from yunquan.vision.rules.challenges import draw_challenge, told_to_player
from yunquan.vision.rules.faces import (
    distance,
    judge_distance,
    judge_quality,
    pack_embedding,
)
from yunquan.vision.rules.films import judge_film
from yunquan.vision.rules.liveness import judge_liveness, told_to_applicant
from yunquan.vision.rules.recordings import clip_digest, clip_distance
from yunquan.vision.rules.uploads import read_clip, read_source
from yunquan.vision.rules.voice import (
    compare_voices,
    judge_voice,
    pack_voiceprint,
    recording_distance,
)

__all__ = [
    "ChipReader",
    "DocumentReader",
    "NoDocumentReader",
    "NoRecogniser",
    "PoolVision",
    "SpeechRecogniser",
    "ToneRecogniser",
    "Vision",
    "clip_digest",
    "clip_distance",
    "compare_voices",
    "distance",
    "draw_challenge",
    "judge_card",
    "judge_distance",
    "judge_film",
    "judge_liveness",
    "judge_quality",
    "judge_voice",
    "load_thresholds",
    "pack_embedding",
    "pack_voiceprint",
    "read_clip",
    "read_source",
    "recording_distance",
    "told_to_applicant",
    "told_to_player",
]
