"""Attacks with requests: codes, doors, steps out of their order, two at the same time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.onboarding.office import CASH, DETAILS, PASSWORD, YES, Camera, Scene
from tests.onboarding.refusals import refused
from yunquan.kernel.errors import YunquanError
from yunquan.onboarding.types import State, Step, Visitor


def at_once(*acts: Callable[[], object]) -> list[str]:
    """What each of several threads came to: "" or a code."""

    def code(act: Callable[[], object]) -> str:
        try:
            act()
        except YunquanError as error:
            return error.code
        return ""

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(code, acts))


# --- one-time codes


def sent(scene: Scene, index: int = 0) -> tuple[str, str]:
    mobile = scene.person(index).mobile
    scene.office.doors.send_code(mobile, "zh_CN", "")
    return mobile, scene.world.newest_code(mobile)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_code_guessed(scene: Scene) -> None:
    """A one-time code guessed: refused, verification.code_wrong, after five tries for good."""
    mobile, code = sent(scene)
    for _ in range(5):
        with refused("verification.code_wrong"):
            scene.office.doors.enter(mobile, wrong(code), Visitor())
    with refused("verification.code_spent"):
        scene.office.doors.enter(mobile, code, Visitor())


def test_code_reused(scene: Scene) -> None:
    """A one-time code used twice: refused, verification.code_none."""
    mobile, code = sent(scene)
    scene.office.doors.enter(mobile, code, Visitor())
    with refused("verification.code_none"):
        scene.office.doors.enter(mobile, code, Visitor())


def test_code_used_twice_at_once(scene: Scene) -> None:
    """A one-time code used by two at the same moment: one comes in, the other code_none."""
    mobile, code = sent(scene)
    enter = scene.office.doors.enter
    came = at_once(*[lambda: enter(mobile, code, Visitor())] * 2)
    assert sorted(came) == ["", "verification.code_none"]


def test_code_of_another(scene: Scene) -> None:
    """The code of another phone: refused, verification.code_none or code_wrong."""
    mobile, _ = sent(scene)
    _, theirs = sent(scene, 1)
    with refused("verification.code_wrong"):
        scene.office.doors.enter(mobile, theirs, Visitor())
    with refused("verification.code_none"):
        scene.office.doors.enter(scene.person(2).mobile, theirs, Visitor())


def test_code_late(scene: Scene) -> None:
    """A code after five minutes: refused, verification.code_late."""
    mobile, code = sent(scene)
    scene.wait(301)
    with refused("verification.code_late"):
        scene.office.doors.enter(mobile, code, Visitor())


def test_code_for_another_purpose(scene: Scene) -> None:
    """The code of the door to sign with: refused, verification.code_none."""
    app = scene.apply(0, until=Step.AGREEMENTS)
    scene.wait(61)
    _, code = sent(scene)
    with refused("verification.code_none"):
        scene.office.submitting.sign(app, "k", "zh_CN", scene.read_papers(app), code)


def test_flood_to_one_phone(scene: Scene) -> None:
    """Codes without end to one phone: refused, verification.code_too_soon, code_too_often."""
    mobile = scene.person(0).mobile
    doors = scene.office.doors
    doors.send_code(mobile, "zh_CN", "")
    with refused("verification.code_too_soon"):
        doors.send_code(mobile, "zh_CN", "")
    for _ in range(9):
        scene.wait(61)
        scene.world.now_ms += 3_600_000
        doors.send_code(mobile, "zh_CN", "")
    scene.wait(61)
    with refused("verification.code_too_often"):
        doors.send_code(mobile, "zh_CN", "")


def test_flood_from_one_network(scene: Scene) -> None:
    """Codes to one phone after another from one network: refused, verification.code_too_often."""
    doors = scene.office.doors
    for index in range(40):
        doors.send_code(scene.person(100 + index).mobile, "zh_CN", "203.0.113.9")
    with refused("verification.code_too_often"):
        doors.send_code(scene.person(200).mobile, "zh_CN", "203.0.113.9")
    doors.send_code(scene.person(200).mobile, "zh_CN", "198.51.100.7")


# --- doors


@pytest.mark.parametrize("token", ["", "x" * 43, "x" * 81, "' OR 1=1 --"])
def test_door_guessed(scene: Scene, token: str) -> None:
    """A made-up token: refused, onboarding.door_closed."""
    scene.enter(0)
    with refused("onboarding.door_closed"):
        scene.office.doors.application_of(token)


def test_door_of_another(scene: Scene) -> None:
    """A token of one's own for another's application: it shows one's own and nothing else."""
    mine = scene.enter(0)
    own = scene.token
    theirs = scene.enter(1)
    assert str(scene.office.doors.application_of(own).id) == mine
    assert str(scene.office.doors.application_of(scene.token).id) == theirs


