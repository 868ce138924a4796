"""Clients, their account tree and their preferences."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from yunquan.kernel.ids import Id

# The day of an identity document without end 长期有效.
WITHOUT_END = "9999-12-31"


class ClientId(Id, prefix="cli"):
    """A client of this firm."""


class ClientStatus(StrEnum):
    """Whether the relationship lasts. What an account may do now is the counter's to say."""

    ACTIVE = "active"
    CLOSED = "closed"


class Permission(StrEnum):
    """Boards and products that need a right of their own 交易权限; the main board needs none."""

    STAR = "star"
    CHINEXT = "chinext"
    BSE = "bse"
    CONVERTIBLE = "convertible"


class WatchlistId(Id, prefix="wl"):
    """One of the lists of symbols a client keeps besides the first."""


class CashKind(StrEnum):
    """Kinds of cash account 资金账户; credit and option keep their money apart. auxiliary
    辅助资金账户: money at another bank than the ordinary account's, which nothing is traded with.
    """

    ORDINARY = "ordinary"
    CREDIT = "credit"
    OPTION = "option"
    AUXILIARY = "auxiliary"


class SecuritiesKind(StrEnum):
    """Kinds of securities account 证券账户."""

    ORDINARY = "ordinary"
    CREDIT = "credit"
    FUND = "fund"


@dataclass(frozen=True, slots=True)
class NewClient:
    """A registration. id_number: 18 characters of a resident's card; id_valid_until: ISO day."""

    login_name: str
    name: str
    mobile: str = field(repr=False)
    id_number: str = field(repr=False)
    id_valid_until: str
    permissions: frozenset[Permission] = frozenset()


@dataclass(frozen=True, slots=True)
class Client:
    """A client as they see themselves: numbers masked, the name in full."""

    id: ClientId
    principal: str
    login_name: str
    name: str
    name_masked: str
    mobile_masked: str
    id_masked: str
    id_valid_until: str
    permissions: frozenset[Permission]
    status: ClientStatus
    registered_at_ms: int


@dataclass(frozen=True, slots=True)
class ClientLine:
    """A client in a list for staff: everything masked. accounts: cash account numbers."""

    id: ClientId
    login_name: str
    name_masked: str
    mobile_masked: str
    id_masked: str
    id_valid_until: str
    status: ClientStatus
    accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Identity:
    """What a masked view hides. Only `reveal` hands it out."""

    name: str
    mobile: str = field(repr=False)
    id_number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SecuritiesAccount:
    """An account at the depository.

    market: SH, SZ or FUND; shares of the Beijing exchange are held on the SZ kind. designated: SH
    only, 指定交易 with this firm. custody_unit: SZ only, the 托管单元 that holds the shares.
    """

    number: str
    market: str
    kind: SecuritiesKind
    designated: bool = False
    custody_unit: str = ""


@dataclass(frozen=True, slots=True)
class CashAccount:
    """A cash account with the securities accounts that settle through it. currency: ISO 4217."""

    number: str
    kind: CashKind
    currency: str
    securities: tuple[SecuritiesAccount, ...]
    opened_at_ms: int


@dataclass(frozen=True, slots=True)
class AccountTree:
    """All accounts of a client, the ordinary CNY cash account first."""

    client: ClientId
    cash: tuple[CashAccount, ...]


@dataclass(frozen=True, slots=True)
class NewAccounts:
    """Accounts to open: one cash account and what settles through it."""

    kind: CashKind
    securities: tuple[SecuritiesAccount, ...]
    currency: str = "CNY"


@dataclass(frozen=True, slots=True)
class Opening:
    """What the counter's command to open an account needs."""

    account: str
    client: ClientId
    kind: CashKind
    currency: str
    securities: tuple[SecuritiesAccount, ...]
    permissions: tuple[str, ...]
    id_valid_until: str


