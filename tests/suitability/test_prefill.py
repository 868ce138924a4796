"""Answers that stand on the page already: only what is known, told apart from what was ticked."""

from __future__ import annotations

import pytest

from tests.suitability.answering import CALM, READ, Office
from yunquan.kernel.transaction import Database
from yunquan.suitability.rules.prefill import prefilled_of
from yunquan.suitability.store import load_questionnaires
from yunquan.suitability.types import Change, Evidence, Known, Prefilled, Said, Trace

VERSION = load_questionnaires()[-1]
DAY = "2026-07-13"
ONLY_THEIRS = {"capacity", "learning", "experience", "traded", "horizon", "wanted", "goal", "loss"}
EMPLOYED = Said("employee", "200k_500k", "salary")


@pytest.mark.parametrize(
    ("born", "option"),
    [
        ("2008-07-13", "18_30"),
        ("1995-07-14", "18_30"),
        ("1995-07-13", "31_50"),
        ("1975-07-13", "51_60"),
        ("1955-07-14", "61_70"),
        ("1955-07-13", "over_70"),
        ("2008-07-14", ""),
    ],
)
def test_the_card_tells_the_age(born: str, option: str) -> None:
    found = prefilled_of(VERSION, born, None, DAY)
    assert found == ((Prefilled("age", option, "card"),) if option else ())


@pytest.mark.parametrize(
    ("occupation", "source", "option"),
    [
        ("employee", "salary", "wages"),
        ("public_official", "salary", "wages"),
        ("self_employed", "business", "business"),
        ("retired", "pension", "pension"),
        # Each of these may mean two things.
        ("retired", "salary", ""),
        ("self_employed", "salary", ""),
        ("employee", "investment", ""),
        ("farmer", "business", ""),
        ("homemaker", "other", ""),
        ("student", "inheritance", ""),
    ],
)
def test_only_what_is_exact_stands(occupation: str, source: str, option: str) -> None:
    found = prefilled_of(VERSION, "", Said(occupation, "over_1m", source), DAY)
    assert {one.question: one.option for one in found} == {
        "income": "over_1m",
        **({"income_source": option} if option else {}),
    }


def test_a_band_that_isnt_asked_for_stands_nowhere() -> None:
    assert prefilled_of(VERSION, "", Said("other", "100k_300k", "other"), DAY) == ()


def test_never_what_is_theirs_to_tick() -> None:
    found = {one.question for one in prefilled_of(VERSION, "1990-03-07", EMPLOYED, DAY)}
    assert found == {"age", "income", "income_source"}
    assert not found & ONLY_THEIRS


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def opened(office: Office, trace: Trace, **answers: tuple[str, ...]) -> Evidence:
    """What is kept of somebody on whose page three answers stood."""
    stood = office.suitability.prefilled("1990-03-07", EMPLOYED)
    known = Known("1990-03-07", "p1", prefilled=stood)
    made = office.assess("app_1", CALM | answers, trace=trace, known=known)
    with office.database.transaction("staff:s") as tx:
        return office.suitability.evidence(tx, str(made.id), "complaint")


@pytest.mark.parametrize(
    ("changes", "answers", "touched"),
    [
        ((), {}, set[str]()),
        # A yes to what stood there, and a change there and back.
        ((Change("income", "200k_500k", True, 900),), {}, {"income"}),
        (
            (Change("age", "51_60", True, 900), Change("age", "31_50", True, 990)),
            {},
            {"age"},
        ),
        # Where the device saw nothing, another answer tells.
        ((), {"income": ("50k_200k",)}, {"income"}),
        ((Change("goal", "grow", True, 900),), {}, set[str]()),
    ],
)
def test_the_evidence_tells_what_was_let_stand(
    office: Office,
    changes: tuple[Change, ...],
    answers: dict[str, tuple[str, ...]],
    touched: set[str],
) -> None:
    kept = opened(office, Trace(spent_ms=READ.spent_ms, seen=READ.seen, changes=changes), **answers)
    assert {one.question for one in kept.prefilled} == {"age", "income", "income_source"}
    assert {one.question for one in kept.prefilled if one.touched} == touched
    assert {one.source for one in kept.prefilled if one.question == "age"} == {"card"}


def test_a_device_cant_say_what_stood(office: Office) -> None:
    with office.database.transaction("client:app_2") as tx:
        office.suitability.assess(
            tx, "app_2", CALM, office.shown(), "k", trace=READ, known=Known("1990-03-07", "p2")
        )
        newest = office.suitability.newest(tx, "app_2")
        assert newest
        assert office.suitability.evidence(tx, str(newest.id), "complaint").prefilled == ()
