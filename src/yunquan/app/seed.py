"""What a start needs beside tables: bars of the market, and in demo mode clients, staff, their
accounts and money at the simulated bank.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

from yunquan.app.links import Links, sealing
from yunquan.app.locale import catalogue
from yunquan.app.settings import Settings
from yunquan.bars import BarFile, BarSource, MarinaBars, import_bars, load_quarantine
from yunquan.clients import load_client, seed_demo, seed_others
from yunquan.clients.types import Demo, DemoClient
from yunquan.counter.types import AskAccount, OpenAccount, SecuritiesAccount
from yunquan.funding import bind, has_cash_password, load_terms, pay_in, set_cash_password
from yunquan.funding.types import Direction, Secrets
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.errors import Unavailable
from yunquan.kernel.transaction import Database, Tx
from yunquan.market import (
    load_calendar,
    load_rule_book,
    read_days,
    record_days,
    seed_calendar,
)
from yunquan.market.rules.calendar import Calendar, is_weekend
from yunquan.market.types import CalendarDay, DayKind
from yunquan.quotes import grant_level, load_entitlements
from yunquan.security import Argon2Passwords
from yunquan.security.types import HashParameters

logger = logging.getLogger("yunquan.seed")

RETRY_S = 0.5
DEEP_LOGIN = "demo"
DEMO_SINCE = "1990-12-01"
SIMULATED_UNTIL = date(2036, 12, 31)
FIRST_SIMULATED_DAY = "2026-01-01"


def prepare(settings: Settings) -> None:
    """Bars into the market's tables, demo people into theirs. Again changes nothing."""
    database = Database(settings.rooms_url(), SystemClock())
    with database.transaction("system") as tx:
        seed_calendar(tx)
        if settings.world:
            record_days(tx, simulated_days(load_calendar(tx)), "simulated market")
    chosen = os.environ.get("YUNQUAN_BARS", "")
    source: BarSource = BarFile(Path(chosen)) if chosen else MarinaBars()
    _import(database, source)
    if settings.demo:
        seed_people(settings, database)
    database.dispose()


def simulated_days(calendar: Calendar) -> Iterator[CalendarDay]:
    """The days that the simulated market plays after the known ones: every weekday, so that a
    demonstration doesn't end where the exchanges' calendar does.
    """
    day = date.fromisoformat(calendar.known_to or FIRST_SIMULATED_DAY)
    while day < SIMULATED_UNTIL:
        day += timedelta(days=1)
        if not is_weekend(day.isoformat()):
            yield CalendarDay(day.isoformat(), DayKind.TRADING, "simulated market")


def seed_people(settings: Settings, database: Database) -> Demo:
    """The demonstration's clients and staff, made on the first start."""
    passwords = Argon2Passwords(HashParameters())
    with database.transaction("system") as tx:
        demo = seed_demo(tx, passwords.hash_now, sealing(settings), demo=settings.demo)
        for client in demo.clients:
            grant_demo_level(tx, client)
        return demo


def seed_crowd(settings: Settings, database: Database) -> tuple[DemoClient, ...]:
    """The demonstration's other clients, as many as the settings say. Nobody can log in as one."""
    unknown = Argon2Passwords(HashParameters()).hash_now(secrets.token_urlsafe())
    with database.transaction("system") as tx:
        crowd = seed_others(tx, settings.demo_crowd, unknown, sealing(settings), demo=settings.demo)
    give_cash_passwords(database, crowd)
    return crowd


def grant_demo_level(tx: Tx, client: DemoClient) -> None:
    """The demonstration's client "demo" sees Level 2; granted once, so that staff may end it."""
    owner = str(client.client)
    chosen = load_client(tx, client.client).login_name == DEEP_LOGIN
    if chosen and not load_entitlements(tx, owner):
        grant_level(tx, owner, DEMO_SINCE, "", "demonstration")


def import_bars_file(settings: Settings, file: Path, prices: str) -> Iterator[str]:
    """Import a file the user names; what was kept and what was not, line by line."""
    database = Database(settings.rooms_url(), SystemClock())
    yield from _import(database, BarFile(file, prices))
    database.dispose()


def import_days_file(settings: Settings, file: Path) -> Iterator[str]:
    """Kinds of days from a file the user names, and how far the calendar reaches then."""
    database = Database(settings.rooms_url(), SystemClock())
    with database.transaction("operator") as tx:
        changed = record_days(tx, read_days(file), f"file {file.name}"[:120])
        calendar = load_calendar(tx)
    database.dispose()
    yield f"{changed} days new or changed; trading days are known to {calendar.known_to}"


