"""Odd answers: kept as they came, looked into, settled by two members of staff."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tests.depository.conftest import APP, Scene
from tests.depository.test_service import emitted
from yunquan import approvals
from yunquan.approvals.types import Proposal
from yunquan.clients import open_accounts, register_client
from yunquan.clients.types import CashKind, NewAccounts, NewClient, SecuritiesKind
from yunquan.depository import Settling, events, rules
from yunquan.depository.types import (
    DepositoryAccount,
    LineAnswer,
    LineResult,
    OpeningState,
    RequestKind,
    RequestState,
    Settlement,
    Wanted,
)
from yunquan.kernel.errors import Conflict, Invalid, NotFound

ANN, BEN = "staff:ann", "staff:ben"
WHY = "登记公司回函与系统不符"
SH = DepositoryAccount("SH", SecuritiesKind.ORDINARY, "A000000001")
SZ = DepositoryAccount("SZ", SecuritiesKind.ORDINARY, "0100000001")
FUND = DepositoryAccount("SH", SecuritiesKind.FUND, "F000000001")
YMT = "180000000001"
BOTH = Settlement("o1", True, YMT, (SH, SZ), "回函 2026-118")
NOTHING = Settlement("o1", False, "", (), "回函 2026-119")
CAME = LineAnswer(LineResult.DONE, "", "", YMT, (SH,))
ODD = OpeningState(
    "o1", APP, RequestKind.OPEN, (Wanted("SH"), Wanted("SZ")), RequestState.IN_DOUBT,
    rules.ODD, "", "", (), 3, "", 0, (), CAME,
)  # fmt: skip
USED = replace(ODD, wanted=(Wanted("SH", number="A000000001"), Wanted("SZ")))
UPDATE = replace(ODD, kind=RequestKind.UPDATE, wanted=())
UNFIT, NOT_ODD, EVIDENCE = "settled_unfit", "not_odd", "evidence"


@pytest.mark.parametrize(
    ("state", "told", "wanted"),
    [
        (ODD, BOTH, ""),
        (ODD, NOTHING, ""),
        # One of two was opened: that, and no more.
        (ODD, replace(BOTH, accounts=(SZ,)), ""),
        (ODD, replace(BOTH, accounts=()), UNFIT),
        (ODD, replace(BOTH, accounts=(SH, SH)), UNFIT),
        (ODD, replace(BOTH, accounts=(SH, SZ, FUND)), UNFIT),
        (ODD, replace(BOTH, accounts=(replace(SH, number="0100000001"),)), UNFIT),
        (ODD, replace(BOTH, ymt="18"), UNFIT),
        (ODD, replace(NOTHING, ymt=YMT), UNFIT),
        (ODD, replace(NOTHING, accounts=(SH,)), UNFIT),
        (USED, BOTH, ""),
        (USED, replace(BOTH, accounts=(replace(SH, number="A000000002"), SZ)), UNFIT),
        (UPDATE, replace(BOTH, accounts=()), ""),
        (UPDATE, BOTH, UNFIT),
        (ODD, replace(BOTH, evidence="abc"), EVIDENCE),
        (ODD, replace(NOTHING, evidence="x" * 201), EVIDENCE),
        (replace(ODD, state=RequestState.DONE), BOTH, NOT_ODD),
        (replace(ODD, code=""), BOTH, NOT_ODD),
        (replace(ODD, odd=None), BOTH, NOT_ODD),
    ],
)
def test_what_may_be_settled(state: OpeningState, told: Settlement, wanted: str) -> None:
    found = rules.check_settlement(state, told)
    assert (found.code if found else "") == (f"depository.{wanted}" if wanted else "")
    if found is None:
        now = rules.after_settlement(state, told)
        assert now.is_final
        assert (now.state is RequestState.DONE, now.accounts) == (told.done, told.accounts)
        assert now.odd == CAME, "what had come stays beside it"


def odd_one(scene: Scene) -> Settling:
    scene.ask()
    scene.offices.faults = ["odd"]
    scene.room.advance("o1")
    return Settling(scene.database, scene.room)


def agreed(scene: Scene, settling: Settling, proposal: Proposal, by: str = BEN) -> Any:
    with scene.database.transaction(by) as tx:
        yes = approvals.agree(tx, str(proposal.id))
    return asyncio.run(settling.carry_out(by, yes))


def test_an_odd_answer_is_kept_as_it_came_and_listed(scene: Scene) -> None:
    odd_one(scene)
    scene.ask(1, "o2", "app_02")
    with scene.database.read() as tx:
        (found,) = scene.room.odd_requests(tx)
        assert scene.room.count_odd(tx) == 1
    assert found.odd is not None
    assert [one.market for one in found.odd.accounts] == ["SH"]
    assert len(found.odd.ymt) == 12
    # A better answer takes it off the list; nobody need settle anything.
    assert scene.room.advance("o1").state is RequestState.DONE
    with scene.database.read() as tx:
        assert scene.room.odd_requests(tx) == []
        assert scene.room.count_odd(tx) == 0


def test_trouble_afterwards_leaves_it_on_the_list(scene: Scene) -> None:
    odd_one(scene)
    scene.offices.faults = ["down", "lost"]
    for _ in range(2):
        still = scene.room.advance("o1")
        assert rules.is_odd(still)
        assert still.trouble


def test_staff_ask_what_there_is_and_that_is_recorded(scene: Scene) -> None:
    odd_one(scene)
    found = scene.room.look_up(ANN, "o1")
    assert {one.market for one in found.accounts} == {"SH", "SZ"}
    assert emitted(scene)[-1] == events.DepositoryLookedUp(APP, "o1", ANN)
    with pytest.raises(NotFound):
        scene.room.look_up(ANN, "o9")


def test_two_people_settle_it_and_it_is_final(scene: Scene) -> None:
    settling = odd_one(scene)
    proposal = settling.propose(ANN, "k1", BOTH, WHY)
    assert settling.propose(ANN, "k1", BOTH, WHY) == proposal
    with scene.database.transaction(ANN) as tx, pytest.raises(Conflict, match=r"proposal\.own"):
        approvals.agree(tx, str(proposal.id))
    with pytest.raises(Conflict, match=r"proposal\.open"):
        asyncio.run(settling.carry_out(BEN, proposal))
    assert scene.load().state is RequestState.IN_DOUBT
    done = agreed(scene, settling, proposal)
    assert done.outcome == {"depository": ""}
    state = scene.room.advance("o1")
    assert (state.state, state.code, state.ymt, state.accounts) == (
        RequestState.DONE,
        "",
        YMT,
        (SH, SZ),
    )
    told = events.DepositorySettled(
        APP, "o1", "open", "done", BOTH.evidence, str(proposal.id), ANN, BEN
    )
    assert told in emitted(scene)
    # Again changes nothing, and nobody is asked any more.
    asked = len(scene.offices.asked)
    assert asyncio.run(settling.carry_out(BEN, done)) == done
    scene.room.advance("o1")
    assert len(scene.offices.asked) == asked


def test_nothing_was_done_is_a_refusal_and_another_wish_may_follow(scene: Scene) -> None:
    settling = odd_one(scene)
    agreed(scene, settling, settling.propose(ANN, "k1", NOTHING, WHY))
    assert (scene.load().state, scene.load().code) == (RequestState.REFUSED, rules.NOT_DONE)
    assert scene.ask(serial="o2").state is RequestState.ASKED


def test_what_was_decided_meanwhile_is_not_settled(scene: Scene) -> None:
    settling = odd_one(scene)
    proposal = settling.propose(ANN, "k1", NOTHING, WHY)
    done = scene.room.advance("o1")
    assert done.state is RequestState.DONE
    with pytest.raises(Conflict, match=r"depository\.not_odd"):
        agreed(scene, settling, proposal)
    assert scene.load() == done
    with pytest.raises(Conflict, match=r"depository\.not_odd"):
        settling.propose(ANN, "k2", BOTH, WHY)


@pytest.mark.parametrize(
    ("told", "reason", "code"),
    [
        (replace(BOTH, ymt=""), WHY, r"depository\.settled_unfit"),
        (replace(BOTH, evidence=""), WHY, r"depository\.evidence"),
        (BOTH, " x ", r"proposal\.basis"),
    ],
)
def test_no_proposal_without_what_it_rests_on(
    scene: Scene, told: Settlement, reason: str, code: str
) -> None:
    settling = odd_one(scene)
    with pytest.raises(Invalid, match=code):
        settling.propose(ANN, "k1", told, reason)
    with scene.database.read() as tx:
        assert settling.proposals(tx) == []


def test_another_clients_account_is_not_settled_on(scene: Scene) -> None:
    settling = odd_one(scene)
    with scene.database.transaction() as tx:
        new = NewClient("10000001", "某人", "13800000000", "990101199003070138", "2040-01-01")
        client = register_client(tx, new, "hash", scene.room._sealing)
        mine = NewAccounts(CashKind.ORDINARY, rules.securities_of((SH,), "390001"))
        open_accounts(tx, client.id, mine)
    with pytest.raises(Conflict, match=r"depository\.number_taken"):
        settling.propose(ANN, "k1", BOTH, WHY)


def test_a_proposal_says_what_it_does(scene: Scene) -> None:
    settling = odd_one(scene)
    said = [
        settling.sentence(settling.propose(ANN, key, told, WHY), "en", lambda code, **f: (code, f))
        for key, told in (("k1", BOTH), ("k2", NOTHING))
    ]
    (done, facts), (not_done, _) = said
    assert (done, not_done) == ("depository.will_done", "depository.will_not_done")
    assert facts["accounts"] == "SH:A:A000000001,SZ:A:0100000001"
