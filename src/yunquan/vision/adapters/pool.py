"""Vision by processes of its own on this machine, behind walls: a file costs its own question only.

A process that is late, dies or answers nonsense is ended and another takes its place.
"""

from __future__ import annotations

import logging
import math
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import msgspec

from yunquan.kernel.errors import Invalid, Unavailable
from yunquan.vision.adapters.frames import NONSENSE, Late, Lost, Process, Reply, vision_command
from yunquan.vision.rules.cards import BACK_FIELDS, FRONT_FIELDS
from yunquan.vision.types import (
    CardReading,
    FaceLook,
    FilmLook,
    LivenessClip,
    LivenessLook,
    VoiceLook,
)

T = TypeVar("T")
DOWN: Final = "vision.down"
BUSY: Final = "vision.busy"
TIMEOUT: Final = "vision.timeout"
# More than the worker takes of any one thing, so that what is too large isn't even sent.
LARGEST_QUESTION: Final = 12_500_000
LARGEST_FILM: Final = 24_500_000
START_S: Final = 20.0
VECTOR: Final = 128
LONGEST_TEXT: Final = 200
# What a worker may refuse, and nothing else it says reaches anyone.
REFUSALS: Final = frozenset(
    {
        "vision.failed",
        "vision.not_a_film",
        "vision.not_an_image",
        "vision.not_audio",
        "vision.too_large",
        "vision.too_long",
        "vision.too_short",
        "vision.too_small",
        "vision.wrong_audio",
    }
)
logger = logging.getLogger("yunquan.vision")


class Look(Generic[T]):
    """One thing a worker does: its name there, the type of its answer, how long it may take, how
    many bytes of a stranger's it takes.
    """

    def __init__(
        self, name: str, result: type[T], within_s: float, largest: int = LARGEST_QUESTION
    ) -> None:
        self.name = name
        self.within_s = within_s
        self.largest = largest
        self._decoder = msgspec.msgpack.Decoder(result)

    def read(self, value: bytes | msgspec.Raw) -> T:
        """Raises Lost."""
        try:
            return self._decoder.decode(value)
        except NONSENSE as error:
            raise Lost("nonsense") from error


CARD: Final = Look("read_card", CardReading, 10)
FACE: Final = Look("look_at_face", FaceLook, 10)
CLIP: Final = Look("watch", LivenessLook, 30)
FILM: Final = Look("look_at_film", FilmLook, 60, LARGEST_FILM)
VOICE: Final = Look("listen", VoiceLook, 10)


@dataclass
class _Place:
    """Where one process works; empty before the first question and after a loss."""

    process: Process | None = None


