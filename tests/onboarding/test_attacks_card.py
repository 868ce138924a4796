"""Attacks with the card: what is photographed, what is typed, whose it is."""

from __future__ import annotations

import pytest

from tests.onboarding.office import Camera, Scene
from tests.onboarding.refusals import refused
from yunquan.onboarding.types import CardFacts, State, Step
from yunquan.verification.types import Check, Outcome
from yunquan_world.population import check_character

MINOR, EXPIRED, CANCELLED = 10, 11, 4


def read(scene: Scene, app: str, side: str, index: int) -> Check:
    return scene.office.filling.read_card(app, side, Camera.picture(f"{side} {index}"))


def finding(check: Check) -> set[str]:
    return {one.code for one in check.findings if one.outcome != Outcome.PASS}


@pytest.fixture
def app(scene: Scene) -> str:
    """At the card."""
    return scene.apply(0, until=Step.CARD)


def go_on(scene: Scene, app: str, index: int, after: Step = Step.CARD) -> None:
    """Every step behind this one, up to handing in."""
    scene.go_on(app, index, after)


def test_black_and_white_copy(scene: Scene, app: str) -> None:
    """A black-and-white copy of a card: asked again, vision.card_copy."""
    scene.camera.harm = {"colour": 10}
    check = read(scene, app, "front", 0)
    assert (check.outcome, finding(check)) == (Outcome.AGAIN, {"vision.card_copy"})
    assert scene.parts.verification.cards.sides(app) == ()


def test_screen_shot_of_a_card(scene: Scene, app: str) -> None:
    """A card on another screen: to a person, card_unsure and vision.card_screen."""
    scene.camera.harm = {"moire": 90_000}
    scene.photograph(app, 0)
    scene.camera.harm = {}
    scene.confirm(app)
    go_on(scene, app, 0)
    assert "card_unsure" in scene.load(app).flags
    assert "vision.card_screen" in scene.marks(app)


def test_edited_digit(scene: Scene, app: str) -> None:
    """A digit of the number pasted over: to a person, card_unsure and vision.card_edited."""
    scene.camera.field_harm = {"number": {"odd": 9_000}}
    scene.photograph(app, 0)
    scene.camera.field_harm = {}
    scene.confirm(app)
    go_on(scene, app, 0)
    assert "card_unsure" in scene.load(app).flags
    assert "vision.card_edited" in scene.marks(app)


def test_back_of_another_person(scene: Scene, app: str) -> None:
    """The front of one card and the back of another: to a person, card_unsure."""
    read(scene, app, "front", 0)
    check = read(scene, app, "back", 1)
    assert check.outcome is Outcome.HUMAN, check
    scene.confirm(app)
    go_on(scene, app, 0)
    assert "card_unsure" in scene.load(app).flags


def test_front_photographed_again(scene: Scene, app: str) -> None:
    """The front again after another's back, to hide it: to a person all the same, card_unsure."""
    read(scene, app, "front", 0)
    read(scene, app, "back", 1)
    read(scene, app, "front", 0)
    scene.confirm(app)
    go_on(scene, app, 0)
    assert "card_unsure" in scene.load(app).flags


def test_back_without_front(scene: Scene, app: str) -> None:
    """Only a back: refused, verification.front_first; onboarding.card_missing."""
    with refused("verification.front_first"):
        read(scene, app, "back", 0)
    read(scene, app, "front", 0)
    with refused("onboarding.card_missing"):
        scene.office.filling.confirm_card(app, _facts_of_another(scene))


def _facts_of_another(scene: Scene) -> CardFacts:
    other = scene.apply(1, until=Step.CARD)
    scene.photograph(other, 1)
    return scene.facts(other)


def test_name_of_another(scene: Scene, app: str) -> None:
    """Another's name to one's number: asked again, onboarding.police_differs."""
    scene.photograph(app, 0)
    with refused("onboarding.police_differs"):
        scene.confirm(app, name=scene.person(1).name)
    assert Step.CARD not in scene.load(app).done


