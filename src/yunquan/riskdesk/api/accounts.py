"""Cases, alerts, the heat map and an account's day, for programs of staff."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated, Any, Final

import msgspec
from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, Parameter

from yunquan.cases import Cases
from yunquan.cases.types import Case
from yunquan.dossier import Dossier
from yunquan.dossier.types import AccountDay, BookReplay, LinkedAccount, SimilarCase
from yunquan.heat import Heat
from yunquan.heat.types import HeatPicture
from yunquan.surveillance import Alerts
from yunquan.surveillance.types import AlertLine

SEE: Final = {"who": "staff", "roles": ("risk", "operations", "audit")}
LOOK: Final = SEE | {"look": "risk_account"}
Locale = NamedDependency[str]
AtMs = Annotated[int, Parameter(ge=0, le=2**53, description="Milliseconds since 1970 UTC.")]
Seconds = Annotated[int, Parameter(ge=1, le=600)]
Day = Annotated[str, Parameter(pattern=r"^\d{4}-\d{2}-\d{2}$", description="Day in Beijing.")]
Symbol = Annotated[str, Parameter(pattern=r"^[0-9A-Z]{1,12}\.(SH|SZ|BJ)$")]


class RiskBoard(msgspec.Struct, frozen=True):
    """What waits, most urgent first, and the newest alerts."""

    cases: list[Case]
    alerts: list[AlertLine]


class HeatNow(msgspec.Struct, frozen=True):
    """What stands out; None where nothing is kept of that minute."""

    picture: HeatPicture | None


class LinkedAccounts(msgspec.Struct, frozen=True):
    """Accounts that may be in the same hand."""

    items: tuple[LinkedAccount, ...]


class SimilarCases(msgspec.Struct, frozen=True):
    """Closed cases like one."""

    items: tuple[SimilarCase, ...]


@get("/board", opt=SEE, summary="Cases that wait and the newest alerts, now or at a moment")
async def risk_board(
    cases: NamedDependency[Cases],
    alerts: NamedDependency[Alerts],
    locale: Locale,
    at_ms: AtMs = 0,
) -> RiskBoard:
    """at_ms: as it stood at that moment, 0 for now."""

    def load() -> RiskBoard:
        if at_ms:
            return RiskBoard(cases.board_at(at_ms), alerts.recent(locale, known_by_ms=at_ms))
        return RiskBoard(cases.board(), alerts.recent(locale))

    return await asyncio.to_thread(load)


@get("/heat", opt=SEE, summary="What stands out among accounts and instruments")
async def risk_heat(heat: NamedDependency[Heat], at_ms: AtMs = 0) -> HeatNow:
    """at_ms: the newest minute written by then, 0 for now."""
    load = partial(heat.at, at_ms) if at_ms else heat.now
    return HeatNow(await asyncio.to_thread(load))


@get("/accounts/{account:str}/day", opt=LOOK, summary="An account's day in one line of time")
async def account_day(
    dossier: NamedDependency[Dossier], locale: Locale, account: FromPath[str], day: Day
) -> AccountDay:
    """Orders, cancels, fills, money, logins, alerts and acts of staff, oldest first."""
    return await asyncio.to_thread(dossier.day, account, day, locale)


@get("/accounts/{account:str}/links", opt=LOOK, summary="Accounts that may be in the same hand")
async def account_links(
    dossier: NamedDependency[Dossier], locale: Locale, account: FromPath[str]
) -> LinkedAccounts:
    """The strongest first, each with its reasons."""
    return LinkedAccounts(await asyncio.to_thread(dossier.links, account, locale))


@get("/accounts/{account:str}/book", opt=LOOK, summary="The book around a moment, step by step")
async def account_book(
    dossier: NamedDependency[Dossier],
    locale: Locale,
    account: FromPath[str],
    symbol: Symbol,
    at_ms: AtMs,
    before_s: Seconds = 120,
    after_s: Seconds = 60,
) -> BookReplay:
    """From the market tape, with the account's own orders; says where the tape is thin."""
    load = partial(dossier.replay, account, symbol, at_ms, locale, before_s, after_s)
    return await asyncio.to_thread(load)


@get("/cases/{case:str}/similar", opt=SEE | {"look": "risk_case"}, summary="Closed cases like it")
async def similar_cases(
    dossier: NamedDependency[Dossier],
    cases: NamedDependency[Cases],
    locale: Locale,
    case: FromPath[str],
) -> SimilarCases:
    """Of the same kind, the nearest in their numbers first."""

    def load() -> SimilarCases:
        return SimilarCases(dossier.similar(cases.open_file(case).case, locale))

    return await asyncio.to_thread(load)


handlers: list[Any] = [
    risk_board,
    risk_heat,
    account_day,
    account_links,
    account_book,
    similar_cases,
]
router = Router("/api/v1/risk", route_handlers=handlers, tags=["staff"])