class PoolVision:
    """The port Vision. Safe from many threads; processes start with the first question, or with
    `warm`.

    python: of the vision environment. most_waiting: questions beyond those being answered.
    command: another than the project's own process. within_s: instead of each look's own time.
    """

    def __init__(
        self,
        python: Path,
        workers: int = 1,
        memory_mb: int = 1000,
        *,
        most_waiting: int = 16,
        within_s: float | None = None,
        start_s: float = START_S,
        command: list[str] | None = None,
    ) -> None:
        self._python = python
        self._command = command or vision_command(python, memory_mb)
        self._within_s = within_s
        self._start_s = start_s
        self._admitted = threading.BoundedSemaphore(workers + most_waiting)
        self._places = [_Place() for _ in range(workers)]
        self._free: queue.SimpleQueue[_Place] = queue.SimpleQueue()
        for place in self._places:
            self._free.put(place)
        self._lock = threading.Lock()
        self._stopped = False

    def read_card(self, image: bytes, side: str) -> CardReading:
        """Raises as look_at_face does."""
        return self._ask(CARD, (image, side), len(image), _sound_card)

    def look_at_face(self, image: bytes) -> FaceLook:
        """Raises Invalid vision.not_an_image, too_large, too_small, failed; Unavailable
        vision.down, busy, timeout.
        """
        return self._ask(FACE, (image,), len(image), _sound_face)

    def watch(self, clip: LivenessClip) -> LivenessLook:
        """The same, and Invalid vision.too_long."""
        frames = tuple((frame.index, frame.at_ms, frame.jpeg) for frame in clip.frames)
        size = sum(len(frame.jpeg) for frame in clip.frames)
        shown = [(frame.index, frame.at_ms) for frame in clip.frames]
        return self._ask(CLIP, (frames,), size, lambda look: _sound_clip(look, shown))

    def look_at_film(self, film: bytes, length_ms: int) -> FilmLook:
        """Raises Invalid vision.not_a_film, too_large, too_small, failed; Unavailable as above."""
        return self._ask(FILM, (film, length_ms), len(film), _sound_film)

    def listen(self, audio: bytes) -> VoiceLook:
        """Raises Invalid vision.not_audio, wrong_audio, too_short, too_long, failed; Unavailable
        as above.
        """
        return self._ask(VOICE, (audio,), len(audio), _sound_voice)

    def start(self) -> tuple[str, ...]:
        """Start what isn't running, one place at least; the walls that stand. Raises Unavailable
        vision.down, busy.
        """
        place = self._take(self._start_s)
        try:
            return self._process(place).hello.walls
        except Lost as error:
            raise self._down(error) from error
        finally:
            self._free.put(place)

    def warm(self) -> int:
        """Start every process there is place for, so that the first question waits for none; how
        many run. What can't start is tried anew with a question.
        """
        for _ in self._places:
            try:
                # The place used last is taken last.
                self.start()
            except Unavailable:
                break
        return len(self.pids())

    def state(self) -> str:
        """A code, "" when it can be asked. Starts nothing: for whoever asks how things are."""
        if self._stopped or not self._python.exists():
            return DOWN
        return ""

    def pids(self) -> tuple[int, ...]:
        """Of the processes that are running."""
        running = [place.process for place in self._places]
        return tuple(process.pid for process in running if process and process.is_alive())

    def stop(self) -> None:
        """No process is left when this returns; whoever waits is told vision.down."""
        with self._lock:
            self._stopped = True
            for place in self._places:
                if place.process is not None:
                    place.process.kill()

    def _ask(
        self, look: Look[T], arguments: tuple[Any, ...], size: int, check: Callable[[T], bool]
    ) -> T:
        if size > look.largest:
            raise Invalid("vision.too_large")
        within_s = self._within_s or look.within_s
        if not self._admitted.acquire(blocking=False):
            raise Unavailable(BUSY)
        try:
            place = self._take(within_s)
            try:
                return self._answer(place, look, arguments, within_s, check)
            finally:
                self._free.put(place)
        finally:
            self._admitted.release()

    def _take(self, within_s: float) -> _Place:
        try:
            return self._free.get(timeout=within_s)
        except queue.Empty:
            raise Unavailable(BUSY) from None

    def _answer(
        self,
        place: _Place,
        look: Look[T],
        arguments: tuple[Any, ...],
        within_s: float,
        check: Callable[[T], bool],
    ) -> T:
        """By this process, or by the next one when it was lost: it may have died of another cause
        than this question. A second loss is the question's own.
        """
        lost: Exception | None = None
        for _ in range(2):
            try:
                process = self._process(place)
                reply = process.ask(look.name, arguments, within_s)
                return self._read(process, look, reply, check)
            except Lost as error:
                logger.warning("vision process lost", extra={"look": look.name, "why": str(error)})
                lost = error
            except Late as error:
                logger.warning("vision process late", extra={"look": look.name})
                raise Unavailable(TIMEOUT) from error
        raise self._down(lost)

    def _read(self, process: Process, look: Look[T], reply: Reply, check: Callable[[T], bool]) -> T:
        """Raises Invalid, Lost. A process that answers nonsense is ended."""
        try:
            if reply.ok:
                value = look.read(reply.value)
                if check(value):
                    return value
        except Lost:
            process.kill()
            raise
        if reply.ok or reply.error not in REFUSALS:
            process.kill()
            raise Lost("nonsense")
        raise Invalid(reply.error)

    def _process(self, place: _Place) -> Process:
        """The place's own, or a new one. Raises Lost, Unavailable."""
        if place.process is not None and place.process.is_alive():
            return place.process
        if self._stopped:
            raise Unavailable(DOWN)
        if not Path(self._command[0]).exists():
            raise self._down(None)
        began = time.monotonic()
        process = Process(self._command, self._start_s)
        with self._lock:
            if self._stopped:
                process.kill()
                raise Unavailable(DOWN)
            if place.process is not None:
                place.process.kill()
            place.process = process
        walls = ",".join(process.hello.walls)
        took_ms = round((time.monotonic() - began) * 1000)
        logger.info("vision process started", extra={"walls": walls, "took_ms": took_ms})
        return process

    def _down(self, error: Exception | None) -> Unavailable:
        if not self._python.exists():
            logger.error("no vision environment: make setup", extra={"python": str(self._python)})
        elif error is not None:
            logger.error("no vision process", extra={"why": str(error)})
        return Unavailable(DOWN)


# --- sanity of what a worker says beyond its types ------------------------------------------------


def _sound_card(reading: CardReading) -> bool:
    """Nine fields at most, each once and short; a portrait of the front only."""
    names = [field.name for field in reading.fields]
    return (
        reading.side in {"", "front", "back"}
        and set(names) <= {*FRONT_FIELDS, *BACK_FIELDS}
        and len(names) == len(set(names))
        and all(len(field.text) <= LONGEST_TEXT for field in reading.fields)
        and (not reading.portrait or reading.side == "front")
    )


def _sound_face(look: FaceLook) -> bool:
    return (
        0 <= look.faces < 100
        and min(look.width, look.height) >= 0
        and _sound_vector(look.embedding)
        and bool(look.embedding) == (look.faces > 0)
    )


def _sound_clip(look: LivenessLook, shown: list[tuple[int, int]]) -> bool:
    """One set of facts for each frame, in their order."""
    told = [(frame.index, frame.at_ms) for frame in look.frames]
    return told == shown and all(_sound_vector(frame.embedding) for frame in look.frames)


def _sound_film(look: FilmLook) -> bool:
    times = [glance.at_ms for glance in look.glances]
    return times == sorted(times) and all(
        0 <= glance.at_ms <= look.ended_ms
        and 0 <= glance.faces < 100
        and _sound_vector(glance.embedding)
        and (not glance.embedding or glance.faces > 0)
        for glance in look.glances
    )


def _sound_voice(look: VoiceLook) -> bool:
    return (
        0 <= look.speech_ms <= look.length_ms
        and len(look.voiceprint) < VECTOR
        and all(map(math.isfinite, look.voiceprint))
    )


def _sound_vector(vector: tuple[float, ...]) -> bool:
    return len(vector) in {0, VECTOR} and all(map(math.isfinite, vector))
