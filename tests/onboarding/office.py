"""Account opening over a database with the world's own offices, and people who apply.

Real: every room, the simulated police, carrier, depository and lists. Made up: what a camera would
show (`Camera`), the bank's line, the counters' line, the two-way video and slow hashes.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from tests.signing.office import make_office as make_signing
from tests.vision.clip_facts import changed, clip
from tests.vision.test_faces_rules import GOOD
from yunquan.app.locale import catalogue
from yunquan.clients import Sealing
from yunquan.clients.types import Opening
from yunquan.depository import Depository, DepositorySocket
from yunquan.kernel.errors import Unavailable, YunquanError
from yunquan.kernel.offices import BUSY, NO_ANSWER, NOT_SENT, OfficeAnswer, Offices
from yunquan.kernel.transaction import Database, ReadTx, Tx
from yunquan.onboarding import Onboarding, OnboardingParts, Openings
from yunquan.onboarding.types import Application, CardFacts, Details, State, Step, Verdict, Visitor
from yunquan.papers import Papers
from yunquan.screening import ListsSocket, Screening, load_rule_rows, make_shortlist
from yunquan.security import Sm4Vault
from yunquan.security.types import Verdict as PasswordVerdict
from yunquan.signing.types import ShownAgreement
from yunquan.suitability import Suitability
from yunquan.suitability.types import Trace
from yunquan.verification import PoliceSocket, SmsSocket, Verification, VerificationParts
from yunquan.vision import NoRecogniser, distance
from yunquan.vision.types import (
    CardField,
    CardReading,
    Challenge,
    ClipFrame,
    ClipSource,
    FaceLook,
    FilmGlance,
    FilmLook,
    LivenessClip,
    LivenessLook,
    VoiceLook,
)
from yunquan.witness.types import Decision, Standing, Way, WitnessApplicant
from yunquan_world import OfficeFaults
from yunquan_world.offices.depository import Depository as DepositoryOffice
from yunquan_world.offices.lists import Lists
from yunquan_world.offices.messages import Ask
from yunquan_world.offices.police import Police
from yunquan_world.offices.sms import Sms
from yunquan_world.population import Person, Population

PEOPLE = Population(7)
D1, D2 = "2026-07-13", "2026-07-14"
SEALING = Sealing(Sm4Vault(b"v" * 16), b"d" * 32)
JPEG = b"\xff\xd8\xff"
ANSWERS = {
    "capacity": ("full",),
    "age": ("31_50",),
    "income_source": ("wages",),
    "income": ("200k_500k",),
    "assets": ("1m_5m",),
    "debts": ("mortgage",),
    "learning": ("degree", "self_taught"),
    "experience": ("5_10",),
    "traded": ("cash", "bond", "equity"),
    "horizon": ("3_5",),
    "wanted": ("cash", "bond", "equity"),
    "goal": ("grow",),
    "loss": ("10_30",),
}
READ = Trace(spent_ms={code: 8_000 for code in ANSWERS}, seen=tuple(ANSWERS))
DETAILS = Details("employee", "200k_500k", "salary", "云渺省澄江市临水区芷兰路 12 号", "bachelor")
YES = {"privacy": True, "id_images": True, "face": True, "voice": False, "location": True}
PASSWORD, CASH = "Zephyr-Kelp-42", "739164"
STAFF = ("staff:stf_one", "staff:stf_two", "staff:stf_three")


class Crash(BaseException):
    """The process dies here."""


@dataclass
class Fate:
    """Counts the places where a process may die, and dies at the ones named."""

    crashes: set[int] = field(default_factory=set)
    place: int = 0

    def pass_by(self) -> None:
        place, self.place = self.place, self.place + 1
        if place in self.crashes:
            raise Crash


class WorldOffices(Offices):
    """The world's offices without a line. faults: of the next questions: "down", "busy", "lost"."""

    def __init__(self, folder: Path, fate: Fate) -> None:
        super().__init__("unix:/nowhere", "YQ01")
        self.fate = fate
        self.now_ms = 1_780_000_000_000
        self.police = Police(folder, "off", PEOPLE)
        self.sms = Sms(folder, "off", 7, OfficeFaults(), lambda: self.now_ms)
        self.depository = DepositoryOffice(folder, "off", 7, OfficeFaults(), self.police)
        self.lists = Lists(7, OfficeFaults(), PEOPLE)
        self.by_code: dict[str, Any] = {
            "police": self.police,
            "sms": self.sms,
            "depository": self.depository,
            "lists": self.lists,
        }
        self.faults: list[str] = []
        self.asked: list[tuple[str, str]] = []
        # What the depository tells, made into something else.
        self.twist: Callable[[dict[str, Any]], dict[str, Any]] | None = None

    def ask(self, office: str, serial: str, body: dict[str, Any]) -> OfficeAnswer:
        fault = self.faults.pop(0) if self.faults else ""
        self.fate.pass_by()
        if fault in ("down", "busy"):
            raise Unavailable(NOT_SENT if fault == "down" else BUSY, office=office)
        self.asked.append((office, serial))
        found = self.by_code[office].answer(Ask("YQ01", office, serial, body))
        self.fate.pass_by()
        if fault == "lost":
            raise Unavailable(NO_ANSWER, office=office)
        told = dict(found.body)
        if self.twist and "accounts" in told:
            told = self.twist(told)
        return OfficeAnswer(found.result, found.code, told)

    def newest_code(self, mobile: str) -> str:
        """The one-time code on a phone."""
        self.now_ms += 60_000
        text = str(self.sms.inbox(mobile)[0]["text"])
        found = re.search(r"[0-9]{6}", text)
        assert found
        return found[0]


