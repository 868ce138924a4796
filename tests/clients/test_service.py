"""Registration, accounts, looks, preferences and the demonstration, on a real database."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from yunquan import clients
from yunquan.clients import Sealing, events, store
from yunquan.clients.types import (
    CashKind,
    Client,
    ClientId,
    NewAccounts,
    NewClient,
    Permission,
    Preferences,
    SecuritiesAccount,
    SecuritiesKind,
)
from yunquan.kernel import residents
from yunquan.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from yunquan.kernel.events import EventCodec
from yunquan.kernel.log import each_record
from yunquan.kernel.transaction import Database
from yunquan.security import list_looks
from yunquan.security.events import EVENTS as SECURITY_EVENTS

SEVENTEEN = "99000019900307001"
NEW = NewClient(
    login_name="linxz",
    name="林晓舟",
    mobile="10000000001",
    id_number=SEVENTEEN + residents.check_digit(SEVENTEEN),
    id_valid_until="2041-03-07",
    permissions=frozenset({Permission.STAR}),
)
OTHER = replace(
    NEW,
    login_name="other",
    name="顾念安",
    id_number="99000019900307002" + residents.check_digit("99000019900307002"),
)


def register(database: Database, sealing: Sealing, new: NewClient = NEW) -> Client:
    with database.transaction(actor="staff:stf_1") as tx:
        return clients.register_client(tx, new, "hash", sealing)


def emitted(database: Database) -> list[object]:
    codec = EventCodec((*events.EVENTS, *SECURITY_EVENTS))
    with database.read() as tx:
        return [e for r in each_record(tx.connection, "rooms") for e in codec.decode(r.body)]


class TestRegistration:
    def test_stores_masked_and_sealed(self, database: Database, sealing: Sealing) -> None:
        client = register(database, sealing)
        assert (client.mobile_masked, client.name_masked) == ("100****0001", "林*舟")
        assert client.id_masked.startswith("990***")
        with database.read() as tx:
            assert clients.load_client(tx, client.id) == client
            row = str(tx.execute(sa.select(store.clients)).one())
            log = b"".join(record.body for record in each_record(tx.connection, "rooms"))
        for hidden in (NEW.mobile, NEW.id_number):
            assert hidden not in row
            assert hidden.encode() not in log
            assert hidden not in repr(NEW)
        assert NEW.name.encode() not in log

    def test_tells_who_registered(self, database: Database, sealing: Sealing) -> None:
        client = register(database, sealing)
        (event,) = [e for e in emitted(database) if isinstance(e, events.ClientRegistered)]
        assert (event.client, event.permissions, event.by) == (client.id, ["star"], "staff:stf_1")

    def test_one_document_one_client(self, database: Database, sealing: Sealing) -> None:
        register(database, sealing)
        with pytest.raises(Conflict, match=r"client\.already_registered"):
            register(database, sealing, replace(NEW, login_name="again"))
        with pytest.raises(Conflict, match=r"login\.name_taken"):
            register(database, sealing, replace(OTHER, login_name="LinXZ"))
        with pytest.raises(Invalid, match=r"client\.mobile_malformed"):
            register(database, sealing, replace(OTHER, mobile="1"))
        with database.read() as tx:
            assert len(clients.list_clients(tx)) == 1

    def test_unknown(self, database: Database) -> None:
        with database.read() as tx, pytest.raises(NotFound, match=r"client\.unknown"):
            clients.load_client(tx, ClientId("cli_x"))


class TestAccounts:
    def open(self, database: Database, client: Client, kind: CashKind) -> object:
        with database.transaction() as tx:
            securities = clients.issue_simulated_securities(tx, kind)
            return clients.open_accounts(tx, client.id, NewAccounts(kind, securities))

    def test_the_tree_and_what_the_counter_needs(
        self, database: Database, sealing: Sealing
    ) -> None:
        client = register(database, sealing)
        credit = self.open(database, client, CashKind.CREDIT)
        opening = self.open(database, client, CashKind.ORDINARY)
        assert opening.client == client.id
        assert opening.permissions == ("star",)
        assert opening.id_valid_until == "2041-03-07"
        assert [(s.market, s.number, s.designated) for s in opening.securities] == [
            ("SH", "A900000002", True),
            ("SZ", "0900000002", False),
        ]
        with database.read() as tx:
            tree = clients.load_accounts(tx, client.id)
            assert [cash.kind for cash in tree.cash] == [CashKind.ORDINARY, CashKind.CREDIT]
            assert tree.cash[0].securities == opening.securities
            assert clients.account_numbers(tx, client.id) == (opening.account, credit.account)
            assert clients.owner_of(tx, opening.account) == client.id
            assert clients.owner_of(tx, "880099999999") is None
            assert clients.account_numbers(tx, ClientId("cli_x")) == ()
        last = emitted(database)[-1]
        assert isinstance(last, events.AccountsOpened)
        assert last.securities[0] == ("SH", "A900000002", "ordinary", True, "")

    def test_a_kind_once_and_a_number_once(self, database: Database, sealing: Sealing) -> None:
        client = register(database, sealing)
        opening = self.open(database, client, CashKind.ORDINARY)
        with pytest.raises(Invalid, match=r"client\.account_exists"):
            self.open(database, client, CashKind.ORDINARY)
        other = register(database, sealing, OTHER)
        with database.transaction() as tx, pytest.raises(Conflict, match="securities_taken"):
            clients.open_accounts(
                tx, other.id, NewAccounts(CashKind.ORDINARY, opening.securities[:1])
            )

    def test_an_account_that_comes_with_the_client(
        self, database: Database, sealing: Sealing
    ) -> None:
        client = register(database, sealing)
        brought = SecuritiesAccount("A123456789", "SH", SecuritiesKind.ORDINARY)
        with database.transaction() as tx:
            clients.open_accounts(tx, client.id, NewAccounts(CashKind.ORDINARY, (brought,)))
        with database.read() as tx:
            assert clients.load_accounts(tx, client.id).cash[0].securities == (brought,)


class TestListAndReveal:
    def test_search(self, database: Database, sealing: Sealing) -> None:
        first, second = register(database, sealing), register(database, sealing, OTHER)
        with database.transaction() as tx:
            securities = clients.issue_simulated_securities(tx, CashKind.ORDINARY)
            new = NewAccounts(CashKind.ORDINARY, securities)
            opening = clients.open_accounts(tx, second.id, new)
        by_id = sorted([first.id, second.id])
        with database.read() as tx:

            def found(text: str = "", **page: object) -> list[str]:
                return [line.id for line in clients.list_clients(tx, text, **page)]

            assert found() == by_id
            assert found(limit=1) == by_id[:1]
            assert found(after=by_id[0]) == by_id[1:]
            assert found("林晓") == found(first.name) == [first.id]
            # Only beginnings are looked up: a part in the middle would read every row.
            assert found("晓舟") == []
            assert found("林晓", after=first.id) == []
            assert found("LINX") == [first.id]
            assert found("%") == []
            assert found(first.id) == [first.id]
            assert found(opening.account) == found(securities[0].number) == [second.id]
            line = clients.list_clients(tx, "other")[0]
        assert line.accounts == (opening.account,)
        assert OTHER.name not in repr(line)

    def test_a_reveal_leaves_who_and_why(self, database: Database, sealing: Sealing) -> None:
        client = register(database, sealing)
        with database.transaction(actor="staff:stf_9") as tx:
            identity = clients.reveal(tx, client.id, "客户来电核对身份", sealing)
        assert (identity.id_number, identity.mobile) == (NEW.id_number, NEW.mobile)
        assert NEW.mobile not in repr(identity)
        with database.read() as tx:
            (look,) = list_looks(tx, client.id)
        assert (look.actor, look.what) == ("staff:stf_9", "identity")

    def test_no_reveal_without_a_reason(self, database: Database, sealing: Sealing) -> None:
        client = register(database, sealing)
        with pytest.raises(Invalid, match="reason_needed"), database.transaction() as tx:
            clients.reveal(tx, client.id, "", sealing)

    def test_a_sealed_number_moved_to_another_client_does_not_open(
        self, database: Database, sealing: Sealing
    ) -> None:
        first, second = register(database, sealing), register(database, sealing, OTHER)
        with database.transaction() as tx:
            stolen = store.load_sealed(tx, first.id).id_number
            mine = store.clients.c.id == second.id
            tx.execute(store.clients.update().where(mine).values(id_sealed=stolen))
        with (
            pytest.raises(Exception, match=r"vault\.unreadable"),
            database.transaction() as tx,
        ):
            clients.reveal(tx, second.id, "试图查看", sealing)


def test_designation_is_confirmed_once(database: Database, sealing: Sealing) -> None:
    client = register(database, sealing)
    pair = (
        SecuritiesAccount("A100000001", "SH", SecuritiesKind.ORDINARY),
        SecuritiesAccount("0100000001", "SZ", SecuritiesKind.ORDINARY, custody_unit="390001"),
    )
    with database.transaction() as tx:
        opening = clients.open_accounts(tx, client.id, NewAccounts(CashKind.ORDINARY, pair))
    for _ in range(2):
        with database.transaction() as tx:
            assert clients.confirm_designation(tx, "A100000001") == opening.account
    for stranger in ("0100000001", "A100000002"):
        with database.transaction() as tx, pytest.raises(NotFound, match="securities_unknown"):
            clients.confirm_designation(tx, stranger)
    with database.read() as tx:
        (cash,) = clients.load_accounts(tx, client.id).cash
    assert [(one.market, one.designated) for one in cash.securities] == [
        ("SH", True),
        ("SZ", False),
    ]
    found = [e for e in emitted(database) if isinstance(e, events.DesignationConfirmed)]
    assert found == [events.DesignationConfirmed(str(client.id), opening.account, "A100000001")]


def test_preferences(database: Database) -> None:
    with database.transaction() as tx:
        assert clients.load_preferences(tx, "cli_1") == Preferences()
        clients.save_preferences(tx, "cli_1", Preferences("en", "dark", "green-up"))
        clients.watch(tx, "cli_1", "600519.SH")
        clients.watch(tx, "cli_1", "000001.SZ")
        clients.watch(tx, "cli_1", "600519.SH")
        with pytest.raises(Invalid, match="symbol_malformed"):
            clients.watch(tx, "cli_1", "x")
    with database.transaction() as tx:
        chosen = clients.load_preferences(tx, "cli_1")
        assert chosen == Preferences("en", "dark", "green-up", ("600519.SH", "000001.SZ"))
        assert clients.unwatch(tx, "cli_1", "600519.SH").watchlist == ("000001.SZ",)
        assert clients.load_preferences(tx, "stf_1") == Preferences()


class TestDemo:
    def seed(self, database: Database, sealing: Sealing) -> object:
        with database.transaction() as tx:
            return clients.seed_demo(tx, lambda password: f"hash of {password}", sealing, demo=True)

    def test_is_the_same_the_second_time(self, database: Database, sealing: Sealing) -> None:
        first = self.seed(database, sealing)
        assert self.seed(database, sealing) == first
        assert len(first.logins) == 6
        assert len({client.opening.account for client in first.clients}) == 3
        with database.read() as tx:
            assert len(clients.list_clients(tx)) == 3

    def test_staff_get_their_second_factor(self, database: Database, sealing: Sealing) -> None:
        staff = [login for login in self.seed(database, sealing).logins if login.kind == "staff"]
        assert len(staff) == 3
        assert all(login.otpauth.startswith("otpauth://totp/Yunquan:") for login in staff)

    def test_only_in_a_demonstration(self, database: Database, sealing: Sealing) -> None:
        with database.transaction() as tx, pytest.raises(Forbidden, match=r"demo\.off"):
            clients.seed_demo(tx, str, sealing, demo=False)
