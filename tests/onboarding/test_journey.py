"""From a phone's number to an account that trades in every market."""

from __future__ import annotations

from tests.onboarding.office import CASH, Scene
from yunquan.clients import load_accounts, load_client
from yunquan.clients.types import ClientId
from yunquan.onboarding.types import State, Step


def test_an_application_becomes_an_account_that_trades(scene: Scene) -> None:
    app = scene.apply(0)
    one = scene.load(app)
    assert one.state is State.REVIEW, one
    assert one.done == tuple(Step)
    assert scene.approve(app).state is State.OPENING
    assert scene.open(app) == "wait"
    opened = scene.load(app)
    assert opened.state is State.OPENED
    assert opened.account in scene.counter.opened
    scene.close_day()
    assert scene.open(app) == "done"
    active = scene.load(app)
    assert active.state is State.ACTIVE
    assert {account for account, _ in scene.counter.designated} == {opened.account}
    with scene.database.read() as tx:
        client = load_client(tx, ClientId(active.client))
        tree = load_accounts(tx, client.id)
    assert client.name == scene.person(0).name
    assert client.login_name.startswith("yq")
    assert {held.market for held in tree.cash[0].securities} == {"SH", "SZ"}
    assert CASH not in str(tree)
