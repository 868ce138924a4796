"""What a recording must be: chunks, container, length. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from yunquan.kernel.errors import Refused
from yunquan.witness.types import Chunk, Script

MOST_CHUNKS: Final = 4096
MEDIA: Final = {"video/webm": (0, b"\x1a\x45\xdf\xa3"), "video/mp4": (4, b"ftyp")}
# A part as large is no chance match; smaller ones may be a container's head.
TELLING_BYTES: Final = 16 * 1024
# A recorder starts before the first word and its clock isn't ours.
SLACK_MS: Final = 15_000
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


def media_type_of(told: str) -> str:
    """ "video/webm" of "video/webm;codecs=vp8,opus"."""
    return told.partition(";")[0].strip().lower()


def check_chunk(
    number: int, content: bytes, sha256: str, digest: str, largest: int
) -> Refused | None:
    """A chunk by itself. digest: what its bytes really make."""
    if not 0 <= number < MOST_CHUNKS:
        return Refused("witness.chunk_number", {"most": MOST_CHUNKS})
    if not content:
        return Refused("witness.chunk_empty", {"number": number})
    if len(content) > largest:
        return Refused("witness.chunk_large", {"number": number, "largest": largest})
    if not _SHA256.fullmatch(sha256):
        return Refused("witness.digest_malformed")
    if sha256 != digest:
        return Refused("witness.digest_wrong", {"number": number})
    return None


def check_room(
    known: Sequence[Chunk], number: int, sha256: str, size: int, most: int
) -> Refused | None:
    """A chunk among those that came. The same again is no matter; another of its number is."""
    same = next((chunk for chunk in known if chunk.number == number), None)
    if same is not None and same.sha256 != sha256:
        return Refused("witness.chunk_differs", {"number": number})
    if same is None and sum(chunk.size for chunk in known) + size > most:
        return Refused("witness.recording_large", {"most": most})
    return None


def check_whole(known: Sequence[Chunk], count: int, sha256: str, digest: str) -> Refused | None:
    """Whether all came. sha256: of the chunks' hex digests, joined in order."""
    if count < 1:
        return Refused("witness.recording_empty")
    missing = sorted(set(range(count)) - {chunk.number for chunk in known})
    if missing:
        return Refused("witness.chunks_missing", {"count": len(missing), "first": missing[0]})
    if len(known) > count:
        return Refused("witness.chunks_more", {"count": count})
    return Refused("witness.digest_whole") if sha256 != digest else None


def check_container(media_type: str, beginning: bytes) -> Refused | None:
    """The first bytes must be the container's."""
    if media_type not in MEDIA:
        return Refused("witness.media_type", {"media_type": media_type[:40]})
    at, magic = MEDIA[media_type]
    fits = beginning[at : at + len(magic)] == magic
    return None if fits else Refused("witness.container", {"media_type": media_type})


def check_length(script: Script, length_ms: int, now_ms: int, longest_s: int) -> Refused | None:
    """Against the script: not shorter than its sentences, not longer than allowed, not older than
    the script itself. length_ms: as the container tells, 0 where it doesn't.
    """
    if length_ms <= 0:
        return Refused("witness.length_unknown")
    if length_ms < script.shortest_s * 1000:
        return Refused(
            "witness.recording_short",
            {"seconds": length_ms // 1000, "shortest": script.shortest_s},
        )
    if length_ms > longest_s * 1000 + SLACK_MS:
        return Refused("witness.recording_long", {"longest": longest_s})
    if length_ms > now_ms - script.drawn_at_ms + SLACK_MS:
        return Refused("witness.recording_older")
    return None