@dataclass(frozen=True, slots=True)
class Preferences:
    """How someone likes to see things.

    locale: "zh_CN" or "en". theme: "light", "dark" or "" (as the system has it). colours:
    "red-up" or "green-up". watchlist: symbols of the first list, in the order shown. elder: larger
    type and fewer steps 适老化. confirms: an order is shown again before it is sent. default_qty:
    what a ticket begins with, in shares; 0 for the smallest order.
    """

    locale: str = "zh_CN"
    theme: str = ""
    colours: str = "red-up"
    watchlist: tuple[str, ...] = ()
    elder: bool = False
    confirms: bool = True
    default_qty: int = 0


@dataclass(frozen=True, slots=True)
class NamedWatchlist:
    """A list of symbols 自选组, in the order shown. The first one of everybody has the id "first"
    and no name of its own.
    """

    id: str
    name: str
    symbols: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """A login of the demonstration. otpauth: "" for clients; about: a code whose sentence says what
    this login shows. cash_password, bank_password: what a client's transfers ask for.
    second_card: their account at another bank, to be bound, with the same password.
    """

    kind: str
    login_name: str
    password: str
    about: str
    otpauth: str = ""
    cash_password: str = ""
    bank_password: str = ""
    second_card: str = ""


@dataclass(frozen=True, slots=True)
class DemoClient:
    """A demo client with what their simulated bank needs to know. Amounts in fen.

    opening_cash_fen: to be paid in when the demonstration begins, out of bank_balance_fen.
    """

    client: ClientId
    holder: str
    opening: Opening
    bank_account: str
    bank_balance_fen: int
    opening_cash_fen: int
    bank: str
    bank_password: str
    cash_password: str
    second_bank: str = ""
    second_card: str = ""


@dataclass(frozen=True, slots=True)
class Demo:
    """All that the demonstration begins with; the same each time it is asked for."""

    logins: tuple[DemoLogin, ...]
    clients: tuple[DemoClient, ...]


class SecuritiesAccountView(msgspec.Struct, frozen=True):
    """An account at the depository. designated: SH, 指定交易. custody_unit: SZ, 托管单元."""

    number: str
    market: str
    kind: str
    designated: bool
    custody_unit: str


class CashAccountView(msgspec.Struct, frozen=True):
    """A cash account with the securities accounts that settle through it."""

    number: str
    kind: str
    currency: str
    securities: tuple[SecuritiesAccountView, ...]
    opened_at_ms: int


class AccountList(msgspec.Struct, frozen=True):
    """Somebody's cash accounts, the ordinary one first."""

    items: tuple[CashAccountView, ...]


class ClientView(msgspec.Struct, frozen=True):
    """A client for staff, masked. accounts: cash account numbers."""

    id: str
    login_name: str
    name_masked: str
    mobile_masked: str
    id_masked: str
    id_valid_until: str
    status: str
    accounts: tuple[str, ...]


class ClientPage(msgspec.Struct, frozen=True):
    """Clients by id. next: pass as `after`; None at the end."""

    items: tuple[ClientView, ...]
    next: str | None


class IdentityView(msgspec.Struct, frozen=True):
    """What the masked view hides."""

    name: str
    mobile: str
    id_number: str


class LookView(msgspec.Struct, frozen=True):
    """Somebody looked at something sensitive."""

    id: str
    at_ms: int
    actor: str
    subject: str
    what: str
    why: str


class LookList(msgspec.Struct, frozen=True):
    """Looks, newest first."""

    items: tuple[LookView, ...]


class Looks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How pages look, as chosen. theme: "" as
    the system has it. colours: which way prices rise. elder: larger type and fewer
    steps. confirms: an order is shown again before it is sent. default_qty: what a ticket begins
    with, 0 for the smallest order.
    """

    locale: Literal["zh_CN", "en"] = "zh_CN"
    theme: Literal["", "light", "dark"] = ""
    colours: Literal["red-up", "green-up"] = "red-up"
    elder: bool = False
    confirms: bool = True
    default_qty: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0
