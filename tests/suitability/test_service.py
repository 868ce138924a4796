"""Answering, repeating, two devices, evidence, insisting, permissions; on both databases."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.suitability.answering import CALM, CAREFUL, READ, Office
from yunquan.app.event_kinds import event_kinds
from yunquan.clients import load_client
from yunquan.clients.types import ClientId, Permission
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from yunquan.kernel.events import EventCodec
from yunquan.kernel.log import read_records
from yunquan.kernel.transaction import ROOMS_STREAM, Database
from yunquan.security import list_looks
from yunquan.suitability.rules import questionnaire
from yunquan.suitability.types import AskAgain, Assessment, Known, RiskClass, Trace, Verdict

MINUTE_S = 60


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def events_of(office: Office) -> list[Any]:
    codec = EventCodec(event_kinds().values())
    with office.database.read() as tx:
        records = read_records(tx.connection, ROOMS_STREAM)
        return [event for record in records for event in codec.decode(record.body)]


def current(office: Office, owner: str) -> Assessment | None:
    with office.database.read() as tx:
        return office.suitability.current(tx, owner)


def test_an_assessment_is_kept_and_told(office: Office) -> None:
    one = office.assess("app_1")
    assert (one.class_, one.points, one.valid_until) == (RiskClass.C4, 76, "2028-07-12")
    assert current(office, "app_1") == one
    (told,) = events_of(office)
    assert (told.class_, told.owner, told.shown) == ("C4", "app_1", office.shown())
    assert "10_30" not in str(told)
    office.day = "2028-07-13"
    assert current(office, "app_1") is None


def test_one_key_is_one_assessment(office: Office) -> None:
    one = office.assess("app_1", key="same")
    assert office.assess("app_1", key="same") == one
    with pytest.raises(Conflict, match=r"command\.reused"):
        office.assess("app_1", CAREFUL, key="same")
    assert len(events_of(office)) == 1


def test_answers_are_sealed_and_opened_for_a_reason(office: Office) -> None:
    one = office.assess("app_1")
    for column in raw(office, "suitability_assessment"):
        assert b"10_30" not in str(column).encode()
    with (
        pytest.raises(Invalid, match=r"look\.reason"),
        office.database.transaction("staff:stf_1") as tx,
    ):
        office.suitability.evidence(tx, one.id, "")
    with office.database.transaction("staff:stf_1") as tx:
        found = office.suitability.evidence(tx, one.id, "complaint 17")
        (look,) = list_looks(tx, "app_1")
    assert found.answers == CALM
    assert found.trace == READ
    assert found.questionnaire == office.suitability.questionnaire("zh_CN")
    assert (look.what, look.why) == ("suitability", "complaint 17")
    with office.database.read() as tx:
        body = office.suitability.shown(tx, one.shown)
    assert questionnaire.sm3(body) == one.shown


def raw(office: Office, table: str) -> list[Any]:
    with office.database.read() as tx:
        return list(tx.connection.exec_driver_sql(f"SELECT * FROM {table}").one())


def test_another_questionnaire_than_is_asked_now(office: Office) -> None:
    with pytest.raises(Conflict, match="shown_changed"):
        office.assess("app_1", digest="0" * 64)
    assert office.assess("app_1", digest=office.shown("en")).locale == "en"


def test_contradictions_are_asked_again_and_count_as_nothing(office: Office) -> None:
    wrong = CALM | {"experience": ("none",)}
    outcome = office.assess("app_1", wrong)
    assert isinstance(outcome, AskAgain)
    assert [one.code for one in outcome.contradictions] == ["experience_traded"]
    assert current(office, "app_1") is None
    (told,) = events_of(office)
    assert told.codes == ["experience_traded"]
    # No wait: it was no assessment.
    assert isinstance(office.assess("app_1"), Assessment)


def test_what_may_stand_stands_once_confirmed_and_is_told(office: Office) -> None:
    rich = CALM | {"income_source": ("unsteady",), "income": ("over_1m",)}
    assert isinstance(office.assess("app_1", rich), AskAgain)
    one = office.assess("app_1", rich, known=Known(stands=frozenset({"source_income"})))
    assert one.warnings == ("stands.source_income",)
    never = CALM | {"traded": ("none",)}
    known = Known(stands=frozenset({"traded_experience"}))
    assert isinstance(office.assess("app_2", never, known=known), AskAgain)


def test_the_card_knows_the_age(office: Office) -> None:
    outcome = office.assess("app_1", known=Known(birth_day="1960-01-01"))
    assert [one.code for one in outcome.contradictions] == ["age_card"]
    client = office.client(born="19600101")
    outcome = office.assess(client)
    assert [one.code for one in outcome.contradictions] == ["age_card"]
    assert office.assess(client, CALM | {"age": ("61_70",)}).class_ is RiskClass.C4


def test_too_fast_to_have_read(office: Office) -> None:
    hasty = office.assess("app_1", trace=Trace(spent_ms={"loss": 2_000}))
    assert hasty.warnings == ("too_fast",)


def test_no_more_often_than_allowed(office: Office, clock: ManualClock) -> None:
    office.assess("app_1")
    with pytest.raises(Conflict, match="cooling_down"):
        office.assess("app_1")
    clock.advance(10 * MINUTE_S)
    office.assess("app_1", CAREFUL)
    clock.advance(10 * MINUTE_S)
    with pytest.raises(Conflict, match="most_a_day"):
        office.assess("app_1")
    office.day = "2026-07-14"
    assert office.assess("app_1").class_ is RiskClass.C4


def test_another_application_of_the_same_person_counts(office: Office) -> None:
    person = Known(person="digest-of-somebody")
    office.assess("app_1", known=person)
    with pytest.raises(Conflict, match="cooling_down"):
        office.assess("app_2", known=person)
    assert office.assess("app_3", known=Known(person="somebody-else"))


def test_two_devices_at_once_make_one_assessment(office: Office) -> None:
    def answer(device: int) -> str:
        try:
            answers = CALM if device % 2 else CAREFUL
            return office.assess("app_1", answers, key=f"device-{device}").class_.value
        except Conflict as error:
            return error.code

    with ThreadPoolExecutor(4) as pool:
        found = sorted(pool.map(answer, range(4)))
    assert found[1:] == ["suitability.cooling_down"] * 3
    assert len(events_of(office)) == 1


def test_what_an_application_had_becomes_the_client_s(office: Office) -> None:
    one = office.assess("app_1")
    with office.database.transaction() as tx:
        office.suitability.note_experience(tx, "app_1", "depository", "2019-05-06")
        office.suitability.hand_over(tx, "app_1", "cli_1")
        office.suitability.hand_over(tx, "app_1", "cli_1")
    moved = current(office, "cli_1")
    assert moved is not None
    assert moved.id == one.id
    assert current(office, "app_1") is None
    with office.database.transaction("staff:stf_1") as tx:
        assert office.suitability.evidence(tx, one.id, "complaint 17").answers == CALM
    assert [type(event).__name__ for event in events_of(office)].count("OwnerChanged") == 1


# --- insisting ---


def insist(office: Office, owner: str, product: str, **more: Any) -> Any:
    with office.database.transaction(actor=f"client:{owner}") as tx:
        digest = more.pop("digest", None)
        if digest is None:
            digest = office.suitability.warning(tx, owner, product, "zh_CN").digest
        key = more.pop("key", "insist")
        more.setdefault("own_initiative", True)
        return office.suitability.confirm_mismatch(tx, owner, product, digest, key, **more)


def test_insisting_leaves_a_record_of_what_was_read(office: Office) -> None:
    office.assess("app_1", CAREFUL)
    made = insist(office, "app_1", "chinext_share")
    assert (made.class_, made.level, made.mismatches) == (RiskClass.C3, "R4", ("level",))
    assert insist(office, "app_1", "chinext_share") == made
    with office.database.read() as tx:
        body = office.suitability.shown(tx, made.shown).decode()
        assert office.suitability.list_mismatches(tx, "app_1") == [made]
    assert "创业板" in body
    with pytest.raises(Conflict, match="not_own_initiative"):
        insist(office, "app_1", "star_share", key="2", own_initiative=False)
    with pytest.raises(Conflict, match="shown_changed"):
        insist(office, "app_1", "star_share", key="3", digest=made.shown)
    with pytest.raises(Conflict, match="nothing_to_confirm"):
        insist(office, "app_1", "main_share", key="4")
    with pytest.raises(NotFound, match="product_unknown"):
        insist(office, "app_1", "gold", key="5")


def test_the_lowest_category_insists_on_nothing(office: Office) -> None:
    lowest = CALM | {"capacity": ("limited",)}
    assert office.assess("app_1", lowest).class_ is RiskClass.LOWEST
    with pytest.raises(Conflict, match=r"suitability\.refused"):
        insist(office, "app_1", "bond_fund")


def test_nobody_insists_without_an_assessment_that_holds(office: Office) -> None:
    office.assess("app_1", CAREFUL)
    office.day = "2028-07-13"
    with pytest.raises(Conflict, match="not_assessed"):
        insist(office, "app_1", "chinext_share")


@pytest.mark.parametrize(
    ("class_", "level", "verdict"),
    [("C1-lowest", "R2", "refuse"), ("C1", "R2", "warn"), ("C5", "R5", "ok")],
)
def test_the_door_of_the_matrix(office: Office, class_: str, level: str, verdict: str) -> None:
    assert office.suitability.match(class_, level) == Verdict(verdict)
    with pytest.raises(Invalid, match="level_unknown"):
        office.suitability.match(class_, "R9")


# --- permissions ---


@pytest.fixture
def client(office: Office) -> str:
    """Somebody for whom every gate of ChiNext is open."""
    client = office.client()
    office.assess(client)
    office.closes.fen = 10_000_000
    office.trades.day = "2020-01-01"
    return client


def apply(office: Office, client: str, permission: str = "chinext", **more: Any) -> Any:
    texts = more.pop("texts", (permission,))
    locale = more.pop("locale", "zh_CN")
    signed = {code: office.permissions.disclosure(code, locale).digest for code in texts}
    with office.database.transaction(actor=f"client:{client}") as tx:
        key = more.pop("key", "apply")
        return office.permissions.apply(tx, client, permission, more.pop("signed", signed), key)


def held(office: Office, client: str) -> set[str]:
    with office.database.read() as tx:
        return {one.value for one in load_client(tx, ClientId(client)).permissions}


def test_every_gate_met_is_granted_and_told(office: Office, client: str) -> None:
    made = apply(office, client)
    assert made.granted
    assert held(office, client) == {"chinext"}
    assert office.line.granted == []
    assert asyncio.run(office.permissions.tell(made)) == ""
    ((command, account, permission, basis),) = office.line.granted
    assert (permission, basis) == ("chinext", made.id)
    assert command == f"suitability:{made.id}:{account}"
    assert apply(office, client).id == made.id
    with pytest.raises(Conflict, match="permission_held"):
        apply(office, client, key="again")
    names = [type(event).__name__ for event in events_of(office)]
    assert names[-2:] == ["PermissionAsked", "PermissionGranted"]
    assert asyncio.run(office.permissions.bring_in_line()) == 0


def test_a_counter_that_is_away_is_told_later(office: Office, client: str) -> None:
    made = apply(office, client)
    office.line.error = Unavailable("counter.unreachable")
    assert asyncio.run(office.permissions.tell(made)) == "counter.unreachable"
    office.line.error, office.line.code = None, "account.unknown"
    assert asyncio.run(office.permissions.bring_in_line()) == 0
    office.line.code = ""
    assert asyncio.run(office.permissions.bring_in_line()) == 1
    assert asyncio.run(office.permissions.bring_in_line()) == 0
    assert len(office.line.granted) == 1


def test_what_is_missing_is_kept_and_nothing_granted(office: Office, client: str) -> None:
    office.closes.fen -= 1
    made = apply(office, client)
    assert not made.granted
    assert [one.gate for one in made.checks if not one.met] == ["assets"]
    assert held(office, client) == set()
    assert asyncio.run(office.permissions.tell(made)) == ""
    assert office.line.granted == []
    assert events_of(office)[-1].unmet == ["assets"]
    with office.database.read() as tx:
        assert office.permissions.history(tx, client) == [made]


def test_every_text_is_signed_as_it_was_shown(office: Office, client: str) -> None:
    office.closes.fen = 50_000_000
    half = apply(office, client, "star", key="1")
    assert [one.needed for one in half.checks if not one.met] == ["star_growth"]
    with pytest.raises(Conflict, match="shown_changed"):
        apply(office, client, "star", key="2", signed={"star": "0" * 64})
    made = apply(office, client, "star", key="3", texts=("star", "star_growth"), locale="en")
    assert made.granted
    shown = office.permissions.disclosure("star_growth", "en")
    with office.database.read() as tx:
        assert shown.text.split("\n")[0] in office.suitability.shown(tx, shown.digest).decode()


def test_a_confirmed_mismatch_meets_the_class_as_long_as_it_holds(
    office: Office, clock: ManualClock
) -> None:
    client = office.client()
    office.assess(client, CAREFUL)
    office.closes.fen, office.trades.day = 10_000_000, "2020-01-01"
    refused = apply(office, client, key="1")
    (check,) = [one for one in refused.checks if not one.met]
    assert (check.gate, check.needed, check.has, check.may_confirm) == ("class", "R4", "C3", True)
    insist(office, client, "chinext_share")
    # A new assessment is a new class: what was confirmed under the old one is over.
    clock.advance(10 * MINUTE_S)
    office.assess(client, CAREFUL)
    assert not apply(office, client, key="2").granted
    insist(office, client, "chinext_share", key="insist-2")
    assert apply(office, client, key="3").granted


@pytest.mark.parametrize(
    ("permission", "code"),
    [
        ("margin", "suitability.not_offered"),
        ("southbound", "suitability.not_offered"),
        ("options", "suitability.permission_unknown"),
    ],
)
def test_what_cant_be_applied_for(office: Office, client: str, permission: str, code: str) -> None:
    with pytest.raises((Conflict, NotFound), match=code):
        apply(office, client, permission, texts=())


def test_an_expired_document_gets_nothing(office: Office, client: str) -> None:
    office.day = "2040-01-01"
    with pytest.raises(Conflict, match="id_expired"):
        apply(office, client)


def test_two_applications_at_once_grant_once(office: Office, client: str) -> None:
    def one(number: int) -> str:
        try:
            return "granted" if apply(office, client, key=f"k{number}").granted else "refused"
        except Conflict as error:
            return error.code

    with ThreadPoolExecutor(4) as pool:
        found = sorted(pool.map(one, range(4)))
    assert found == ["granted"] + ["suitability.permission_held"] * 3


def test_the_board_says_what_stands_in_the_way(office: Office, client: str) -> None:
    apply(office, client)
    with office.database.read() as tx:
        views = {one.permission: one for one in office.permissions.board(tx, client, "en")}
    states = {name: view.state for name, view in views.items()}
    assert states == {
        "chinext": "held",
        "star": "blocked",
        "bse": "blocked",
        "convertible": "open",
        "southbound": "not_offered",
        "margin": "not_offered",
    }
    assert [one.code for one in views["star"].disclosures] == ["star", "star_growth"]
    assert set(Permission) == {Permission(name) for name in states if states[name] != "not_offered"}


def test_experience_is_the_earliest_that_anybody_says(office: Office, client: str) -> None:
    with office.database.transaction() as tx:
        for source, day in (("depository", "2018-01-02"), ("depository", "2019-01-02")):
            office.suitability.note_experience(tx, client, source, day)
        facts = office.permissions.facts(tx, client)
    assert facts.first_trade == "2018-01-02"
    office.trades.day = "2017-01-02"
    with office.database.read() as tx:
        assert office.permissions.facts(tx, client).first_trade == "2017-01-02"
