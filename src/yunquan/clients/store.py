"""Tables of clients, accounts and preferences. Times are milliseconds since 1970 UTC."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from yunquan.clients import rules
from yunquan.clients.types import (
    AccountTree,
    CashAccount,
    CashKind,
    Client,
    ClientId,
    ClientLine,
    ClientStatus,
    NamedWatchlist,
    Permission,
    Preferences,
    SecuritiesAccount,
    SecuritiesKind,
)
from yunquan.kernel.transaction import ReadTx, Tx, metadata

clients = sa.Table(
    "clients_client",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("principal_id", sa.String(40), nullable=False, unique=True),
    sa.Column("login_name", sa.String(32), nullable=False, unique=True),
    sa.Column("name", sa.String(60), nullable=False),
    sa.Column("name_masked", sa.String(60), nullable=False),
    sa.Column("mobile_sealed", sa.LargeBinary, nullable=False),
    sa.Column("mobile_masked", sa.String(20), nullable=False),
    sa.Column("id_sealed", sa.LargeBinary, nullable=False),
    sa.Column("id_masked", sa.String(20), nullable=False),
    sa.Column("id_digest", sa.String(64), nullable=False, unique=True),
    sa.Column("id_valid_until", sa.String(10), nullable=False),
    sa.Column("permissions", sa.String(120), nullable=False),
    sa.Column("status", sa.String(10), nullable=False),
    sa.Column("registered_at_ms", sa.BigInteger, nullable=False),
    # Beginnings of names and logins are searched; PostgreSQL needs to be told so.
    sa.Index("clients_client_by_name", "name", "id", postgresql_ops={"name": "text_pattern_ops"}),
    sa.Index(
        "clients_client_by_login", "login_name", postgresql_ops={"login_name": "text_pattern_ops"}
    ),
)
cash_accounts = sa.Table(
    "clients_cash_account",
    metadata,
    sa.Column("number", sa.String(20), primary_key=True),
    sa.Column("client_id", sa.String(40), nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("opened_at_ms", sa.BigInteger, nullable=False),
    sa.Column("branch", sa.Integer, nullable=False, server_default="0"),
    sa.UniqueConstraint(
        "client_id", "kind", "currency", "branch", name="clients_cash_account_kind"
    ),
)
securities_accounts = sa.Table(
    "clients_securities_account",
    metadata,
    sa.Column("number", sa.String(20), primary_key=True),
    sa.Column("cash_account", sa.String(20), nullable=False, index=True),
    sa.Column("market", sa.String(4), nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("designated", sa.Boolean, nullable=False),
    sa.Column("custody_unit", sa.String(10), nullable=False),
)
numbers = sa.Table(
    "clients_number",
    metadata,
    sa.Column("series", sa.String(20), primary_key=True),
    sa.Column("last", sa.BigInteger, nullable=False),
)
preferences = sa.Table(
    "clients_preference",
    metadata,
    # Whose: a client's id, or a member of staff's.
    sa.Column("owner", sa.String(40), primary_key=True),
    sa.Column("locale", sa.String(5), nullable=False),
    sa.Column("theme", sa.String(10), nullable=False),
    sa.Column("colours", sa.String(10), nullable=False),
    sa.Column("watchlist", sa.Text, nullable=False),
    sa.Column("elder", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("confirms", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("default_qty", sa.BigInteger, nullable=False, server_default="0"),
)
watchlists = sa.Table(
    "clients_watchlist",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("owner", sa.String(40), nullable=False),
    sa.Column("name", sa.String(20), nullable=False),
    sa.Column("symbols", sa.Text, nullable=False),
    sa.UniqueConstraint("owner", "name", name="clients_watchlist_name"),
)


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is stored of an identity besides the masked forms."""

    mobile: bytes
    id_number: bytes
    id_digest: str


def insert_client(tx: Tx, client: Client, sealed: Sealed) -> None:
    tx.execute(
        clients.insert().values(
            id=client.id,
            principal_id=client.principal,
            login_name=client.login_name,
            name=client.name,
            name_masked=client.name_masked,
            mobile_sealed=sealed.mobile,
            mobile_masked=client.mobile_masked,
            id_sealed=sealed.id_number,
            id_masked=client.id_masked,
            id_digest=sealed.id_digest,
            id_valid_until=client.id_valid_until,
            permissions=",".join(sorted(client.permissions)),
            status=client.status.value,
            registered_at_ms=client.registered_at_ms,
        )
    )


def has_identity(tx: ReadTx, id_digest: str) -> bool:
    query = sa.select(clients.c.id).where(clients.c.id_digest == id_digest)
    return tx.execute(query).first() is not None