def test_door_expired(scene: Scene) -> None:
    """A device left lying for two hours: refused, onboarding.door_closed."""
    scene.enter(0)
    scene.wait(2 * 3_600 + 1)
    with refused("onboarding.door_closed"):
        scene.office.doors.application_of(scene.token)


def test_door_after_withdrawal(scene: Scene) -> None:
    """The token of an application taken back: refused, onboarding.door_closed."""
    app = scene.enter(0)
    scene.office.doors.withdraw(app)
    with refused("onboarding.door_closed"):
        scene.office.doors.application_of(scene.token)


# --- steps


def acts_of(scene: Scene, app: str) -> dict[Step, Callable[[], object]]:
    """Every step called directly."""
    filling = scene.office.filling
    return {
        Step.CARD: lambda: filling.read_card(app, "front", Camera.picture("front 0")),
        Step.FACE: lambda: filling.draw(app),
        Step.DETAILS: lambda: filling.give_details(app, DETAILS),
        Step.QUESTIONS: lambda: filling.answer(app, {}, "", "k", None, frozenset()),  # type: ignore[arg-type]
        Step.WITNESS: lambda: filling.witnessed(app),
        Step.BANK: lambda: scene.bind(app, 0),
        Step.PASSWORDS: lambda: scene.passwords(app),
        Step.AGREEMENTS: lambda: scene.office.submitting.send_code(app, "zh_CN", ""),
    }


@pytest.mark.parametrize("step", list(Step)[1:])
def test_step_skipped(scene: Scene, step: Step) -> None:
    """A step called directly before the one ahead of it: refused, onboarding.step_order."""
    app = scene.apply(0, until=list(Step)[list(Step).index(step) - 1])
    with refused("onboarding.step_order"):
        acts_of(scene, app)[step]()


def test_signing_at_once(scene: Scene) -> None:
    """Signing straight after the phone: refused, onboarding.step_order; no code goes out."""
    app = scene.enter(0)
    with refused("onboarding.step_order"):
        scene.office.submitting.sign(app, "k", "zh_CN", (), "000000")


@pytest.mark.parametrize("step", list(Step)[1:])
def test_editing_after_handing_in(scene: Scene, step: Step) -> None:
    """A step done again after handing in: refused, onboarding.not_filling."""
    app = scene.apply(0)
    with refused("onboarding.not_filling"):
        acts_of(scene, app)[step]()


def test_unknown_application(scene: Scene) -> None:
    """An application that isn't: refused, onboarding.unknown."""
    with refused("onboarding.unknown"):
        scene.office.filling.give_details("app_nobody", DETAILS)


# --- two at the same time


def test_handed_in_twice_at_once(scene: Scene) -> None:
    """Handed in by a double tap: one signed set, one application in review."""
    app = scene.apply(0, until=Step.AGREEMENTS)
    seen, code = scene.read_papers(app), scene.sign_code(app)
    warned = scene.office.submitting.mismatch(app, "zh_CN")[1]

    def sign() -> object:
        return scene.office.submitting.sign(
            app, "k", "zh_CN", seen, code, warned, own_initiative=bool(warned)
        )

    came = at_once(sign, sign)
    assert "" in came
    assert set(came) <= {"", "verification.code_none", "onboarding.not_filling"}, came
    assert scene.load(app).state is State.REVIEW
    assert len(scene.parts.signing.sets_of(app)) == 1
    assert sign().state is State.REVIEW  # type: ignore[attr-defined]


