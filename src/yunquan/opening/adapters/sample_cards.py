"""Specimen cards of the demonstration's people, printed by the world's own program."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from yunquan.kernel.errors import Invalid, Unavailable
from yunquan.opening.adapters.stage import Played

LONGEST_S: Final = 30
LARGEST_PORTRAIT: Final = 3_000_000
WITHOUT_END: Final = "9999-12-31"


class SampleCards:
    """python: of the vision process's environment, where drawing is possible; module search path as
    this process has it.
    """

    def __init__(self, python: Path, source: Path) -> None:
        self._python = python
        self._source = source

    def print(self, person: Played, portrait: bytes, day: str) -> tuple[bytes, bytes]:
        """Both sides as JPEG, the front first. portrait: b"" for a silhouette; it stays on this
        machine. Raises Invalid vision.not_an_image, Unavailable vision.down.
        """
        if len(portrait) > LARGEST_PORTRAIT or not (
            not portrait or portrait.startswith((b"\xff\xd8\xff", b"\x89PNG", b"RIFF"))
        ):
            raise Invalid("vision.not_an_image")
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            command = [str(self._python), "-m", "yunquan_cards", "--folder", name, "--day", day]
            command += ["--seed", str(person.index), "--facts", json.dumps(facts_of(person))]
            if portrait:
                (folder / "portrait").write_bytes(portrait)
                command += ["--portrait", str(folder / "portrait")]
            try:
                done = subprocess.run(  # noqa: S603 - our own program, its arguments are checked
                    command,
                    env={"PYTHONPATH": str(self._source), "PATH": "/usr/bin:/bin"},
                    capture_output=True,
                    timeout=LONGEST_S,
                    check=False,
                )
            except (OSError, subprocess.TimeoutExpired) as trouble:
                raise Unavailable("vision.down") from trouble
            if done.returncode:
                raise Invalid("vision.not_an_image") if portrait else Unavailable("vision.down")
            return (folder / "1-front.jpg").read_bytes(), (folder / "1-back.jpg").read_bytes()


def facts_of(person: Played) -> dict[str, str]:
    """As a card has them."""
    until = "长期" if person.valid_until == WITHOUT_END else person.valid_until.replace("-", "")
    return {
        "name": person.name,
        "sex": "男" if person.sex in ("M", "男") else "女",
        "nation": person.ethnicity,
        "birth": person.birth.replace("-", ""),
        "address": person.address,
        "number": person.number,
        "issuer": person.issuer,
        "since": person.valid_from.replace("-", ""),
        "until": until,
    }
