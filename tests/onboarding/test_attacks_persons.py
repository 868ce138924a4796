"""Attacks with persons: one under two names, two behind one thing, listed, remote controlled."""

from __future__ import annotations

import msgspec
import pytest

from tests.onboarding.office import DETAILS, Camera, Scene
from tests.onboarding.refusals import refused
from yunquan.app.locale import catalogue
from yunquan.onboarding.types import State, Step, Visitor

AGENT = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Mobile"


def second_phone(scene: Scene, index: int, phone_of: int, until: Step | None = None) -> str:
    """An application of one person under the phone of another."""
    scene.wait(3_600)
    app = scene.enter(phone_of)
    scene.go_on(app, index, None, until)
    return app


def test_already_a_client(scene: Scene) -> None:
    """A client applies again under another phone: refused, onboarding.already_client."""
    app = scene.apply(0)
    scene.approve(app)
    scene.open(app)
    again = second_phone(scene, 0, 30, until=Step.CARD)
    scene.photograph(again, 0)
    with refused("onboarding.already_client"):
        scene.confirm(again)


def test_two_phones_one_person(scene: Scene) -> None:
    """One person under two phones, both approved: one is opened, the other refused."""
    first = scene.apply(0)
    second = second_phone(scene, 0, 30)
    scene.approve(first)
    scene.approve(second)
    scene.close_day()
    assert scene.open(first) == "wait"
    assert scene.open(second) == "wait"
    scene.next_day()
    scene.open(first)
    assert scene.open(second) == "refused"
    assert scene.load(first).state is State.OPENED
    assert (scene.load(second).state, scene.load(second).code) == (
        State.REFUSED,
        "onboarding.already_client",
    )
    number = scene.person(0).number
    held = "SELECT COUNT(*) FROM accounts JOIN holders USING (ymt) WHERE identity = ?"
    assert scene.world.depository.vault.row(held, number)[0] == 2
    assert len(scene.counter.opened) == 1


def test_two_phones_opened_at_once(scene: Scene) -> None:
    """One person under two phones, opened in between each other: one client, two accounts."""
    first, second = scene.apply(0), second_phone(scene, 0, 30)
    for app in (first, second):
        scene.approve(app)
    assert scene.openings.ask_depository(first) == "done"
    assert scene.openings.ask_depository(second) == "wait"
    assert scene.openings.register(first)
    assert scene.open(second) == "refused"
    assert scene.load(second).state is State.REFUSED
    number = scene.person(0).number
    held = "SELECT COUNT(*) FROM accounts JOIN holders USING (ymt) WHERE identity = ?"
    assert scene.world.depository.vault.row(held, number)[0] == 2


def test_face_under_another_identity(scene: Scene) -> None:
    """A client's face with another's card: to a person, screened, the client named as twin."""
    app = scene.apply(0)
    scene.approve(app)
    scene.open(app)
    other = scene.apply(1, until=Step.CARD)
    # A forged card: everything of another, with one's own portrait.
    scene.camera.harm = {"portrait": Camera.picture("face 0")}
    scene.photograph(other, 1)
    scene.camera.harm = {}
    scene.confirm(other)
    scene.film(other, 0)
    scene.go_on(other, 1, Step.FACE)
    assert "screened" in scene.load(other).flags
    with scene.database.read() as tx:
        result = scene.screening.load(tx, other)
    assert [twin.owner for twin in result.twins] == [scene.load(app).client]


def test_one_device_behind_many(scene: Scene) -> None:
    """One device behind three persons: to a person, screening.shared.device."""
    visitor = Visitor(device="one-device", user_agent=AGENT)
    apps = [scene.apply(index, visitor=visitor) for index in (20, 21, 22)]
    assert [("screened" in scene.load(app).flags) for app in apps] == [False, False, True]
    assert "screening.shared.device" in scene.marks(apps[2])


def test_one_bank_card_behind_two(scene: Scene) -> None:
    """One bank card behind two persons: refused, with the neutral sentence only."""
    scene.apply(0)
    app = scene.apply(1, until=Step.BANK)
    number = "6229990100000000"
    scene.bank.holders[number] = scene.person(1).name
    scene.bind_to(app, number)
    scene.go_on(app, 1, Step.BANK)
    one = scene.load(app)
    assert (one.state, one.code) == (State.REFUSED, "screening.told.declined")
    assert "screening.shared.bank_card" in scene.marks(app)


def test_one_address_behind_many(scene: Scene) -> None:
    """One address behind six persons: to a person, screening.shared.address."""
    told = msgspec.structs.replace(DETAILS, address="云渺省澄江市临水区听雨巷 1 号")
    for index in range(40, 46):
        app = scene.apply(index, until=Step.DETAILS)
        scene.office.filling.give_details(app, told)
        scene.go_on(app, index, Step.DETAILS)
    assert "screening.shared.address" in scene.marks(app)
    assert "screened" in scene.load(app).flags


@pytest.mark.parametrize("index", [12, 13, 14, 16])
def test_listed_person(scene: Scene, index: int) -> None:
    """Somebody on a list: to a person with the hit open; the applicant hears a neutral sentence."""
    scene.take_lists()
    app = scene.apply(index)
    with scene.database.read() as tx:
        hits = scene.screening.load(tx, app).hits
    one = scene.load(app)
    assert hits or one.state is State.REFUSED
    assert one.state in (State.REVIEW, State.REFUSED)
    assert one.code in ("", "screening.told.declined")
    for locale in ("zh_CN", "en"):
        said = catalogue().text(one.code or "screening.told.received", locale)
        assert not any(word in said.casefold() for word in ("名单", "制裁", "sanction", "list"))


@pytest.mark.parametrize(
    ("visitor", "mark"),
    [
        (Visitor(device="d", user_agent=AGENT, automated=True), "screening.mark.automated"),
        (Visitor(device="d", user_agent=f"{AGENT} HeadlessChrome"), "screening.mark.headless"),
        (Visitor(device="d", user_agent=f"{AGENT} TeamViewer"), "screening.mark.remote_control"),
        (Visitor(device="d", user_agent=f"{AGENT} sdk_gphone"), "screening.mark.emulator"),
    ],
)
def test_program_or_remote_control(scene: Scene, visitor: Visitor, mark: str) -> None:
    """A program or remote control in the applicant's place: to a person, screening.mark.*."""
    app = scene.apply(0, visitor=visitor)
    assert "screened" in scene.load(app).flags
    assert mark in scene.marks(app)
