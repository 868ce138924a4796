"""What machines see of a face and hear of a voice, as facts in integers.

Angles in 1/100 degree, the person's own left and up positive. Ratios, distances and shares in
1/10,000. Colours in 1/100 of a level (0 to 25,500). Times in milliseconds from the start of the
recording. Boxes are (left, top, width, height) in pixels.
"""

from __future__ import annotations

import msgspec

Box = tuple[int, int, int, int]
Colour = tuple[int, int, int]


class FaceLook(msgspec.Struct, frozen=True):
    """One picture with a face: the largest, measured. `faces` 0: nothing else is set.

    sharpness: variance of the Laplacian of the face at 160 pixels. light: mean level of the skin.
    uneven: difference of the halves' levels. glare: share of the face that is burnt out. eyes: the
    opening of the more closed eye, height over width. lower_cover, eye_cover: how unlike skin the
    mouth's and eyes' surroundings are; lips: spread of the levels at the mouth, in 1/100, small
    where cloth lies over it. embedding: 128 numbers, empty without a face.
    """

    faces: int
    width: int
    height: int
    box: Box = (0, 0, 0, 0)
    sharpness: int = 0
    light: int = 0
    uneven: int = 0
    glare: int = 0
    yaw: int = 0
    pitch: int = 0
    roll: int = 0
    eyes: int = 0
    mouth: int = 0
    lower_cover: int = 0
    eye_cover: int = 0
    lips: int = 0
    embedding: tuple[float, ...] = ()


class Step(msgspec.Struct, frozen=True):
    """One thing to do: "turn_left", "turn_right", "nod", "blink", "open_mouth", "read_digits"."""

    kind: str
    from_ms: int
    to_ms: int


class Flash(msgspec.Struct, frozen=True):
    """A colour that the whole screen shows: "red", "green", "blue", "yellow", "cyan", "magenta"."""

    colour: str
    from_ms: int
    to_ms: int


class Challenge(msgspec.Struct, frozen=True):
    """What a person is asked to do, drawn anew each time. The last two times: since 1970."""

    nonce: str
    steps: tuple[Step, ...]
    flashes: tuple[Flash, ...]
    digits: str
    length_ms: int
    drawn_at_ms: int
    expires_at_ms: int


class ClipFrame(msgspec.Struct, frozen=True):
    """A JPEG as the camera gave it, with its place and its time as the browser says."""

    index: int
    at_ms: int
    jpeg: bytes


class ClipSource(msgspec.Struct, frozen=True):
    """What the browser says of its camera. All of it can be forged.

    shown_ms: when each flash was on the screen. mobile: the browser calls itself a phone's.
    """

    nonce: str = ""
    camera: str = ""
    width: int = 0
    height: int = 0
    mobile: bool = False
    shown_ms: tuple[int, ...] = ()


class LivenessClip(msgspec.Struct, frozen=True):
    """What came back for a challenge."""

    challenge: Challenge
    frames: tuple[ClipFrame, ...]
    source: ClipSource = ClipSource()


class FrameFacts(msgspec.Struct, frozen=True):
    """What one frame shows. Without a face only what follows `faces` up to `moved` is set.

    digest: of the bytes. moved: mean difference of levels to the frame before. room_change,
    face_change: 1 - correlation with the frame before, of what is not face and of the face brought
    upright. moire: strength of the strongest regular pattern finer than a face has. lips: spread of
    the levels at the mouth, small under cloth. embedding: of some frames only.
    """

    index: int
    at_ms: int
    faces: int
    digest: str
    moved: int = 0
    room_change: int = 0
    room: Colour = (0, 0, 0)
    box: Box = (0, 0, 0, 0)
    yaw: int = 0
    pitch: int = 0
    roll: int = 0
    eyes: int = 0
    mouth: int = 0
    sharpness: int = 0
    moire: int = 0
    skin: Colour = (0, 0, 0)
    face_change: int = 0
    bulge: int = 0
    plane_residual: int = 0
    lips: int = 0
    embedding: tuple[float, ...] = ()


class LivenessLook(msgspec.Struct, frozen=True):
    """A clip as facts. width, height: of its frames; 0 when they differ."""

    width: int
    height: int
    frames: tuple[FrameFacts, ...]


class VoiceLook(msgspec.Struct, frozen=True):
    """What is heard in a recording: speech from and to, and a voice as numbers.

    loudness: root mean square in 1/10,000 of full scale. clipped: share of samples at full scale.
    voiceprint: empty when there is too little speech. digits: "" without a recogniser.
    """

    length_ms: int
    speech: tuple[tuple[int, int], ...] = ()
    speech_ms: int = 0
    loudness: int = 0
    clipped: int = 0
    voiceprint: tuple[float, ...] = ()
    digest: str = ""
    digits: str = ""


class Finding(msgspec.Struct, frozen=True):
    """One thing seen, with its stable code. outcome: "pass" (a note), "human" or "refuse"."""

    code: str
    outcome: str
    facts: dict[str, int | str] = {}


class Judgement(msgspec.Struct, frozen=True):
    """The worst outcome of the findings, and they themselves. best: index of the clearest frame."""

    outcome: str
    findings: tuple[Finding, ...]
    best: int = -1
