"""List, case and evidence: whom staff look at, what stands there, and where the log says so."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, get
from litestar.response import Response

from yunquan.clients import list_clients, load_accounts, load_client
from yunquan.clients.types import AccountTree, Client, ClientId, ClientLine
from yunquan.counter.types import AccountView, BalanceView, HealthView
from yunquan.desk import Desk
from yunquan.desk.types import OrderLife, Page
from yunquan.kernel.errors import NotFound, Unavailable
from yunquan.kernel.money import fen_to_text
from yunquan.kernel.zone import in_market_zone
from yunquan.quotes.types import Entitlement
from yunquan.restrictions.types import BasisKind, StandingLine
from yunquan.security import list_looks
from yunquan.security.types import Look, Role, Session
from yunquan.workbench.pages.parts import Locale, Member, Templates, TheDesk

STAFF: Final = {"who": "staff"}
ACTING: Final = frozenset({Role.RISK, Role.OPERATIONS})
AUDITING: Final = frozenset({Role.RISK, Role.AUDIT})
TABS: Final = ("orders", "history", "postings", "looks")
LONGEST_LIST: Final = 50
DONE: Final = ("proposed", "restrict", "release", "freeze", "unfreeze", "level_grant", "level_end")
# Parts of the page that may be asked for alone.
PARTS: Final = {"clients", "case"}


@dataclass(frozen=True, slots=True)
class Asked:
    """Where in the workbench the reader is."""

    q: str
    client: str
    account: str
    order: str
    tab: str
    before: str | None


@dataclass(frozen=True, slots=True)
class Balance:
    """One asset by bucket, as text. is_cash: amounts in CNY, else shares."""

    asset: str
    available: str
    settling: str
    frozen: str
    held: str
    owned: str
    is_cash: bool


@dataclass(frozen=True, slots=True)
class Case:
    """A client with one account and its evidence. What couldn't be read is None."""

    client: Client
    tree: AccountTree
    account: str
    view: AccountView | None
    balances: tuple[Balance, ...]
    orders: Page | None
    postings: Page | None
    looks: tuple[Look, ...]
    life: OrderLife | None
    entitlements: tuple[Entitlement, ...]
    level: int
    standing: tuple[StandingLine, ...]


def moment(at_ms: int) -> str:
    """Day and time in Beijing with milliseconds: evidence is compared by them."""
    return in_market_zone(at_ms).strftime("%m-%d %H:%M:%S.") + f"{at_ms % 1000:03d}"


def clock(at_ms: int) -> str:
    """Time of day in Beijing with milliseconds."""
    return moment(at_ms)[6:]


@get("/", opt=STAFF | {"look": "case"})
async def workbench(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    session: Member,
    locale: Locale,
    templates: Templates,
) -> Response[str]:
    """The whole page, or the part of it that was asked for."""
    asked = read_asked(dict(request.query_params))
    part = request.query_params.get("part", "")
    done = request.query_params.get("done", "")
    shown = await page_facts(desk, session, asked, locale, done=done if done in DONE else "")
    return templates.page("workbench/workbench.html", part if part in PARTS else "", **shown)


def read_asked(given: dict[str, str]) -> Asked:
    """The query, cut to what can mean something."""
    tab = given.get("tab", "")
    return Asked(
        q=given.get("q", "").strip()[:60],
        client=given.get("client", "")[:60],
        account=given.get("account", "")[:40],
        order=given.get("order", "")[:40],
        tab=tab if tab in TABS else TABS[0],
        before=given.get("before") or None,
    )