def test_number_of_nobody(scene: Scene, app: str) -> None:
    """A lawful number that nobody has: to a person, police_unsure and card_typed."""
    scene.photograph(app, 0)
    scene.confirm(app, **_invented(scene))
    go_on(scene, app, 0)
    assert {"police_unsure", "card_typed"} <= set(scene.load(app).flags)


def _invented(scene: Scene) -> dict[str, str]:
    person = scene.person(0)
    odd = int(person.number[16]) % 2
    first = f"990101{person.birth.replace('-', '')}99{8 + odd}"
    return {"id_number": first + check_character(first)}


def test_number_cancelled(scene: Scene) -> None:
    """The card of somebody dead: refused at once, onboarding.identity_void."""
    app = scene.apply(CANCELLED, until=Step.CARD)
    scene.photograph(app, CANCELLED)
    assert scene.confirm(app).state is State.REFUSED
    assert scene.load(app).code == "onboarding.identity_void"


def test_expired_card(scene: Scene) -> None:
    """An expired card: refused, onboarding.card_expired."""
    app = scene.apply(EXPIRED, until=Step.CARD)
    scene.photograph(app, EXPIRED)
    with refused("onboarding.card_expired"):
        scene.confirm(app)


def test_expired_card_with_another_day_typed(scene: Scene) -> None:
    """An expired card, a later day typed: to a person, card_typed, card_unsure."""
    app = scene.apply(EXPIRED, until=Step.CARD)
    scene.photograph(app, EXPIRED)
    scene.confirm(app, valid_until="2036-01-01")
    go_on(scene, app, EXPIRED)
    assert {"card_typed", "card_unsure"} <= set(scene.load(app).flags)
    assert "vision.card_expired" in scene.marks(app)


def test_minor(scene: Scene) -> None:
    """A minor with their own card: refused, onboarding.too_young."""
    app = scene.apply(MINOR, until=Step.CARD)
    scene.photograph(app, MINOR)
    with refused("onboarding.too_young"):
        scene.confirm(app)


def test_birth_against_number(scene: Scene, app: str) -> None:
    """A minor who types another birth day: refused, onboarding.birth_differs."""
    scene.photograph(app, 0)
    with refused("onboarding.birth_differs"):
        scene.confirm(app, birth="1980-01-01")


def test_typed_facts_differ(scene: Scene, app: str) -> None:
    """One card photographed, another person typed: to a person, card_typed."""
    scene.photograph(app, 0)
    facts = _facts_of_another(scene)
    names = ("name", "id_number", "sex", "nation", "birth", "address")
    one = scene.confirm(app, **{name: getattr(facts, name) for name in names})
    assert Step.CARD in one.done
    # The typed person's own face isn't the card's.
    scene.film(app, 1)
    assert Step.FACE not in scene.load(app).done
    scene.film(app, 0)
    go_on(scene, app, 1, Step.FACE)
    assert {"card_typed", "card_unsure"} <= set(scene.load(app).flags)


def test_card_changed_after_it_was_confirmed(scene: Scene, app: str) -> None:
    """Another's card photographed once one's own is confirmed: the card is confirmed anew first."""
    scene.photograph(app, 0)
    scene.confirm(app)
    read(scene, app, "front", 1)
    assert Step.CARD not in scene.load(app).done
    with refused("onboarding.step_order"):
        scene.film(app, 1)


def test_police_asked_about_another_afterwards(scene: Scene, app: str) -> None:
    """A wrong name after the right one, to hide the police's photo: confirmed anew first."""
    scene.photograph(app, 0)
    scene.confirm(app)
    with refused("onboarding.police_differs"):
        scene.confirm(app, name=scene.person(1).name)
    assert Step.CARD not in scene.load(app).done
    with refused("onboarding.step_order"):
        scene.film(app, 1)


def test_card_tries(scene: Scene, app: str) -> None:
    """Card after card until one passes: refused after twenty, verification.card_tries."""
    for _ in range(20):
        read(scene, app, "front", 0)
    with refused("verification.card_tries"):
        read(scene, app, "front", 0)
