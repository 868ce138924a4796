"""A camera that nobody stands before: cards printed and faces acted by the test, fed to a page.

A browser's own fake camera says its name and plays a file; this one shows what the test makes at
the moment the page opens it, so that a face can do what the server has just asked of it.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec
from playwright.sync_api import BrowserContext

from tests.vision.stage import Studio
from yunquan.vision.types import Challenge

SCRIPT: Final = Path(__file__).with_name("acted_camera.js")
# Somebody who is only looked at does so little that seconds of it may come again and again.
SHOWN_MS: Final = 800


@dataclass
class ActedCamera:
    """What stands before a page's camera. cards: JPEGs by side; photo: of the studio's people.

    acted_s: how long each face took to draw, which the page waits and a real one wouldn't.
    """

    studio: Studio
    photo: str
    cards: Mapping[str, bytes]
    acted_s: list[float] = field(default_factory=list)
    fps: float = 15.0

    def stand_before(self, context: BrowserContext) -> None:
        """Every page of the context that is opened from now on films this."""
        context.expose_binding("whoStandsThere", lambda _, *asked: self._scene(*asked))
        context.add_init_script(path=SCRIPT)

    def portrait(self) -> bytes:
        """The same person, for their card."""
        return self.studio.still(self.photo)

    def _scene(self, where: str, challenge: dict[str, Any] | None) -> dict[str, Any]:
        if where in self.cards:
            return _told([(0, self.cards[where])])
        if where == "person" or challenge is None:
            still = self.studio.still(self.photo)
            return _told([(0, still), (SHOWN_MS, still)], loops=True)
        began = time.monotonic()
        asked = msgspec.convert(challenge | {"drawn_at_ms": 0, "expires_at_ms": 0}, Challenge)
        film = self.studio.clip("honest", asked, self.photo, fps=self.fps)
        self.acted_s.append(time.monotonic() - began)
        return _told([(frame.at_ms, frame.jpeg) for frame in film.frames()])


def _told(film: list[tuple[int, bytes]], *, loops: bool = False) -> dict[str, Any]:
    return {
        "times": [at_ms for at_ms, _ in film],
        "jpegs": [base64.b64encode(jpeg).decode() for _, jpeg in film],
        "loops": loops,
    }