def test_two_devices_do_one_step(scene: Scene) -> None:
    """The same step from two devices at once: both hear of it, it is done once, nothing is lost."""
    app = scene.apply(0, until=Step.DETAILS)
    give = scene.office.filling.give_details
    came = at_once(*[lambda: give(app, DETAILS)] * 2)
    assert came == ["", ""]
    assert list(scene.load(app).done).count(Step.DETAILS) == 1


def test_two_devices_photograph(scene: Scene) -> None:
    """A card photographed by two devices at once: both are read and kept."""
    app = scene.apply(0, until=Step.CARD)
    read = scene.office.filling.read_card
    front = Camera.picture("front 0")
    came = at_once(*[lambda: read(app, "front", front)] * 3)
    assert came == [""] * 3
    with scene.database.read() as tx:
        assert len(scene.parts.verification.checks(tx, app)) == 3


def test_two_devices_begin(scene: Scene) -> None:
    """One phone beginning twice at once: one application."""
    mobile, code = sent(scene)
    scene.office.doors.enter(mobile, code, Visitor())
    first = scene.enter(0)
    assert scene.enter(0) == first


# --- consents


def test_consents_of_another(scene: Scene) -> None:
    """Consents shown to another applicant: refused, onboarding.consents_changed."""
    filling = scene.office.filling
    mine, theirs = scene.enter(0), scene.enter(1)
    with refused("onboarding.consents_changed"):
        filling.consent(mine, YES, filling.consent_digest(theirs, "zh_CN"))


def test_consent_unanswered(scene: Scene) -> None:
    """One consent left open: refused, onboarding.consents_unanswered."""
    filling, app = scene.office.filling, scene.enter(0)
    given = {name: yes for name, yes in YES.items() if name != "voice"}
    with refused("onboarding.consents_unanswered"):
        filling.consent(app, given, filling.consent_digest(app, "zh_CN"))


@pytest.mark.parametrize("name", ["privacy", "id_images"])
def test_needed_consent_refused(scene: Scene, name: str) -> None:
    """A consent that can't be done without refused: refused, onboarding.consent_needed."""
    with refused("onboarding.consent_needed"):
        scene.consent(scene.enter(0), **{name: False})


def test_old_consents(scene: Scene) -> None:
    """Consents to a text no longer shown: refused, onboarding.consents_changed."""
    app = scene.enter(0)
    with refused("onboarding.consents_changed"):
        scene.office.filling.consent(app, YES, "0" * 64)


# --- bank, passwords


def test_bank_account_of_another(scene: Scene) -> None:
    """The bank account of somebody else: refused, bank.holder_differs; the step isn't done."""
    app = scene.apply(0, until=Step.BANK)
    scene.bank.holders["6229990199999999"] = scene.person(1).name
    with refused("bank.holder_differs"):
        scene.bind_to(app, "6229990199999999")
    assert Step.BANK not in scene.load(app).done


def test_bank_password_wrong(scene: Scene) -> None:
    """A wrong password of the bank: refused, bank.password_wrong; the step isn't done."""
    app = scene.apply(0, until=Step.BANK)
    scene.bank.holders["6229990100000000"] = scene.person(0).name
    with refused("bank.password_wrong"):
        scene.bind_to(app, "6229990100000000", "000000")
    assert Step.BANK not in scene.load(app).done


@pytest.mark.parametrize(
    ("password", "cash", "code"),
    [
        (PASSWORD, "123456", "cash_password.unfit"),
        (PASSWORD, "mobile", "cash_password.unfit"),
        ("12345678", CASH, "password.too_common"),
    ],
)
def test_weak_passwords(scene: Scene, password: str, cash: str, code: str) -> None:
    """Passwords that are guessed first, or are part of the mobile: refused, cash_password.unfit."""
    app = scene.apply(0, until=Step.PASSWORDS)
    near = scene.person(0).mobile[-6:]
    with pytest.raises(YunquanError) as caught:
        scene.passwords(app, password, near if cash == "mobile" else cash)
    assert caught.value.code == code or caught.value.code.startswith("password.")
    assert Step.PASSWORDS not in scene.load(app).done
