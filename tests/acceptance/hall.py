"""The stall with account opening behind it: applicants in every state, and staff who look at them.

`python -m tests.acceptance.hall 8123` serves it, to look at the pages by hand.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import struct
import sys
import tempfile
import zlib
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from litestar import Litestar

from tests.fixtures_database import migrate
from tests.investor.stall import ROOMS, Stall, make_stall, moving
from tests.onboarding.office import FRAMES, Camera, Scene
from tests.signing.office import make_office as make_signing
from yunquan import acceptance
from yunquan.acceptance.pages import router as acceptance_pages
from yunquan.app.locale import catalogue
from yunquan.approvals import ApprovalQueue
from yunquan.approvals.types import QueueLine
from yunquan.depository import Settling
from yunquan.investor.pages import router as investor_pages
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.ids import IdSource
from yunquan.kernel.transaction import Database
from yunquan.onboarding import Onboarding, Openings
from yunquan.onboarding.types import Application, Verdict
from yunquan.security import list_staff
from yunquan.standing.pages import router as standing_pages
from yunquan.vision.types import CardReading, ClipFrame, ClipSource, FaceLook, LivenessClip
from yunquan.witness import Witness
from yunquan.witness.types import WitnessFinding
from yunquan.workbench.pages import router as workbench_pages

# One grey point; a picture says in words behind its end what it shows.
POINT = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////"
    "////////////////////////////2wBDAf//////////////////////////////////////////////////////////"
    "////////////////////////////wAARCAABAAEDASIAAhEBAxEB/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAA"
    "AAAAAAAAAAAAAAAAAAD/xAAUAQEAAAAAAAAAAAAAAAAAAAAA/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMR"
    "AD8AH//Z"
)
# Of the world's people, those whom nothing stops.
APPLYING = {"opened": 0, "fresh": 3, "passed": 7, "seconded": 9, "other": 12, "odd": 14}


class HallClock(SystemClock):
    """The machine's clock, set back until everything that took time is made."""

    def __init__(self, back_s: float) -> None:
        self._ahead = timedelta(seconds=-back_s)

    def now(self) -> datetime:
        return super().now() + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)

    def settle(self) -> None:
        """It is now from here on."""
        self._ahead = timedelta()


def jpeg(words: str) -> bytes:
    return POINT + words.encode()