def _client(row: Any) -> Client:
    return Client(
        id=ClientId(row.id),
        principal=row.principal_id,
        login_name=row.login_name,
        name=row.name,
        name_masked=row.name_masked,
        mobile_masked=row.mobile_masked,
        id_masked=row.id_masked,
        id_valid_until=row.id_valid_until,
        permissions=frozenset(Permission(text) for text in row.permissions.split(",") if text),
        status=ClientStatus(row.status),
        registered_at_ms=row.registered_at_ms,
    )


def find_client(tx: ReadTx, client: ClientId) -> Client | None:
    row = tx.execute(sa.select(clients).where(clients.c.id == client)).one_or_none()
    return _client(row) if row else None


def save_permissions(tx: Tx, client: ClientId, held: Iterable[Permission]) -> None:
    values = {"permissions": ",".join(sorted(held))}
    tx.execute(clients.update().where(clients.c.id == client).values(values))


def find_by_login(tx: ReadTx, login_name: str) -> Client | None:
    row = tx.execute(sa.select(clients).where(clients.c.login_name == login_name)).one_or_none()
    return _client(row) if row else None


def load_sealed(tx: ReadTx, client: ClientId) -> Sealed:
    row = tx.execute(sa.select(clients).where(clients.c.id == client)).one()
    return Sealed(bytes(row.mobile_sealed), bytes(row.id_sealed), row.id_digest)


def search_clients(tx: ReadTx, text: str, after: str, limit: int) -> list[ClientLine]:
    """Clients by id: all, or those whose name or login begins with, or whose id or accounts are,
    text. Every way goes by an index: a firm has millions of clients.
    """
    query = sa.select(clients).order_by(clients.c.id).limit(limit)
    if text:
        mine, account = sa.select(clients.c.id), sa.select(cash_accounts.c.client_id)
        by_securities = account.join(
            securities_accounts, securities_accounts.c.cash_account == cash_accounts.c.number
        )
        found_by = (
            mine.where(*_begins(tx, clients.c.name, text), clients.c.id > after),
            mine.where(*_begins(tx, clients.c.login_name, text.lower()), clients.c.id > after),
            mine.where(clients.c.id == text, clients.c.id > after),
            account.where(cash_accounts.c.number == text, cash_accounts.c.client_id > after),
            by_securities.where(
                securities_accounts.c.number == text, cash_accounts.c.client_id > after
            ),
        )
        query = query.where(clients.c.id.in_(sa.union(*found_by)))
    else:
        query = query.where(clients.c.id > after)
    found = [_client(row) for row in tx.execute(query)]
    accounts = _cash_of(tx, [client.id for client in found])
    return [_line(client, accounts.get(client.id, ())) for client in found]


def _begins(tx: ReadTx, column: sa.Column[str], text: str) -> list[sa.ColumnElement[bool]]:
    """That a column begins with a text, said so that the database's index answers."""
    begins: list[sa.ColumnElement[bool]] = [column.startswith(text, autoescape=True)]
    if tx.connection.dialect.name == "sqlite":
        # Its LIKE knows no case, its indexes do: only a range is looked up.
        begins += [column >= text, column < text + "\U0010ffff"]
    return begins


def _line(client: Client, accounts: Iterable[str]) -> ClientLine:
    return ClientLine(
        id=client.id,
        login_name=client.login_name,
        name_masked=client.name_masked,
        mobile_masked=client.mobile_masked,
        id_masked=client.id_masked,
        id_valid_until=client.id_valid_until,
        status=client.status,
        accounts=tuple(accounts),
    )


# Ordinary before credit, option and auxiliary, whatever their names sort like.
_kind_order = sa.case(
    {kind.value: place for place, kind in enumerate(CashKind)}, value=cash_accounts.c.kind
)
_in_order = (_kind_order, cash_accounts.c.currency, cash_accounts.c.branch)


def _cash_of(tx: ReadTx, owners: list[ClientId]) -> dict[str, list[str]]:
    query = sa.select(cash_accounts).where(cash_accounts.c.client_id.in_(owners))
    found: dict[str, list[str]] = {}
    for row in tx.execute(query.order_by(*_in_order)):
        found.setdefault(row.client_id, []).append(row.number)
    return found


def next_number(tx: Tx, series: str) -> int:
    """The next number of a series, from 1; its row stays locked until the commit."""
    dialect = postgresql if tx.connection.dialect.name == "postgresql" else sqlite
    first = dialect.insert(numbers).values(series=series, last=0).on_conflict_do_nothing()
    tx.execute(first)
    mine = numbers.c.series == series
    tx.execute(numbers.update().where(mine).values(last=numbers.c.last + 1))
    return tx.execute(sa.select(numbers.c.last).where(mine)).scalar_one()