# More than any challenge takes: its clearest frame is among them whichever it is.
FRAMES = 140


class Camera:
    """Vision without pictures: an image says in words what it shows.

    "front 3" and "back 3": the card of the world's person 3; "face 3": their face. harm: what is
    wrong with a picture of a card, as fields of its reading.
    """

    def __init__(self) -> None:
        self.harm: dict[str, Any] = {}
        self.field_harm: dict[str, dict[str, Any]] = {}
        self.look_harm: Any = None
        self.film_harm: YunquanError | None = None
        # The film looked at last.
        self.seen: LivenessLook | None = None

    @staticmethod
    def picture(words: str) -> bytes:
        return JPEG + words.encode()

    def read_card(self, image: bytes, side: str) -> CardReading:
        shown, index = image[3:].decode().split()[:2]
        reading = reading_of(PEOPLE.person(int(index)), shown, self.field_harm)
        return msgspec.structs.replace(reading, **self.harm) if self.harm else reading

    def look_at_face(self, image: bytes) -> FaceLook:
        of = int(image[3:].decode().split()[1])
        return msgspec.structs.replace(GOOD, embedding=vector(of), **PORTRAIT)

    def watch(self, clip_of: LivenessClip) -> LivenessLook:
        of = int(clip_of.frames[0].jpeg[3:].decode().split()[1])
        look = clip(clip_of.challenge)
        sway = Random(f"{of} {clip_of.challenge.nonce}")
        began = sway.uniform(0, 7)

        def whose(frame: Any) -> dict[str, object]:
            apart = 0.02 * (frame.index % 4)
            moved = {
                "yaw": frame.yaw + of,
                # Nobody holds still as another does: without it two films of one challenge were
                # now and then taken for the same.
                "roll": frame.roll + round(250 * math.sin(began + frame.index / 9)),
                "digest": f"{of}-{frame.digest}"[:32],
            }
            return {"embedding": vector(of, apart) if frame.embedding else (), **moved}

        look = changed(look, whose)
        self.seen = self.look_harm(look) if self.look_harm else look
        return self.seen

    def look_at_film(self, film: bytes, length_ms: int) -> FilmLook:
        """ "film 3": person 3 throughout."""
        if self.film_harm:
            raise self.film_harm
        face = vector(int(film.decode().split()[1]))
        count = 20
        glances = (FilmGlance(length_ms * n // count, 1, face) for n in range(count))
        return FilmLook(length_ms, tuple(glances))

    def listen(self, audio: bytes) -> VoiceLook:
        del audio
        return VoiceLook(2_000)


def vector(of: int, apart: float = 0.0) -> tuple[float, ...]:
    """A made-up face's numbers, far from everybody else's; `apart`: how far from their first."""
    draw = Random(of)
    numbers = [draw.gauss(0, 0.055) for _ in range(128)]
    numbers[0] += apart
    return tuple(numbers)


PORTRAIT = {"width": 300, "height": 380, "box": (60, 60, 180, 240)}


def reading_of(
    person: Person, side: str, harm: dict[str, dict[str, Any]] | None = None
) -> CardReading:
    """What the worker reads of a clean picture of somebody's card."""
    until = "长期" if person.valid_until.startswith("9999") else person.valid_until
    texts = {
        "front": {
            "name": person.name,
            "sex": "男" if person.sex in ("M", "男") else "女",
            "nation": person.ethnicity,
            "birth": person.birth.replace("-", ""),
            "address": person.address,
            "number": person.number,
        },
        "back": {
            "issuer": person.issuer,
            "since": person.valid_from.replace("-", ""),
            "until": until.replace("-", ""),
        },
    }[side]
    fields = tuple(
        msgspec.structs.replace(
            CardField(name, text, 9_990, 9_995, text, 9_990, (10, 10, 200, 40), 0, 300, 0),
            **(harm or {}).get(name, {}),
        )
        for name, text in texts.items()
    )
    portrait = Camera.picture(f"face {person.index}") if side == "front" else b""
    return CardReading(
        True,
        1600,
        1010,
        side,
        ((20, 20), (1580, 20), (1580, 990), (20, 990)),
        1560,
        970,
        fields,
        portrait,
        5_000,
        16_000,
        0,
        0,
        2_000,
        0,
    )


class Line:
    """A bank that knows who has which account."""

    code = "simbank"
    day = D1
    is_up = True

    def __init__(self) -> None:
        self.holders: dict[str, str] = {}
        self.trouble = ""

    async def sign(self, bank_account: str, holder: str, password: str) -> str:
        if self.trouble:
            raise Unavailable(self.trouble)
        if self.holders.get(bank_account) != holder:
            return "bank.holder_differs"
        return "" if password == "135724" else "bank.password_wrong"


class Hashes:
    """Fast, and no use for anything else."""

    async def hash(self, password: str) -> str:
        return "plain$" + hashlib.sha256(password.encode()).hexdigest()

    async def verify(self, stored_hash: str | None, password: str) -> PasswordVerdict:
        raise NotImplementedError


class CounterNotes:
    """What the counters were told."""

    def __init__(self, fate: Fate) -> None:
        self.fate = fate
        self.opened: dict[str, Opening] = {}
        self.designated: set[tuple[str, str]] = set()
        self.told = 0

    def open_account(self, opening: Opening) -> None:
        self.fate.pass_by()
        self.told += 1
        self.opened[opening.account] = opening
        self.fate.pass_by()

    def designate(self, account: str, number: str) -> None:
        self.fate.pass_by()
        self.designated.add((account, number))
        self.fate.pass_by()


class VideoNotes:
    """The witness room as far as an application asks it."""

    def __init__(self) -> None:
        self.way = Way.ONE_WAY
        self.state: dict[str, str] = {}

    def decide(self, tx: ReadTx, who: WitnessApplicant) -> Decision:
        del tx
        return Decision(self.way if who.face_used else Way.TWO_WAY, ())

    def standing(self, tx: ReadTx, owner: str) -> Standing:
        del tx
        state = self.state.get(owner, "none")
        return Standing("one_way", state, "", (), state == "passed")

    def hand_over(self, tx: Tx, before: str, after: str) -> int:
        del tx
        self.state[after] = self.state.pop(before, "none")
        return 1


class Scene:
    """Everything, and the ways of an applicant and of staff through it."""

    def __init__(
        self,
        database: Database,
        folder: Path,
        of: Database | None = None,
        camera: Camera | None = None,
    ) -> None:
        self.fate = Fate()
        self.folder = folder
        self.database = database = of or database
        self.world = WorldOffices(folder, self.fate)
        self.world.depository.look_at_clock(D1, "10:00", ended=False, following=D2)
        self.signing = signing = make_signing(self.database, folder)
        self.camera, self.bank, self.video = camera or Camera(), Line(), VideoNotes()
        self.archive = signing.archive
        verification = Verification(
            VerificationParts(
                database,
                SEALING,
                signing.archive,
                self.camera,
                PoliceSocket(self.world),
                SmsSocket(self.world),
                NoRecogniser(),
            )
        )
        self.screening = Screening(
            database,
            SEALING,
            ListsSocket(self.world),
            load_rule_rows(),
            distance,
            make_shortlist(distance),
        )
        depository = Depository(database, DepositorySocket(self.world), SEALING, "YQ01", "390001")
        self.parts = OnboardingParts(
            database,
            SEALING,
            catalogue(),
            signing.archive,
            verification,
            Suitability(database, catalogue(), SEALING, lambda: D1),
            self.screening,
            self.video,  # type: ignore[arg-type]
            signing.signing,
            Papers(catalogue()),
            depository,
            {"simbank": self.bank},  # type: ignore[dict-item]
            Hashes(),
        )
        self.office = Onboarding(self.parts)
        self.counter = CounterNotes(self.fate)
        self.openings = Openings(self.office.desk, self.counter)

    # --- an applicant's way

    def person(self, index: int) -> Person:
        return PEOPLE.person(index)

    def wait(self, seconds: float) -> None:
        self.database.clock.advance(seconds)  # type: ignore[attr-defined]

    def enter(self, index: int, visitor: Visitor | None = None) -> str:
        """The application of a person's phone; begins or goes on."""
        mobile = self.person(index).mobile
        self.wait(61)
        self.world.now_ms += 61_000
        self.office.doors.send_code(mobile, "zh_CN", "")
        code = self.world.newest_code(mobile)
        opened = self.office.doors.enter(mobile, code, visitor or Visitor(device=f"dev-{index}"))
        self.token = opened.token
        return str(opened.application.id)

    def consent(self, app: str, **more: bool) -> Application:
        filling = self.office.filling
        return filling.consent(app, YES | more, filling.consent_digest(app, "zh_CN"))

    def photograph(self, app: str, index: int) -> None:
        for side in ("front", "back"):
            self.office.filling.read_card(app, side, Camera.picture(f"{side} {index}"))

    def facts(self, app: str, **more: Any) -> CardFacts:
        holder = self.office.filling.read_holder(app)
        assert holder
        values = {name: getattr(holder, name) for name in holder.__slots__} | more
        return CardFacts(**values)

    def confirm(self, app: str, **more: Any) -> Application:
        return self.office.filling.confirm_card(app, self.facts(app, **more))

    def film(
        self, app: str, index: int, challenge: Challenge | None = None, **source_of: Any
    ) -> Any:
        challenge = challenge or self.office.filling.draw(app)
        frames = tuple(ClipFrame(n, n, Camera.picture(f"face {index} {n}")) for n in range(FRAMES))
        source = ClipSource(challenge.nonce, "Front Camera", 480, 640, mobile=True)
        source = msgspec.structs.replace(source, **source_of)
        self.wait(15)
        return self.office.filling.judge_face(app, frames, source, None)

    def answer(self, app: str, answers: dict[str, tuple[str, ...]] = ANSWERS) -> Any:
        shown = self.parts.suitability.questionnaire("zh_CN").digest
        self.wait(160)
        age = {"age": (self.age_band(app),)}
        return self.office.filling.answer(app, answers | age, shown, f"q-{app}", READ, frozenset())

    def age_band(self, app: str) -> str:
        with self.database.read() as tx:
            own = self.office.own(tx, app)
        assert own.card
        age = int(D1[:4]) - int(own.card.birth[:4]) - (own.card.birth[5:] > D1[5:])
        bands = ((30, "18_30"), (50, "31_50"), (60, "51_60"), (70, "61_70"))
        return next((name for most, name in bands if age <= most), "over_70")

    def witness(self, app: str) -> Application:
        self.video.state[app] = "recorded"
        return self.office.filling.witnessed(app)

    def bind(self, app: str, index: int) -> Application:
        number = f"62299901{index:08d}"
        self.bank.holders[number] = self.person(index).name
        return self.bind_to(app, number)

    def bind_to(self, app: str, number: str, password: str = "135724") -> Application:
        return asyncio.run(self.office.filling.bind_bank(app, "simbank", number, password))

    def passwords(self, app: str, password: str = PASSWORD, cash: str = CASH) -> Application:
        return asyncio.run(self.office.filling.set_passwords(app, password, cash))

    def read_papers(self, app: str) -> tuple[ShownAgreement, ...]:
        now_ms = int(self.database.clock.now().timestamp() * 1000)
        submitting = self.office.submitting
        return tuple(
            ShownAgreement(
                one.code,
                one.version,
                submitting.preview(app, one.code, "zh_CN")[1],
                now_ms,
                60,
                scrolled_to_end=True,
                ticked=tuple(tick.code for tick in one.ticks),
            )
            for one in submitting.agreements("zh_CN")
        )

    def sign_code(self, app: str) -> str:
        self.wait(61)
        self.world.now_ms += 61_000
        self.office.submitting.send_code(app, "zh_CN", "")
        with self.database.read() as tx:
            mobile = self.office.own(tx, app).mobile
        return self.world.newest_code(mobile)

    def sign(self, app: str, key: str = "sign-1") -> Application:
        return self.sign_with(app, self.read_papers(app), key)

    def sign_with(
        self, app: str, seen: tuple[ShownAgreement, ...], key: str = "sign-1"
    ) -> Application:
        code = self.sign_code(app)
        warned = self.office.submitting.mismatch(app, "zh_CN")[1]
        return self.office.submitting.sign(
            app, key, "zh_CN", seen, code, warned, own_initiative=bool(warned)
        )

    def apply(self, index: int, until: Step | None = None, visitor: Visitor | None = None) -> str:
        """A whole application, handed in; or up to before a step."""
        app = self.enter(index, visitor)
        self.go_on(app, index, None, until)
        return app

    def go_on(
        self, app: str, index: int, after: Step | None = None, until: Step | None = None
    ) -> None:
        """The steps behind one and before another."""
        ways = {
            Step.CONSENTS: lambda: self.consent(app),
            Step.CARD: lambda: (self.photograph(app, index), self.confirm(app)),
            Step.FACE: lambda: self.film(app, index),
            Step.DETAILS: lambda: self.office.filling.give_details(app, DETAILS),
            Step.QUESTIONS: lambda: self.answer(app),
            Step.WITNESS: lambda: self.witness(app),
            Step.BANK: lambda: self.bind(app, index),
            Step.PASSWORDS: lambda: self.passwords(app),
            Step.AGREEMENTS: lambda: self.sign(app),
        }
        for step, do in list(ways.items())[list(Step).index(after) + 1 if after else 0 :]:
            if step is until:
                break
            do()

    # --- staff's way, the machine's way

    def approve(self, app: str) -> Application:
        self.video.state[app] = "passed"
        for who in STAFF[:2]:
            one = self.office.reviewing.opine(who, app, Verdict.APPROVE)
        return one

    def open(self, app: str) -> str:
        """What the workflow of `jobs.py` does, without its engine."""
        came = self.openings.ask_depository(app)
        if came != "done":
            return came
        if not self.openings.register(app):
            return "refused"
        self.openings.tell_counter(app)
        came = self.openings.designate(app)
        if came == "done":
            self.openings.activate(app)
        return came

    def take_lists(self) -> None:
        """The day's list is in force."""
        self.world.lists.look_at_clock(D1)
        taken = self.screening.lists.take()
        assert taken
        assert not taken.code

    def close_day(self) -> None:
        """The depository's day ends: its file decides what waited for it."""
        self.world.depository.look_at_clock(D1, "15:30", ended=True, following=D2)

    def next_day(self) -> None:
        """The depository opens what waited for its morning."""
        self.world.depository.look_at_clock(D2, "10:00", ended=False, following="2026-07-15")

    def close_second_day(self) -> None:
        """What was asked on the first evening is confirmed."""
        self.world.depository.look_at_clock(D2, "15:30", ended=True, following="2026-07-15")

    def load(self, app: str) -> Application:
        with self.database.read() as tx:
            return self.office.load(tx, app)

    def marks(self, app: str) -> set[str]:
        """What a reviewer sees beside the flags: findings of checks and marks of screening."""
        with self.database.read() as tx:
            checks = self.parts.verification.checks(tx, app)
            handed_in = Step.AGREEMENTS in self.load(app).done
            screened = self.screening.load(tx, app) if handed_in else None
        found = {one.code for check in checks for one in check.findings}
        return found | {mark.code for mark in (screened.marks if screened else ())}

    def codes(self, app: str) -> list[str]:
        """Codes of the timeline."""
        with self.database.read() as tx:
            return [one.code for one in self.office.reviewing.timeline(tx, app) if one.code]


def people_with(trait: str) -> int:
    """The first of the world's people with something out of the ordinary."""
    return next(index for index in range(5, 1000) if trait in PEOPLE.person(index).traits)


def is_over(one: Application) -> bool:
    return one.state in (State.REFUSED, State.WITHDRAWN, State.LAPSED)