def png(words: str, width: int = 320, height: int = 200) -> bytes:
    """Stripes whose colour comes of the words, and the words as text within."""
    red, green, blue = hashlib.sha256(words.encode()).digest()[:3]
    rows = b"".join(
        b"\x00" + bytes((red // 2, (green + y) % 256, blue // 2 + y % 100)) * width
        for y in range(height)
    )
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    made = b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + made + words.encode()


def words_in(image: bytes) -> bytes:
    """As the camera of the scene wants a picture."""
    for end in (b"IEND\xaeB`\x82", POINT[-6:]):
        _, found, words = image.rpartition(end)
        if found:
            return Camera.picture(words.decode())
    return image


class HallCamera(Camera):
    """The scene's camera, for pictures that a browser can show."""

    def read_card(self, image: bytes, side: str) -> CardReading:
        return super().read_card(words_in(image), side)

    def look_at_face(self, image: bytes) -> FaceLook:
        return super().look_at_face(words_in(image))

    def watch(self, clip_of: LivenessClip) -> Any:
        first = clip_of.frames[0]
        bare = ClipFrame(first.index, first.at_ms, words_in(first.jpeg))
        return super().watch(replace_frames(clip_of, (bare, *clip_of.frames[1:])))


def replace_frames(clip: LivenessClip, frames: tuple[ClipFrame, ...]) -> LivenessClip:
    return LivenessClip(clip.challenge, frames, clip.source)


def element(kind: int, content: bytes, *, unknown: bool = False) -> bytes:
    head = kind.to_bytes((kind.bit_length() + 7) // 8)
    size = b"\x01" + b"\xff" * 7 if unknown else (len(content) | 1 << 56).to_bytes(8)
    return head + size + content


def webm(length_ms: int, seed: int) -> bytes:
    """A film's container: times as browsers write them, no pictures."""
    info = element(0x1549A966, element(0x2AD7B1, (1_000_000).to_bytes(3)))
    made = element(0x1A45DFA3, b"\x42\x82\x84webm") + element(0x18538067, info, unknown=True)
    for cluster in range(0, length_ms + 1, 5000):
        blocks = element(0xE7, cluster.to_bytes(4))
        for at in range(0, min(5000, length_ms + 1 - cluster), 100):
            said = hashlib.sha256(f"{seed} {cluster} {at}".encode()).digest() * 12
            blocks += element(0xA3, b"\x81" + at.to_bytes(2) + b"\x00" + said)
        made += element(0x1F43B675, blocks, unknown=True)
    return made


class HallEyes:
    """Have seen the same in every film."""

    def look(self, owner: str, film: bytes, length_ms: int) -> tuple[WitnessFinding, ...]:
        return (WitnessFinding("film.face_away", "human", 72),)


class HallScene(Scene):
    """The scene with real witnesses and pictures that a browser can show."""

    def __init__(self, database: Database, folder: Path) -> None:
        super().__init__(database, folder)
        self.verifier = make_signing(database, folder).verifier
        self.witnessing = Witness(
            database,
            self.archive,
            folder / "recordings",
            self.parts.sealing.vault,
            lambda _day: True,
            eyes=HallEyes(),
            hours=((0, 24 * 60),),
        )
        verification = self.parts.verification
        seeing = replace(verification._parts, vision=HallCamera())
        self.parts = replace(
            self.parts, witness=self.witnessing, verification=type(verification)(seeing)
        )
        self.office = Onboarding(self.parts)
        self.openings = Openings(self.office.desk, self.counter)

    def photograph(self, app: str, index: int) -> None:
        person = self.person(index)
        self.world.police.enrol(person.number, person.name, jpeg(f"face {index}"))
        for side in ("front", "back"):
            self.office.filling.read_card(app, side, png(f"{side} {index}"))

    def film(self, app: str, index: int, challenge: Any = None) -> Any:
        challenge = challenge or self.office.filling.draw(app)
        frames = tuple(ClipFrame(n, n, jpeg(f"face {index} {n}")) for n in range(FRAMES))
        source = ClipSource(challenge.nonce, "Front Camera", 480, 640, mobile=True)
        self.wait(15)
        return self.office.filling.judge_face(app, frames, source, None)

    def witness(self, app: str) -> Application:
        """A one-way recording, sent in parts and kept."""
        who, one_way = f"applicant:{app}", self.witnessing.one_way
        with self.database.transaction(who) as tx:
            script = one_way.draw(tx, app, "zh_CN", "某人")
            began = one_way.begin(tx, app, script.script, script.nonce, "video/webm;codecs=vp8")
        self.wait(40)
        parts = [webm(30_000, int(hashlib.sha256(app.encode()).hexdigest()[:6], 16))]
        digests = [hashlib.sha256(part).hexdigest() for part in parts]
        for number, part in enumerate(parts):
            self.witnessing.recordings.put(who, began.recording, number, digests[number], part)
        whole = hashlib.sha256("".join(digests).encode()).hexdigest()
        one_way.finish(who, began.recording, len(parts), whole)
        return self.office.filling.witnessed(app)

    def pass_witness(self, app: str, by: str = "staff:stf_one") -> None:
        """The machine looks, and somebody."""
        one_way = self.witnessing.one_way
        with self.database.read() as tx:
            script = one_way.newest(tx, app)
        assert script
        one_way.check(str(script.id))
        with self.database.transaction(by) as tx:
            one_way.review(tx, str(script.id), "passed", ())

    def approve(self, app: str) -> Application:
        self.pass_witness(app)
        for who in ("staff:stf_one", "staff:stf_two"):
            one = self.office.reviewing.opine(who, app, Verdict.APPROVE)
        return one


class Hall:
    """The stall, its app with the pages of account opening, and applications by name."""

    def __init__(self, folder: Path) -> None:
        clock = HallClock(3 * 3600)
        url = f"sqlite:///{folder}/stall.db"
        migrate(url)
        self.database = Database(url, clock, IdSource(clock, 7))
        self.stall: Stall = make_stall(folder, self.database)
        self.scene = HallScene(self.database, folder)
        self.settling = Settling(self.database, self.scene.parts.depository)
        carriers = (self.settling,)
        self.queue = ApprovalQueue(self.database, catalogue(), clock, carriers)
        self.apps: dict[str, str] = {}
        self._fill()
        clock.settle()
        self.app: Litestar = self._app()

    def _fill(self) -> None:
        scene, apps = self.scene, self.apps
        for name, index in APPLYING.items():
            apps[name] = scene.apply(index)
        scene.approve(apps["opened"])
        scene.open(apps["opened"])
        scene.close_day()
        scene.open(apps["opened"])
        # After the day's file, which would have told what was really done.
        scene.next_day()
        scene.approve(apps["odd"])
        scene.world.twist = lambda answer: {**answer, "accounts": answer["accounts"][:1]}
        scene.open(apps["odd"])
        scene.world.twist = None
        scene.pass_witness(apps["passed"])
        scene.pass_witness(apps["seconded"])
        first = self.actor("second")
        scene.office.reviewing.opine(first, apps["seconded"], Verdict.APPROVE, (), "两处核对无误")
        apps["young"] = scene.enter(13)

    def actor(self, name: str) -> str:
        """A member of staff as the log names them."""
        with self.database.read() as tx:
            found = next(one for one in list_staff(tx) if one.login_name == name)
        return f"staff:{found.subject}"

    def settling_board(self, actor: str) -> tuple[QueueLine, ...]:
        """What is proposed, as a member of staff sees it."""
        return self.queue.board(actor, "en", kinds=self.settling.kinds).items

    def offices(self) -> dict[str, Any]:
        """What the pages ask for by name."""
        scene = self.scene
        return {
            "onboarding": scene.office,
            "archive": scene.archive,
            "screening": scene.screening,
            "settling": self.settling,
            "approvals": self.queue,
            "witness": scene.witnessing,
            "verifier": scene.verifier,
        }

    def _app(self) -> Litestar:
        own = Path(acceptance.__file__ or "").parent
        rooms = {**ROOMS, "acceptance": own, "opening": own.parent / "opening"}
        pages = [investor_pages, standing_pages, workbench_pages, acceptance_pages]
        return self.stall.brokerage.app(pages, rooms, more=self.offices())


async def serve(hall: Hall, port: int) -> None:
    from granian.constants import Interfaces
    from granian.server.embed import Server

    async with moving(hall.stall):
        await Server(hall.app, port=port, interface=Interfaces.ASGI).serve()


def main(port: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        hall = Hall(Path(folder))
        print("staff", hall.stall.brokerage.totp, flush=True)
        print("apps", hall.apps, flush=True)
        asyncio.run(serve(hall, port))


if __name__ == "__main__":
    main(int(sys.argv[1]))