async def page_facts(
    desk: Desk, session: Session, asked: Asked, locale: str, **more: Any
) -> dict[str, Any]:
    """Everything the template needs. more: the outcome of an act, an identity revealed."""
    lines = await asyncio.to_thread(search, desk, asked.q)
    try:
        health: list[HealthView] | None = await desk.health()
        lags = await desk.reader_lags()
    except Unavailable:
        health, lags = None, {}
    case = await load_case(desk, session, asked, locale) if asked.client else None
    shown = {
        "asked": asked,
        "lines": lines,
        "case": case,
        "health": health,
        "lags": lags,
        "market": desk.market_status(),
        "moment": moment,
        "clock": clock,
        "may_act": bool(session.roles & ACTING),
        "may_audit": bool(session.roles & AUDITING),
        "longest": LONGEST_LIST,
        "four_eyes": desk.restrictions.needs_second,
        "basis_kinds": [kind.value for kind in BasisKind],
        "failed": "",
        "failed_act": "",
        "done": "",
        "given": {},
        "identity": None,
    }
    return shown | more


def search(desk: Desk, text: str) -> list[ClientLine]:
    """Clients, masked, by name, login, id or account number."""
    with desk.database.read() as tx:
        return list_clients(tx, text, "", LONGEST_LIST)


def load_people(desk: Desk, asked: Asked) -> tuple[Client, AccountTree, str]:
    """The client, their tree, and the account in question: the one asked for if it is theirs."""
    client_id = ClientId.parse(asked.client)
    with desk.database.read() as tx:
        client, tree = load_client(tx, client_id), load_accounts(tx, client_id)
    numbers = [account.number for account in tree.cash]
    if asked.account and asked.account not in numbers:
        raise NotFound("account.unknown", account=asked.account)
    return client, tree, asked.account or (numbers[0] if numbers else "")


async def load_case(desk: Desk, session: Session, asked: Asked, locale: str) -> Case:
    """A client, an account, and the evidence of the tab that is open."""
    client, tree, account = await asyncio.to_thread(load_people, desk, asked)
    view, orders, postings, life = None, None, None, None
    if account:
        try:
            view = await desk.account_view(account)
            if asked.tab == "postings":
                postings = await desk.postings(account, before=asked.before, limit=LONGEST_LIST)
            elif asked.tab != "looks":
                day = "today" if asked.tab == "orders" else None
                orders = await desk.orders(
                    account, locale, day=day, before=asked.before, limit=LONGEST_LIST
                )
            if asked.order:
                life = await desk.order_life(account, asked.order, locale)
        except Unavailable:
            view = None
    looks: tuple[Look, ...] = ()
    if asked.tab == "looks" and session.roles & AUDITING:
        looks = await asyncio.to_thread(looks_at, desk, str(client.id))
    rights, level = await asyncio.to_thread(rights_of, desk, str(client.id))
    balances = balances_of(view)
    standing = await asyncio.to_thread(desk.restrictions.of_account, account, locale)
    seen = (client, tree, account, view, balances, orders, postings, looks, life, rights, level)
    return Case(*seen, standing)


def rights_of(desk: Desk, client: str) -> tuple[tuple[Entitlement, ...], int]:
    """What market data a client is or was entitled to, and the level of today."""
    rights = tuple(desk.screen.entitlements(client))
    return rights, desk.screen.level(client, staff=False)


def looks_at(desk: Desk, client: str) -> tuple[Look, ...]:
    """Who saw this client unmasked, newest first."""
    with desk.database.read() as tx:
        return tuple(list_looks(tx, client, LONGEST_LIST))


def balances_of(view: AccountView | None) -> tuple[Balance, ...]:
    """Cash first, then every holding."""
    if view is None:
        return ()
    rows = [balance_of(view.cash, is_cash=True)]
    return tuple(rows + [balance_of(position, is_cash=False) for position in view.positions])


def balance_of(view: BalanceView, *, is_cash: bool) -> Balance:
    """Buckets as text: CNY for cash, shares for a holding."""
    text = fen_to_text if is_cash else str
    return Balance(
        view.asset,
        text(view.available),
        text(view.settling),
        text(view.frozen),
        text(view.held),
        text(view.owned),
        is_cash,
    )


handlers = [workbench]