def insert_accounts(tx: Tx, client: ClientId, account: CashAccount) -> None:
    tx.execute(
        cash_accounts.insert().values(
            number=account.number,
            client_id=client,
            kind=account.kind.value,
            currency=account.currency,
            opened_at_ms=account.opened_at_ms,
            branch=rules.branch_of(account.number),
        )
    )
    for each in account.securities:
        tx.execute(
            securities_accounts.insert().values(
                number=each.number,
                cash_account=account.number,
                market=each.market,
                kind=each.kind.value,
                designated=each.designated,
                custody_unit=each.custody_unit,
            )
        )


def designate(tx: Tx, number: str) -> tuple[str, bool] | None:
    """Note that a Shanghai account is designated here: its cash account, and whether this is news;
    None if there is no such account."""
    table = securities_accounts
    mine = (table.c.number == number, table.c.market == "SH")
    query = sa.select(table.c.cash_account).where(*mine)
    account = tx.execute(query).scalar()
    if account is None:
        return None
    change = table.update().where(*mine, table.c.designated.is_(False)).values(designated=True)
    return account, tx.execute(change).rowcount == 1


def taken_numbers(tx: ReadTx, asked: Iterable[str]) -> list[str]:
    """Those of these securities account numbers that exist already."""
    query = sa.select(securities_accounts.c.number)
    return list(tx.execute(query.where(securities_accounts.c.number.in_(list(asked)))).scalars())


def load_tree(tx: ReadTx, client: ClientId) -> AccountTree:
    query = sa.select(cash_accounts).where(cash_accounts.c.client_id == client)
    rows = list(tx.execute(query.order_by(*_in_order)))
    held = sa.select(securities_accounts).where(
        securities_accounts.c.cash_account.in_([row.number for row in rows])
    )
    securities: dict[str, list[SecuritiesAccount]] = {}
    for row in tx.execute(
        held.order_by(securities_accounts.c.market, securities_accounts.c.number)
    ):
        account = SecuritiesAccount(
            row.number, row.market, SecuritiesKind(row.kind), row.designated, row.custody_unit
        )
        securities.setdefault(row.cash_account, []).append(account)
    cash = [
        CashAccount(
            row.number,
            CashKind(row.kind),
            row.currency,
            tuple(securities.get(row.number, ())),
            row.opened_at_ms,
        )
        for row in rows
    ]
    return AccountTree(client, tuple(cash))


def find_owner(tx: ReadTx, account: str) -> ClientId | None:
    query = sa.select(cash_accounts.c.client_id).where(cash_accounts.c.number == account)
    owner = tx.execute(query).scalar()
    return ClientId(owner) if owner else None


def load_preferences(tx: ReadTx, owner: str) -> Preferences:
    row = tx.execute(sa.select(preferences).where(preferences.c.owner == owner)).one_or_none()
    if row is None:
        return Preferences()
    watchlist = msgspec.json.decode(row.watchlist, type=tuple[str, ...])
    looks = (row.locale, row.theme, row.colours)
    return Preferences(*looks, watchlist, row.elder, row.confirms, row.default_qty)


def save_preferences(tx: Tx, owner: str, chosen: Preferences) -> None:
    dialect = postgresql if tx.connection.dialect.name == "postgresql" else sqlite
    values = {
        "locale": chosen.locale,
        "theme": chosen.theme,
        "colours": chosen.colours,
        "watchlist": msgspec.json.encode(chosen.watchlist).decode(),
        "elder": chosen.elder,
        "confirms": chosen.confirms,
        "default_qty": chosen.default_qty,
    }
    insert = dialect.insert(preferences).values(owner=owner, **values)
    tx.execute(insert.on_conflict_do_update(index_elements=["owner"], set_=values))


def list_watchlists(tx: ReadTx, owner: str) -> list[NamedWatchlist]:
    """The lists besides the first, oldest first; as many as the rules allow."""
    query = sa.select(watchlists).where(watchlists.c.owner == owner).order_by(watchlists.c.id)
    return [
        NamedWatchlist(row.id, row.name, msgspec.json.decode(row.symbols, type=tuple[str, ...]))
        for row in tx.execute(query)
    ]


def insert_watchlist(tx: Tx, owner: str, made: NamedWatchlist) -> None:
    symbols = msgspec.json.encode(made.symbols).decode()
    tx.execute(watchlists.insert().values(id=made.id, owner=owner, name=made.name, symbols=symbols))


def save_watchlist(tx: Tx, owner: str, kept: NamedWatchlist) -> None:
    symbols = msgspec.json.encode(kept.symbols).decode()
    own = sa.and_(watchlists.c.id == kept.id, watchlists.c.owner == owner)
    tx.execute(watchlists.update().where(own).values(name=kept.name, symbols=symbols))


def delete_watchlist(tx: Tx, owner: str, which: str) -> None:
    tx.execute(watchlists.delete().where(watchlists.c.id == which, watchlists.c.owner == owner))
