"""A client shows who they are: by face, by password, to a person; never by another's."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from tests.cases.test_measures import BEN, agreed, code_of
from tests.cases.test_rules import CONTRACT
from tests.cases.test_service import ANN, Bench, bench, refused
from tests.partners.brokerage import Brokerage, Visitor
from tests.verification.eyes import (
    ANOTHER,
    JPEG,
    Eyes,
    enrol,
    proofs_of,
    source_of,
    verification_of,
)
from yunquan.cases import Proofs
from yunquan.cases.types import CaseState
from yunquan.verification import FaceOutcome
from yunquan.vision.types import ClipFrame

__all__ = ["bench"]
A_DAY_S = 86_400


@dataclass
class Gate:
    """A client before the gate, with whoever stands there."""

    bench: Bench
    proofs: Proofs
    eyes: Eyes
    client: str
    account: str

    @property
    def actor(self) -> str:
        return f"client:{self.client}"

    def fold(self, grade: int) -> str:
        """An alert of a takeover, and what the table does about it."""
        one = self.bench.fold("takeover", grade, account=self.account)
        assert one
        asyncio.run(self.bench.cases.carry_out_table())
        return one.id

    def film(self, nonce: str = "") -> FaceOutcome:
        nonce = nonce or self.proofs.draw(self.client).nonce
        frames = (ClipFrame(0, 0, JPEG),)
        asked = (self.actor, self.client, [self.account], frames, source_of(nonce))
        return asyncio.run(self.proofs.by_face(*asked))

    def steps(self, case: str) -> list[str]:
        self.bench.follow()
        return [step.what for step in self.bench.cases.open_file(case).steps]

    def standing(self, case: str) -> list[Any]:
        self.bench.follow()
        return [m.kind for m in self.bench.cases.open_file(case).measures if not m.undone_by]


@pytest.fixture
def gate(bench: Bench, brokerage: Brokerage, client: Visitor) -> Gate:
    """Of a client whose face opened the account."""
    name, eyes = brokerage.clients[client.name], Eyes()
    verification = verification_of(brokerage.desk, brokerage.sealing, brokerage.folder, eyes)
    enrol(verification, name)
    return Gate(bench, proofs_of(brokerage.desk, verification), eyes, name, client.account)


def test_the_face_that_opened_the_account_lifts_it(gate: Gate, client: Visitor) -> None:
    case = gate.fold(4)
    assert gate.standing(case) == ["confirm_face"]
    assert code_of(client) == "order.confirm_first"
    # Whoever took the account over knows its password: it lifts nothing here.
    asyncio.run(gate.proofs.by_password(gate.actor, "k", [gate.account]))
    assert code_of(client) == "order.confirm_first"
    gate.eyes.seen = ANOTHER
    other = gate.film()
    assert (other.check.outcome, other.told, other.left) == ("again", ("face.differs",), 4)
    assert code_of(client) == "order.confirm_first"
    gate.eyes.__init__()
    assert gate.film().check.outcome == "pass"
    assert code_of(client) == ""
    assert gate.steps(case)[-1] == "proved"
    assert gate.standing(case) == []
    assert [one.undone_by for one in gate.bench.cases.open_file(case).measures] == [gate.actor]
    told = gate.bench.told("cases.measure_undone@1")
    assert [(one.kind, one.by) for one in told] == [("confirm_face", gate.actor)]
    checks = gate.bench.told("verification.checked@1")
    assert [(one.kind, one.outcome) for one in checks] == [
        ("face", "pass"),
        ("proof", "again"),
        ("proof", "pass"),
    ]
    (done,) = [
        one for one in gate.bench.told("restrictions.account_act_done@1") if one.act == "release"
    ]
    assert (done.kind, done.text) == ("client", "客户通过人脸比对验证身份")


def test_a_film_counts_once_and_tries_end(gate: Gate, brokerage: Brokerage) -> None:
    case = gate.fold(2)
    assert gate.standing(case) == ["warn", "confirm"]
    gate.eyes.seen = ANOTHER
    nonce = gate.proofs.draw(gate.client).nonce
    assert gate.film(nonce).check.outcome == "again"
    with refused("verification.challenge_unknown"):
        gate.film(nonce)
    outcomes = [gate.film().check.outcome for _ in range(4)]
    # The last one of the day is for a person to look at.
    assert outcomes == ["again", "again", "again", "human"]
    with refused("verification.face_tries"):
        gate.proofs.draw(gate.client)
    file = gate.bench.cases.open_file(case)
    assert (file.case.state, file.case.grade) == (CaseState.OPEN, 3)
    assert file.case.take_by_ms
    assert [step.what for step in file.steps].count("asks_person") == 1
    asked = asyncio.run(gate.proofs.of(gate.client, [gate.account]))
    assert (asked.confirm, asked.face, asked.left, asked.called) == ((gate.account,), (), 0, True)
    brokerage.desk.clock.advance(A_DAY_S + 1)  # type: ignore[attr-defined]
    assert asyncio.run(gate.proofs.of(gate.client, [gate.account])).left == 5
    # What is enrolled is the opening's film, whoever stood there since.
    gate.eyes.__init__()
    assert gate.film().check.outcome == "pass"


def test_one_that_cannot_be_told_apart_goes_to_a_person(gate: Gate, client: Visitor) -> None:
    case = gate.fold(4)
    gate.eyes.apart = 0.45
    assert gate.film().check.outcome == "human"
    assert code_of(client) == "order.confirm_first"
    assert gate.steps(case)[-1] == "asks_person"


def test_without_a_face_it_is_a_person_and_two_of_them_lift_it(
    gate: Gate, brokerage: Brokerage, visitor: Any
) -> None:
    other = visitor("zhoums")
    gate.client, gate.account = brokerage.clients["zhoums"], other.account
    with refused("cases.no_face"):
        gate.proofs.draw(gate.client)
    with refused("cases.nobody_asks"):
        asyncio.run(gate.proofs.call_me(gate.actor, [gate.account]))
    case = gate.fold(4)
    gate.bench.cases.take(ANN, case)
    gate.bench.cases.close(ANN, case, "confirmed", "Called twice.")
    at_ms = gate.bench.cases.open_file(case).case.closed_at_ms
    brokerage.desk.clock.advance(60)  # type: ignore[attr-defined]
    for _ in range(2):
        asyncio.run(gate.proofs.call_me(gate.actor, [gate.account]))
    file = gate.bench.cases.open_file(case)
    assert [step.what for step in file.steps][-2:] == ["closed", "asks_person"]
    # It is open again, with nobody on it and a clock; at the moment between it was over.
    assert (file.case.state, file.case.taken_by, file.case.outcome) == (CaseState.OPEN, "", "")
    assert gate.bench.cases.board_at(at_ms + 1_000) == []
    (again,) = gate.bench.cases.board_at(at_ms + 61_000)
    assert (again.id, again.state, again.take_by_ms) == (case, "open", file.case.take_by_ms)
    (measure,) = file.measures
    _, lifting = asyncio.run(gate.bench.cases.undo(BEN, "u1", measure.id, CONTRACT))
    assert lifting.state == "open"
    assert asyncio.run(gate.proofs.of(gate.client, [gate.account])).face == (gate.account,)
    # Asked for, it stands till another agrees.
    assert gate.standing(case) == ["confirm_face"]
    agreed(brokerage, lifting, ANN)
    assert gate.standing(case) == []
    assert gate.steps(case)[-2:] == ["asked_undo", "undone.confirm_face"]
    assert asyncio.run(gate.proofs.of(gate.client, [gate.account])).waits == ()


def test_a_case_that_grows_worse_asks_for_the_face(gate: Gate) -> None:
    case = gate.fold(2)
    assert gate.fold(4) == case
    assert gate.standing(case) == ["warn", "confirm", "confirm_face"]
    assert gate.film().check.outcome == "pass"
    assert gate.standing(case) == ["warn"]
