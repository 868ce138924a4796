"""What machines read on a card, see of a face and hear of a voice, as facts in integers.

Angles in 1/100 degree, the person's own left and up positive. Ratios, distances and shares in
1/10,000. Colours in 1/100 of a level (0 to 25,500). Times in milliseconds from the start of the
recording. Boxes are (left, top, width, height) in pixels.
"""

from __future__ import annotations

from typing import Final

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


# What a browser's form says of a clip besides its pictures.
CLIP_TEXTS: Final = (
    "sizes",
    "times",
    "nonce",
    "camera",
    "width",
    "height",
    "mobile",
    "shown",
)


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


class FilmGlance(msgspec.Struct, frozen=True):
    """One look at a film. faces: how many are in the picture. embedding: of the largest, of some
    looks only.
    """

    at_ms: int
    faces: int
    embedding: tuple[float, ...] = ()


class FilmLook(msgspec.Struct, frozen=True):
    """A film, looked at about once a second. ended_ms: when its last picture is shown."""

    ended_ms: int
    glances: tuple[FilmGlance, ...]


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
    """One thing seen, with its stable code. outcome: "pass" (a note), "human", "refuse", or of a
    card "again": another picture of it is wanted.
    """

    code: str
    outcome: str
    facts: dict[str, int | str] = {}


class Judgement(msgspec.Struct, frozen=True):
    """The worst outcome of the findings, and they themselves. best: index of the clearest frame."""

    outcome: str
    findings: tuple[Finding, ...]
    best: int = -1


class CardField(msgspec.Struct, frozen=True):
    """What is printed in one place, read twice from differently drawn pictures.

    name: "name", "sex", "nation", "birth", "address", "number" in front; "issuer", "since", "until"
    on the back. text: days are YYYYMMDD or 长期. confidence: the least sure character of each
    reading, in 1/10,000; mean: of all of the first. box: on the flattened card of 1070 x 675.
    glare: burnt out share. odd: how unlike its neighbours the oddest digit is, in 1/100.
    """

    name: str
    text: str
    confidence: int = 0
    mean: int = 0
    again: str = ""
    confidence_again: int = 0
    box: Box = (0, 0, 0, 0)
    glare: int = 0
    sharpness: int = 0
    odd: int = 0


class CardReading(msgspec.Struct, frozen=True):
    """One side of a resident ID card. found False: nothing but the picture's size is set.

    side: which one it is, "front" with the portrait or "back" with the emblem, whatever was asked
    for. corners: clockwise in the picture's pixels. card_width: in the picture's pixels. cropped:
    sides of the card at or beyond the picture's border. colour: spread of hue in 1/100 of a level,
    next to none in a black-and-white copy. moire: strongest regular fine pattern against what is
    around it, in 1/100. portrait: a JPEG for the comparison of faces, of the front only.
    """

    found: bool
    width: int
    height: int
    side: str = ""
    corners: tuple[tuple[int, int], ...] = ()
    card_width: int = 0
    card_height: int = 0
    fields: tuple[CardField, ...] = ()
    portrait: bytes = b""
    sharpness: int = 0
    light: int = 0
    glare: int = 0
    cropped: int = 0
    colour: int = 0
    moire: int = 0


# Passport, permits of residents of Hong Kong, Macao and Taiwan, a foreigner's permanent residence.
DOCUMENT_KINDS: Final = (
    "passport",
    "hmt_travel_permit",
    "hmt_residence_permit",
    "foreign_residence",
)


class DocumentReading(msgspec.Struct, frozen=True):
    """Another document. fields: as CardField's, with "surname", "given", "number", "expires"..."""

    kind: str
    fields: tuple[CardField, ...]
    portrait: bytes = b""


class JudgedField(msgspec.Struct, frozen=True):
    """decision: "passes" when the machine is sure, "ask" when the person confirms or corrects it,
    "told" when they have. why: the code that made it "ask".
    """

    name: str
    text: str
    decision: str
    why: str = ""


class CardJudgement(msgspec.Struct, frozen=True):
    """Both sides together. outcome: the worst of the findings' ("pass", "human", "again",
    "refuse"); fields to be asked about don't change it.
    """

    outcome: str
    fields: tuple[JudgedField, ...]
    findings: tuple[Finding, ...]

    def text(self, name: str) -> str:
        """ "" for what was not read."""
        return next((field.text for field in self.fields if field.name == name), "")
