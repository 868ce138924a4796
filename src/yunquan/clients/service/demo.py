"""Clients and staff of the demonstration. Names and documents are made up: no region 99 exists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from yunquan.clients import store
from yunquan.clients.service.accounts import (
    issue_simulated_securities,
    open_accounts,
    opening_of,
)
from yunquan.clients.service.identity import Sealing, register_client
from yunquan.clients.service.preferences import save_preferences
from yunquan.clients.types import (
    WITHOUT_END,
    CashKind,
    Client,
    Demo,
    DemoClient,
    DemoLogin,
    NewAccounts,
    NewClient,
    Opening,
    Permission,
    Preferences,
)
from yunquan.kernel.errors import Forbidden
from yunquan.kernel.residents import check_digit
from yunquan.kernel.transaction import Tx
from yunquan.security import find_principal, register_staff, second_factor_uri
from yunquan.security.types import PrincipalKind, Role

HashPassword = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class _Person:
    login_name: str
    password: str
    name: str
    born: str
    id_valid_until: str
    permissions: frozenset[Permission]
    watchlist: tuple[str, ...]
    bank_balance_fen: int
    opening_cash_fen: int
    bank: str
    cash_password: str
    bank_password: str
    second_bank: str = ""


@dataclass(frozen=True, slots=True)
class _Colleague:
    login_name: str
    password: str
    name: str
    roles: frozenset[Role]


_SEVEN = (
    "600519.SH",
    "688981.SH",
    "603375.SH",
    "000001.SZ",
    "300001.SZ",
    "300059.SZ",
    "301499.SZ",
)
_PEOPLE = (
    _Person(
        login_name="demo",
        password="yunquan-demo-1",  # noqa: S106  a public login of the demonstration
        name="林晓舟",
        born="19900307",
        id_valid_until=WITHOUT_END,
        permissions=frozenset(Permission),
        watchlist=_SEVEN,
        bank_balance_fen=500_000_000,
        opening_cash_fen=100_000_000,
        bank="simbank",
        cash_password="246813",  # noqa: S106  public, as the login is
        bank_password="135724",  # noqa: S106  public, as the login is
        second_bank="yanpu",
    ),
    _Person(
        login_name="newcomer",
        password="yunquan-demo-2",  # noqa: S106  a public login of the demonstration
        name="顾念安",
        born="20010915",
        id_valid_until="2041-09-15",
        permissions=frozenset(),
        watchlist=(),
        bank_balance_fen=8_000_000,
        opening_cash_fen=0,
        bank="yanpu",
        cash_password="246824",  # noqa: S106  public, as the login is
        bank_password="135735",  # noqa: S106  public, as the login is
    ),
    _Person(
        login_name="expired",
        password="yunquan-demo-3",  # noqa: S106  a public login of the demonstration
        name="沈书禾",
        born="19780622",
        id_valid_until="2026-03-31",
        permissions=frozenset({Permission.CHINEXT}),
        watchlist=("300059.SZ", "000001.SZ"),
        bank_balance_fen=30_000_000,
        opening_cash_fen=20_000_000,
        bank="qimei",
        cash_password="246835",  # noqa: S106  public, as the login is
        bank_password="135746",  # noqa: S106  public, as the login is
    ),
)
_COLLEAGUES = (
    _Colleague(
        login_name="risk",
        password="yunquan-staff-1",  # noqa: S106  a public login of the demonstration
        name="祁知远",
        roles=frozenset({Role.RISK, Role.OPERATIONS}),
    ),
    _Colleague(
        login_name="second",
        password="yunquan-staff-3",  # noqa: S106  a public login of the demonstration
        name="岑以安",
        roles=frozenset({Role.RISK, Role.OPERATIONS}),
    ),
    _Colleague(
        login_name="service",
        password="yunquan-staff-2",  # noqa: S106  a public login of the demonstration
        name="周南乔",
        roles=frozenset({Role.SERVICE, Role.AUDIT}),
    ),
)


_SURNAMES = "陈李黄张梁刘何杨罗周叶苏"
_GIVEN = (
    "思远",
    "雨桐",
    "子衿",
    "云舒",
    "晓风",
    "怀瑾",
    "若水",
    "明澈",
    "知夏",
    "星野",
    "以宁",
    "安歌",
    "清和",
    "南枝",
    "望舒",
    "景行",
    "听澜",
    "疏影",
    "未晞",
    "采薇",
)


def seed_demo(tx: Tx, hash_password: HashPassword, sealing: Sealing, *, demo: bool) -> Demo:
    """Three clients, three staff and their logins; what exists already is left as it is.

    demo: whether this installation is a demonstration. Raises Forbidden demo.off when it is not,
    as anyone can read these passwords.
    """
    if not demo:
        raise Forbidden("demo.off")
    clients = tuple(
        _seed_person(tx, person, place, hash_password, sealing)
        for place, person in enumerate(_PEOPLE, start=1)
    )
    logins = [
        DemoLogin(
            "client",
            person.login_name,
            person.password,
            f"demo.{person.login_name}",
            cash_password=person.cash_password,
            bank_password=person.bank_password,
            second_card=_second_card(person, place),
        )
        for place, person in enumerate(_PEOPLE, start=1)
    ]
    logins += [_seed_colleague(tx, each, hash_password, sealing) for each in _COLLEAGUES]
    return Demo(tuple(logins), clients)


def seed_others(
    tx: Tx, count: int, password_hash: str, sealing: Sealing, *, demo: bool
) -> tuple[DemoClient, ...]:
    """More clients, whom the demonstration plays by itself; the same each time it is asked.

    Raises Forbidden demo.off as `seed_demo`.
    """
    if not demo:
        raise Forbidden("demo.off")
    return tuple(
        _seed_person(tx, _other(place), 100 + place, lambda _password: password_hash, sealing)
        for place in range(count)
    )


def _other(place: int) -> _Person:
    """Somebody with a name of their own, up to 240 of them."""
    given = _GIVEN[place % len(_GIVEN)]
    return _Person(
        login_name=f"crowd{place:03d}",
        password="",
        name=_SURNAMES[(place + place // len(_GIVEN)) % len(_SURNAMES)] + given,
        born=f"19{60 + place % 40}0{1 + place % 9}1{place % 9}",
        id_valid_until=WITHOUT_END,
        permissions=frozenset(),
        watchlist=(),
        bank_balance_fen=1_000_000_000_000,
        opening_cash_fen=600_000_000,
        bank="simbank",
        cash_password="246857",  # noqa: S106  nobody logs in as one
        bank_password="135768",  # noqa: S106  nobody logs in as one
    )


def _seed_person(
    tx: Tx, person: _Person, place: int, hash_password: HashPassword, sealing: Sealing
) -> DemoClient:
    client = store.find_by_login(tx, person.login_name)
    if client is None:
        client = _register(tx, person, place, hash_password, sealing)
    return DemoClient(
        client=client.id,
        holder=client.name,
        opening=_opening(tx, client),
        bank_account=f"62299900000000{place:02d}",
        bank_balance_fen=person.bank_balance_fen,
        opening_cash_fen=person.opening_cash_fen,
        bank=person.bank,
        bank_password=person.bank_password,
        cash_password=person.cash_password,
        second_bank=person.second_bank,
        second_card=_second_card(person, place),
    )


def _second_card(person: _Person, place: int) -> str:
    return f"62299900000001{place:02d}" if person.second_bank else ""


def _register(
    tx: Tx, person: _Person, place: int, hash_password: HashPassword, sealing: Sealing
) -> Client:
    seventeen = f"990000{person.born}{place:03d}"
    new = NewClient(
        login_name=person.login_name,
        name=person.name,
        mobile=f"1000000{place:04d}",
        id_number=seventeen + check_digit(seventeen),
        id_valid_until=person.id_valid_until,
        permissions=person.permissions,
    )
    client = register_client(tx, new, hash_password(person.password), sealing)
    save_preferences(tx, client.id, Preferences(watchlist=person.watchlist))
    return client


def _opening(tx: Tx, client: Client) -> Opening:
    if held := store.load_tree(tx, client.id).cash:
        return opening_of(client, held[0])
    securities = issue_simulated_securities(tx, CashKind.ORDINARY)
    return open_accounts(tx, client.id, NewAccounts(CashKind.ORDINARY, securities))


def _seed_colleague(
    tx: Tx, colleague: _Colleague, hash_password: HashPassword, sealing: Sealing
) -> DemoLogin:
    known = find_principal(tx, PrincipalKind.STAFF, colleague.login_name)
    if known:
        otpauth = second_factor_uri(tx, known.id, sealing.vault)
    else:
        hashed = hash_password(colleague.password)
        login, name, roles = colleague.login_name, colleague.name, colleague.roles
        _, otpauth = register_staff(tx, login, name, roles, hashed, sealing.vault)
    about = f"demo.{colleague.login_name}"
    return DemoLogin("staff", colleague.login_name, colleague.password, about, otpauth)