def _import(database: Database, source: BarSource) -> list[str]:
    with database.transaction("system") as tx:
        report = import_bars(tx, source, load_rule_book())
        faults = load_quarantine(tx, source.name, limit=20)
    lines = [
        f"{report.source}: {report.rows_good} of {report.rows_read} bars kept,"
        f" {report.rows_quarantined} set aside, {report.gaps} gaps"
    ]
    lines += [f"  {f.symbol} {f.trading_day} line {f.line}: {f.reason} {f.detail}" for f in faults]
    return lines


def announcement(settings: Settings) -> str:
    """What the person who typed `make run` wants to read."""
    address = f"http://{settings.host}:{settings.port}"
    lines = ["", f"Yunquan serves at {address}", f"workbench for staff at {address}/staff", ""]
    if settings.demo:
        database = Database(settings.rooms_url(), SystemClock())
        text = catalogue()
        for login in seed_people(settings, database).logins:
            about = text.text(login.about, "en")
            lines.append(f"  {login.kind:<7} {login.login_name:<9} {login.password}   {about}")
            if login.cash_password:
                asked = f"cash password {login.cash_password}   bank password {login.bank_password}"
                lines.append(f"          transfers: {asked}")
            if login.second_card:
                lines.append(f"          at another bank, to be bound: {login.second_card}")
            if login.otpauth:
                lines.append(f"          one-time codes: {login.otpauth}")
        database.dispose()
    if settings.world:
        lines += [
            "",
            "Simulated: the exchange, other traders, prices within the day, the banks, the time.",
        ]
    return "\n".join([*lines, "Ctrl-C stops; what is in the books stays in the books.", ""])


async def open_demo(settings: Settings, links: Links) -> None:
    """Open the demo clients' accounts at the counter and the bank, and pay their first money in.

    Every step carries an id of its own, so a repeat after a crash or a restart changes nothing.
    """
    while True:
        try:
            demo = await asyncio.to_thread(seed_people, settings, links.database)
            await asyncio.to_thread(give_cash_passwords, links.database, demo.clients)
            break
        except Unavailable as error:
            logger.info("demo people wait", extra={"reason": error.code})
            await asyncio.sleep(RETRY_S)
    # Banks with hours go by the market's clock.
    while links.quotes.view().status is None:
        await asyncio.sleep(RETRY_S)
    for client in demo.clients:
        while True:
            try:
                await open_one(links, client)
                break
            except Unavailable as error:
                logger.info("demo account waits", extra={"reason": error.code})
                await asyncio.sleep(RETRY_S)


def give_cash_passwords(database: Database, clients: Sequence[DemoClient]) -> None:
    """The demonstration's cash passwords, where none was set: whoever changed theirs keeps it."""
    passwords = Argon2Passwords(HashParameters())
    with database.read() as tx:
        without = [one for one in clients if not has_cash_password(tx, one.opening.account)]
    # A hash takes its time on purpose: none is made while others wait to write.
    hashes = [passwords.hash_now(one.cash_password) for one in without]
    with database.transaction("system") as tx:
        for one, hashed in zip(without, hashes, strict=True):
            if not has_cash_password(tx, one.opening.account):
                set_cash_password(tx, one.opening.account, hashed)


def _takes_money(links: Links, account: str) -> bool:
    """Whether the account's bank is open to pay in."""
    with links.database.read() as tx:
        terms = load_terms(links.funding, tx, account, Direction.IN, lambda code, **_facts: code)
    return terms.open_now


async def open_one(links: Links, client: DemoClient) -> None:
    """Accounts at the counter and the bank, and the first money paid in, unless it was done."""
    opening = client.opening
    counter = links.counters.of(opening.account)
    if await counter.ask(AskAccount(opening.account, 0)) is not None:
        return
    bank = links.banks[client.bank]
    facts = (client.bank_account, client.holder, client.bank_balance_fen)
    await bank.open_account(*facts, client.bank_password)
    if client.second_bank:
        second = (client.second_card, client.holder, client.bank_balance_fen)
        await links.banks[client.second_bank].open_account(*second, client.bank_password)
    with links.database.transaction("system") as tx:
        bind(tx, opening.account, client.bank_account, client.holder, client.bank)
    await counter.submit(
        OpenAccount(
            f"demo:{opening.account}",
            opening.account,
            str(opening.client),
            str(opening.kind),
            opening.currency,
            tuple(
                SecuritiesAccount(s.market, s.number, s.designated, s.custody_unit)
                for s in opening.securities
            ),
            opening.permissions,
            opening.id_valid_until,
        )
    )
    if client.opening_cash_fen:
        while not await asyncio.to_thread(_takes_money, links, opening.account):
            await asyncio.sleep(RETRY_S)
        await pay_in(
            links.funding,
            "demo",
            opening.account,
            opening.account,
            client.opening_cash_fen,
            Secrets(bank=client.bank_password),
        )
