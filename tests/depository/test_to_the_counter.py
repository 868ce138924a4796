"""From the depository's numbers to the first order in Shanghai."""

from __future__ import annotations

from tests.counter.desk import BUY, MAIN, SZ_MAIN, Desk
from tests.depository.conftest import APP, D1, D2, Scene
from yunquan import clients
from yunquan.clients import Sealing
from yunquan.clients.types import CashKind, NewAccounts, NewClient, Opening
from yunquan.counter import types as c
from yunquan.depository import rules
from yunquan.depository.types import OpeningState
from yunquan.security import Sm4Vault
from yunquan_world.population import Population


def account_for(scene: Scene, opened: OpeningState) -> Opening:
    """What onboarding does with the numbers."""
    person = Population(7).person(0)
    sealing = Sealing(Sm4Vault(b"k" * 16), b"d" * 32)
    new = NewClient("newcomer1", person.name, person.mobile, person.number, person.valid_until)
    securities = rules.securities_of(opened.accounts, scene.room.custody_unit)
    with scene.database.transaction() as tx:
        client = clients.register_client(tx, new, "hash", sealing)
        scene.room.hand_over(tx, APP, str(client.id))
        return clients.open_accounts(tx, client.id, NewAccounts(CashKind.ORDINARY, securities))


def test_shanghai_trades_once_the_close_has_confirmed_it(scene: Scene) -> None:
    scene.ask()
    opening = account_for(scene, scene.room.advance("o1"))
    desk = Desk()
    desk.begin()
    securities = tuple(
        c.SecuritiesAccount(one.market, one.number, one.designated, one.custody_unit)
        for one in opening.securities
    )
    desk.open_account(opening.account, securities=securities)
    desk.deposit(100_000_000, opening.account)
    assert desk.place(BUY, 10_000, 100, SZ_MAIN, opening.account).accepted
    early = desk.place(BUY, 10_000, 100, MAIN, opening.account)
    assert early.code == "order.not_designated"

    number = next(one.number for one in opening.securities if one.market == "SH")
    scene.designate(number)
    assert not scene.room.advance("d1").is_final
    scene.clock(D1, "15:00", D2)
    assert scene.room.advance("d1").is_final
    with scene.database.transaction() as tx:
        account = clients.confirm_designation(tx, number)
    assert account == opening.account
    assert desk.one(c.Designate(f"depository:{number}", account, number)).accepted
    assert desk.place(BUY, 10_000, 100, MAIN, account).accepted
