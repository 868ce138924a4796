"""Cards printed, photographed and read by the worker's own code, as tests and benchmarks ask."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Final

import msgspec

from tests.vision.stage import PYTHON, ROOT
from yunquan.vision.types import CardReading

DAY: Final = "2026-11-25"


class Seen(msgspec.Struct, frozen=True):
    """person: what was printed, by the names of CardField."""

    reading: CardReading
    person: dict[str, str]
    cpu_ms: int


class CardDesk:
    """A process of the vision environment, asked by lines of JSON."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [PYTHON, "-m", "tests.vision.studio.cards"],
            cwd=ROOT,
            env={
                "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
                "PATH": "/usr/bin:/bin",
                "HOME": str(folder),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(folder / "desk.log").open("wb"),
            text=True,
        )

    def see(
        self,
        side: str,
        seed: int,
        template: int = 0,
        level: int = 0,
        *,
        flat: bool = False,
        large: bool = False,
        **order: Any,
    ) -> Seen:
        """One side of the card of person `seed`: see yunquan_cards.orders. flat: it is the whole
        picture. large: the picture is of twelve megapixels.
        """
        told = self.ask(
            flat=flat,
            large=large,
            order={
                "side": side,
                "seed": seed,
                "template": template,
                "level": level,
                "day": DAY,
                **order,
            },
        )
        return Seen(_reading(told["facts"]), told["person"], told["cpu_ms"])

    def picture(self, side: str, seed: int) -> bytes:
        """What `see` would read."""
        into = self._folder / "picture"
        order = {"side": side, "seed": seed, "template": 0, "level": 1, "day": DAY}
        self.ask(order=order, into=str(into))
        return into.read_bytes()

    def read(self, content: bytes, side: str = "front") -> CardReading:
        return _reading(self.ask(file=str(self._kept(content)), side=side)["facts"])

    def refusal(self, content: bytes) -> str:
        """The code under which a file is refused."""
        return str(self.ask(file=str(self._kept(content)), side="front")["refused"])

    def _kept(self, content: bytes) -> Path:
        path = self._folder / "asked"
        path.write_bytes(content)
        return path

    def ask(self, **asked: Any) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        told = json.loads(line) if line else {"error": "the desk ended"}
        assert "error" not in told, told["error"]
        return told

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(20)


def _reading(facts: dict[str, Any]) -> CardReading:
    return msgspec.convert(facts, CardReading)
