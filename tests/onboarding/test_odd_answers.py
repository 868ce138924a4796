"""An odd answer of the depository, settled by two people: the opening goes on by itself."""

from __future__ import annotations

import asyncio

import pytest

from tests.onboarding.office import STAFF, Scene
from yunquan import approvals
from yunquan.depository import Settling
from yunquan.depository.types import Settlement
from yunquan.onboarding.types import State


@pytest.mark.parametrize("done", [True, False])
def test_what_two_people_settle_goes_on(scene: Scene, done: bool) -> None:
    app = scene.apply(0)
    scene.approve(app)
    scene.world.twist = lambda answer: {**answer, "accounts": answer["accounts"][:1]}
    assert scene.open(app) == "wait"
    depository, (one, two, _) = scene.parts.depository, STAFF
    with scene.database.read() as tx:
        (odd,) = depository.odd_requests(tx)
    scene.world.twist = None
    found = depository.look_up(one, odd.serial)
    told = Settlement(odd.serial, done, "", (), "回函 118")
    if done:
        told = Settlement(odd.serial, True, found.ymt, found.accounts, "回函 118")
    scene.world.twist = lambda answer: {**answer, "accounts": answer["accounts"][:1]}
    assert scene.open(app) == "wait", "it is asked again and again, and the answer is the same"
    settling = Settling(scene.database, depository)
    proposal = settling.propose(one, "k", told, "两处不符，已去函核实")
    with scene.database.transaction(two) as tx:
        yes = approvals.agree(tx, str(proposal.id))
    asyncio.run(settling.carry_out(two, yes))
    scene.world.twist = None
    came = scene.openings.ask_depository(app)
    if not done:
        assert came == "depository.settled_not_done"
        scene.openings.send_back(app, came)
        assert (scene.load(app).state, scene.load(app).code) == (State.REVIEW, came)
        return
    assert came == "done"
    assert scene.open(app) == "wait", "designated at the day's close"
    one_opened = scene.load(app)
    assert one_opened.state is State.OPENED
    securities = scene.counter.opened[one_opened.account].securities
    assert {each.number for each in securities} == {each.number for each in found.accounts}
