"""The studio as its callers see it: a process of the vision environment, asked by lines of JSON."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import msgspec

from tools import photos
from yunquan.vision.types import Challenge, ClipFrame, FaceLook, LivenessLook, VoiceLook

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-vision" / "bin" / "python"


def plan_of(challenge: Challenge) -> dict[str, Any]:
    """A challenge as the studio takes it."""
    return {
        "steps": [(step.kind, step.from_ms, step.to_ms) for step in challenge.steps],
        "flashes": [(flash.colour, flash.from_ms, flash.to_ms) for flash in challenge.flashes],
        "length_ms": challenge.length_ms,
    }


class Film(msgspec.Struct, frozen=True):
    """A clip on disk: JPEGs joined, with their sizes and times."""

    path: Path
    sizes: tuple[int, ...]
    times: tuple[int, ...]

    def frames(self) -> tuple[ClipFrame, ...]:
        joined, at, found = self.path.read_bytes(), 0, list[ClipFrame]()
        for index, (size, at_ms) in enumerate(zip(self.sizes, self.times, strict=True)):
            found.append(ClipFrame(index, at_ms, joined[at : at + size]))
            at += size
        return tuple(found)


class Studio:
    """Talks to tests/vision/studio over lines of JSON."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self._process = subprocess.Popen(
            [PYTHON, "-m", "tests.vision.studio"],
            cwd=ROOT,
            env={
                "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
                "PATH": "/usr/bin:/bin",
                "HOME": str(folder),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(folder / "studio.log").open("wb"),
            text=True,
        )

    def clip(
        self,
        scene: str,
        challenge: Challenge,
        photo: str = "cage.jpg",
        *,
        other: str = "SeanConnery.jpg",
        elsewhere: Challenge | None = None,
        **manner: Any,
    ) -> Film:
        into = self._new("clip")
        told = self.ask(
            "clip",
            scene=scene,
            photo=str(photos.FOLDER / photo),
            other=str(photos.FOLDER / other),
            plan=plan_of(challenge),
            elsewhere=plan_of(elsewhere or challenge),
            manner=manner,
            into=str(into),
        )
        return Film(into, tuple(told["sizes"]), tuple(told["times"]))

    def real(self, film: str, from_s: float, seconds: float) -> Film:
        """A piece of a film of a real person, taken as a phone's camera would."""
        into = self._new("real")
        path = str(photos.FOLDER / film)
        told = self.ask("real", film=path, from_s=from_s, seconds=seconds, into=str(into))
        return Film(into, tuple(told["sizes"]), tuple(told["times"]))

    def again(self, film: Film, seed: int) -> Film:
        into = self._new("again")
        told = self.ask("again", **_source(film), seed=seed, into=str(into))
        return Film(into, tuple(told["sizes"]), tuple(told["times"]))

    def watch(self, film: Film) -> LivenessLook:
        """What the worker's own code sees in it, without the worker's process."""
        return self.watched(film)[0]

    def watched(self, film: Film) -> tuple[LivenessLook, int]:
        """The same, and milliseconds of CPU."""
        told = self.ask("watch", **_source(film))
        return msgspec.convert(told["facts"], LivenessLook), told["cpu_ms"]

    def still(self, photo: str) -> bytes:
        into = self._new("still")
        self.ask("still", photo=str(photos.FOLDER / photo), into=str(into))
        return into.read_bytes()

    def look(self, picture: Path) -> FaceLook:
        return msgspec.convert(self.ask("look", photo=str(picture))["facts"], FaceLook)

    def refused_picture(self, content: bytes) -> str:
        """The code under which a picture is refused."""
        return str(self.ask("look", photo=str(self.kept(content)))["refused"])

    def kept(self, content: bytes) -> Path:
        """A file with this content."""
        path = self._new("file")
        path.write_bytes(content)
        return path

    @staticmethod
    def path_of(photo: str) -> Path:
        return photos.FOLDER / photo

    def film(self, challenge: Challenge, photo: str, into: Path, lead_ms: int) -> None:
        """A file for Chromium's fake camera: .mjpeg or .y4m."""
        self.ask(
            "film",
            photo=str(photos.FOLDER / photo),
            plan=plan_of(challenge),
            manner={},
            lead_ms=lead_ms,
            into=str(into),
        )

    def recorded(
        self, *scenes: tuple[tuple[str, ...], float], kind: str = "webm", codec: str = "VP80"
    ) -> bytes:
        """A film as a browser would have recorded it: who is before the camera, for how long."""
        into = self._new("recorded").with_suffix(f".{kind}")
        told = [([str(photos.FOLDER / one) for one in people], s) for people, s in scenes]
        self.ask("recorded", scenes=told, codec=codec, into=str(into))
        return into.read_bytes()

    def harmed(self, photo: str, harm: str) -> Path:
        """A photograph made worse: one of the harms of the studio."""
        into = self._new(harm).with_suffix(".png")
        self.ask("harm", photo=str(photos.FOLDER / photo), harm=harm, into=str(into))
        return into

    def reading(self, digits: str, **how: Any) -> bytes:
        """A WAV of a made voice."""
        into = self._new("voice")
        self.ask("reading", digits=digits, how=how, into=str(into))
        return into.read_bytes()

    def listen(self, content: bytes) -> VoiceLook:
        return msgspec.convert(self._heard(content)["facts"], VoiceLook)

    def refusal(self, content: bytes) -> str:
        """The code under which a recording is refused."""
        return str(self._heard(content)["refused"])

    def _heard(self, content: bytes) -> dict[str, Any]:
        path = self._new("sound")
        path.write_bytes(content)
        return self.ask("listen", sound=str(path))

    def ask(self, do: str, **asked: Any) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"do": do, **asked}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        told = json.loads(line) if line else {"error": "the studio ended"}
        assert "error" not in told, told["error"]
        return told

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(20)

    def _new(self, kind: str) -> Path:
        self._count += 1
        return self._folder / f"{kind}{self._count}"


def _source(film: Film) -> dict[str, Any]:
    return {"from": str(film.path), "sizes": film.sizes, "times": film.times}
