"""Applicants' pages over a whole brokerage: real rooms, with a camera's worker, police, carrier and
bank made up.

`python -m tests.opening.counter 8123` serves it, to look at the pages by hand.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from litestar import Litestar

from tests.fixtures_database import migrate
from tests.investor.stall import ROOMS, Stall, make_stall
from tests.verification.eyes import proofs_of
from tests.verification.fakes import FakePolice, FakeSms
from tests.vision.clip_facts import clip as clip_of
from tests.vision.clip_facts import vector
from yunquan import opening
from yunquan.app.opening import OpeningOffices, opening_offices
from yunquan.app.settings import Settings
from yunquan.investor.pages import router as investor_pages
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.errors import Invalid, Unavailable, YunquanError
from yunquan.kernel.ids import IdSource
from yunquan.kernel.residents import check_digit
from yunquan.kernel.transaction import Database
from yunquan.onboarding import Onboarding
from yunquan.opening.adapters.sample_cards import SampleCards
from yunquan.opening.adapters.stage import Played, SimulatedText, Stage
from yunquan.opening.pages import router as opening_pages
from yunquan.standing.pages import router as standing_pages
from yunquan.suitability import Suitability
from yunquan.verification import Verification, VerificationParts
from yunquan.vision import NoRecogniser
from yunquan.vision.types import (
    CardField,
    CardReading,
    FaceLook,
    FilmLook,
    LivenessClip,
    LivenessLook,
    VoiceLook,
)

NAME, NUMBER, MOBILE = "沈知遥", "990101199003070138", "13900000017"
JPEG = b"\xff\xd8\xff\xe0" + b"picture" * 20
FRONT = {
    "name": NAME,
    "sex": "男",
    "nation": "汉",
    "birth": "19900307",
    "address": "北京市东城区景山前街4号",
    "number": NUMBER,
}
BACK = {"issuer": "北京市公安局东城分局", "since": "20200308", "until": "20400308"}


class FakeVision:
    """Reads every card as the same, unless told otherwise; sees an obliging person."""

    def __init__(self) -> None:
        self.failures: list[YunquanError] = []
        self.unsure: set[str] = set()
        self.found = True
        self.face = vector(1)
        self.number = NUMBER
        self.printed: dict[str, str] = {}

    def read_card(self, image: bytes, side: str) -> CardReading:
        if self.failures:
            raise self.failures.pop(0)
        if not image.startswith((b"\xff\xd8\xff", b"\x89PNG")):
            raise Invalid("vision.not_an_image")
        if not self.found:
            return CardReading(False, 1600, 1000)
        fields = FRONT | {"number": self.number} if side == "front" else BACK
        fields = {name: self.printed.get(name, text) for name, text in fields.items()}
        return CardReading(
            True,
            1600,
            1000,
            side,
            ((10, 10), (1500, 10), (1500, 950), (10, 950)),
            1490,
            940,
            tuple(self._field(name, text) for name, text in fields.items()),
            JPEG if side == "front" else b"",
            sharpness=4000,
            light=15000,
            colour=4000,
        )

    def _field(self, name: str, text: str) -> CardField:
        sure = 2000 if name in self.unsure else 9900
        return CardField(name, text, sure, sure, text, sure, (100, 100, 300, 60), 0, 3000, 0)

    def look_at_face(self, image: bytes) -> FaceLook:
        return FaceLook(
            1,
            480,
            640,
            (120, 160, 220, 260),
            sharpness=300,
            light=150,
            eyes=2800,
            lips=2600,
            embedding=self.face,
        )

    def watch(self, clip: LivenessClip) -> LivenessLook:
        if self.failures:
            raise self.failures.pop(0)
        return clip_of(clip.challenge)

    def look_at_film(self, film: bytes, length_ms: int) -> FilmLook:
        raise Unavailable("vision.down")

    def listen(self, audio: bytes) -> VoiceLook:
        return VoiceLook(2000)


class FakeStage(Stage):
    """The simulated phone shows what the carrier took."""

    def __init__(self, sms: FakeSms) -> None:
        super().__init__(None)
        self.sms = sms
        self.opens = True

    @property
    def is_open(self) -> bool:
        return self.opens

    def texts(self, mobile: str) -> tuple[SimulatedText, ...]:
        found = [sent[2]["code"] for sent in self.sms.sent.values() if sent[0] == mobile]
        return tuple(SimulatedText(f"【云券】开户验证码 {code}") for code in reversed(found))

    def people(self, first: int, count: int) -> tuple[Played, ...]:
        del count
        return (Played(NAME, NUMBER, MOBILE, FRONT["address"]),) if not first else ()


@dataclass
class Opening:
    """Everything a test turns."""

    stall: Stall
    app: Litestar
    offices: OpeningOffices
    onboarding: Onboarding
    vision: FakeVision
    police: FakePolice
    sms: FakeSms
    stage: FakeStage
    place: int = 0

    def play(self, place: int, birth: str = FRONT["birth"]) -> None:
        """The card is somebody else's from here on: of the same day, another in the register."""
        body = f"110101{birth}{2 * place + 1:03}"
        self.vision.number = body + check_digit(body)
        self.vision.printed["birth"] = birth
        self.police.register[self.vision.number] = (NAME, JPEG)

    def code(self) -> str:
        """The newest one-time code."""
        return list(self.sms.sent.values())[-1][2]["code"]


def make_opening(folder: Path, **values: Any) -> Opening:
    """A brokerage with its applicants' pages."""
    url = f"sqlite:///{folder}/stall.db"
    migrate(url)
    database = Database(url, SystemClock(), IdSource(SystemClock(), 7))
    stall = make_stall(folder, database)
    brokerage = stall.brokerage
    vision, police, sms = FakeVision(), FakePolice(), FakeSms()
    police.register[NUMBER] = (NAME, JPEG)
    settings = Settings(folder / "data")
    settings.keys.mkdir(parents=True)
    suitability = Suitability(
        database, brokerage.desk.catalogue, brokerage.sealing, brokerage.desk.trading_day
    )
    banks = {brokerage.bank.code: brokerage.bank}
    offices = opening_offices(settings, database, suitability, vision, banks)
    known = offices.onboarding.parts
    verification = Verification(
        VerificationParts(
            database, known.sealing, known.archive, vision, police, sms, NoRecogniser()
        )
    )
    onboarding = Onboarding(replace(known, verification=verification))
    stage = FakeStage(sms)
    rooms = {**ROOMS, "opening": Path(opening.__file__ or "").parent}
    more = {
        "onboarding": onboarding,
        "proofs": proofs_of(brokerage.desk, verification),
        "sample_cards": SampleCards(Path("/nowhere"), Path("/nowhere")),
        "stage": stage,
        "witness": offices.witness,
        "screening": offices.screening,
        "archive": offices.archive,
        "signing": offices.signing,
    }
    pages = [investor_pages, standing_pages, opening_pages]
    app = brokerage.app(pages, rooms, more=more, **values)
    return Opening(stall, app, offices, onboarding, vision, police, sms, stage)


async def serve(port: int) -> None:
    """Until it is killed."""
    from granian.constants import Interfaces
    from granian.server.embed import Server

    with tempfile.TemporaryDirectory() as folder:
        made = make_opening(Path(folder))
        await Server(made.app, port=port, interface=Interfaces.ASGI).serve()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
