"""A process's connections: databases, counters, exchange feed, bank; and the keys that seal what is
stored.
"""

from __future__ import annotations

import asyncio
import importlib.resources
import logging
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from yunquan.actions.types import CorporateNotice
from yunquan.app.keys import load_key
from yunquan.app.locale import catalogue
from yunquan.app.records import CounterPermissions, DayEndAssets, OwnTrades
from yunquan.app.settings import Settings
from yunquan.archive import Archive
from yunquan.bars import record_day_bars, record_minutes
from yunquan.clients import Sealing
from yunquan.counter import Counters, SocketClient
from yunquan.desk.readers import AccountNews
from yunquan.funding import BankSocket, Funding, load_bank_terms
from yunquan.funding.types import MarketMoment
from yunquan.kernel.bell import Bell
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.errors import NotFound
from yunquan.kernel.transaction import Database, Tx
from yunquan.market import day_of_notice, load_rule_book, record_instruments
from yunquan.market.rules import RuleMissing
from yunquan.market.types import InstrumentNotice
from yunquan.quotes import Listeners, QuoteBoard, QuoteListener, TapeRecorder
from yunquan.quotes.types import DayEnd
from yunquan.rights import record_ex_day, take_announcement
from yunquan.security import Argon2Passwords, Sm4Vault
from yunquan.security.types import HashParameters
from yunquan.signing import (
    Examination,
    HouseKeys,
    OwnCa,
    OwnTsa,
    SealFace,
    SealMaker,
    SheetPrinter,
    Signing,
    SigningParts,
    Verifier,
    Vouching,
    load_house_keys,
)
from yunquan.suitability import Permissions, Suitability
from yunquan.tariffs import Tariffs
from yunquan.venues.adapters.feed import ExchangeFeed
from yunquan.vision import PoolVision

VAULT_KEY_BYTES = 16
DIGEST_KEY_BYTES = 32
SEAL_MM = 40

logger = logging.getLogger("yunquan.links")


class MarketKeeper:
    """Writes down what the exchange announced and how its days went; one process does it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._book = load_rule_book()

    def on_day_ended(self, day: DayEnd) -> None:
        """Keep the bars of a day as it was played."""
        with self._database.transaction("system") as tx:
            record_day_bars(tx, day.bars)
            record_minutes(tx, day.minutes)

    def on_announced(self, notice: InstrumentNotice) -> None:
        """Keep an instrument's reference data; name where the exchange reads the rules
        otherwise.
        """
        with self._database.transaction("system") as tx:
            differing = record_instruments(tx, [notice], self._book)
            self._keep_ex_day(tx, notice)
        for one in differing:
            logger.warning(
                "exchange reads the limits otherwise",
                extra={"symbol": one.symbol, "ours": one.ours, "theirs": one.theirs},
            )

    def _keep_ex_day(self, tx: Tx, notice: InstrumentNotice) -> None:
        """On an ex day keep what it does to the prices before; name a reference price that the
        exchange reads otherwise, and a price that fell without an action.
        """
        symbol, day = notice.instrument.symbol, notice.trading_day
        if notice.instrument.product != "stock":
            return
        facts = {"symbol": symbol, "day": day, "theirs": notice.prev_close_milli}
        try:
            tick_milli = day_of_notice(self._book, notice).tick_milli
            ours = record_ex_day(tx, symbol, day, tick_milli)
        except (NotFound, RuleMissing) as missing:
            logger.info("ex day without a close before it", extra=facts | {"why": str(missing)})
            return
        if ours is not None and ours != notice.prev_close_milli:
            logger.warning(
                "exchange reads the reference price otherwise", extra={**facts, "ours": ours}
            )

    def on_corporate(self, message: dict[str, Any]) -> None:
        """Take what a company announces; what can't be taken is named."""
        told = {"announcement": str(message.get("id"))[:40]}
        try:
            notice = msgspec.convert(message, CorporateNotice)
        except msgspec.ValidationError as error:
            logger.error("announcement can't be read", extra=told | {"reason": str(error)[:200]})
            return
        with self._database.transaction("exchange") as tx:
            code = take_announcement(tx, notice)
        if code:
            logger.warning("announcement not taken", extra=told | {"code": code})


class Links:
    """A process's connections. Nothing is opened before `start`.

    keeper, tape: one process writes down what the exchange said; the others only listen.
    """

    def __init__(
        self,
        settings: Settings,
        keeper: MarketKeeper | None = None,
        tape: TapeRecorder | None = None,
    ) -> None:
        self.settings = settings
        self.clock = SystemClock()
        self.database = Database(settings.rooms_url(), self.clock)
        self.bell = Bell(settings.bell)
        self.database.on_emit.append(self.bell.ring)
        self.news = AccountNews()
        self.sockets = [
            SocketClient(settings.counter_address(number), on_committed=self.news.on_committed)
            for number in range(settings.counters)
        ]
        self.counters = Counters(self.sockets)
        self.rule_book = load_rule_book()
        self.quotes = QuoteBoard(
            self.clock,
            day_ended=keeper.on_day_ended if keeper else None,
            announced=keeper.on_announced if keeper else None,
        )
        self.tape = tape
        self.keeper = keeper
        # Who else hears the feed, after the board and the tape.
        self.listeners: list[QuoteListener] = []
        terms = load_bank_terms()
        self.banks = {
            code: BankSocket(settings.bank_address, settings.member, code)
            for code in dict.fromkeys(row.bank for row in terms)
        }
        # Its processes start when it is warmed or asked: roles that never look have none.
        self.vision = PoolVision(
            settings.vision_python, settings.vision_workers, settings.vision_memory_mb
        )
        self.logs = tuple(
            Database(settings.counter_url(number), self.clock)
            for number in range(0 if settings.database else settings.counters)
        )
        self.funding = Funding(
            self.database,
            self.counters,
            self.banks,
            self.clock,
            Argon2Passwords(HashParameters()),
            terms,
            market_time=self._market_time,
            counter_logs=self.logs,
        )
        parts = (self.database, self.counters, catalogue(), self.clock, self.rule_book)
        self.tariffs = Tariffs(*parts, lambda: self.funding.moment().day)
        self.suitability = Suitability(
            self.database, catalogue(), sealing(settings), lambda: self.funding.moment().day
        )
        line = CounterPermissions(self.counters)
        self.permissions = Permissions(self.suitability, DayEndAssets(), OwnTrades(), line)

    def _market_time(self) -> MarketMoment | None:
        """The exchange's day and minute, by which the simulated banks live too."""
        status = self.quotes.view().status
        return MarketMoment(status.trading_day, status.time[:5]) if status else None

    async def start(self) -> list[asyncio.Task[None]]:
        """Connect in the background; the tasks that keep it so."""
        feed = ExchangeFeed(self.settings.venue_address)
        taped = [self.tape] if self.tape else []
        listener = Listeners(self.quotes, *taped, *self.listeners)
        for bank in self.banks.values():
            bank.start()
        tasks = [asyncio.create_task(socket.start()) for socket in self.sockets]
        announced = self.keeper.on_corporate if self.keeper else None
        return [*tasks, asyncio.create_task(feed.run(listener, announced))]

    async def stop(self) -> None:
        """Close everything."""
        if self.tape:
            self.tape.close()
        await asyncio.to_thread(self.vision.stop)
        for socket in self.sockets:
            await socket.close()
        for bank in self.banks.values():
            await bank.stop()
        for database in (self.database, *self.logs):
            database.dispose()
        self.bell.close()


def vault(settings: Settings) -> Sm4Vault:
    """Seals what is stored secret."""
    return Sm4Vault(load_key(settings.keys, "vault.key", VAULT_KEY_BYTES))


def archive(settings: Settings, database: Database) -> Archive:
    """The office of documents."""
    sealed = sealing(settings)
    return Archive(database, settings.archive, sealed.vault, sealed.digest_key, catalogue())


@cache
def house_keys(settings: Settings) -> HouseKeys:
    """Keys of our own authorities and of the seal. They bear the firm's name."""
    firm = catalogue().text("statement.firm")
    return load_house_keys(settings.keys / "signing.keys", vault(settings), firm, SystemClock().now)


def signing(settings: Settings, database: Database, documents: Archive) -> Signing:
    """The office of electronic signatures, over our own authorities."""
    keys, now = house_keys(settings), database.clock.now
    printer = SheetPrinter(Path(str(importlib.resources.files("yunquan.statements"))) / "fonts")
    stamps = OwnTsa(keys, now)
    firm, kind = (catalogue().text(code) for code in ("statement.firm", "signing.seal_kind"))

    def face() -> SealFace:
        return SealFace(printer.face(firm, kind), SEAL_MM, SEAL_MM)

    parts = SigningParts(
        database,
        documents,
        catalogue(),
        printer,
        Vouching(OwnCa(keys, now), keys.root.der()),
        stamps,
        SealMaker(keys, stamps, face, now),
        now,
        simulated=settings.world,
    )
    return Signing(parts)


def verifier(settings: Settings, database: Database, documents: Archive) -> Verifier:
    """The office that looks at signed papers."""
    keys = house_keys(settings)
    root = keys.root.der()
    roots = (root, keys.seal_root.certificate)
    return Verifier(database, documents, Examination(root), roots, database.clock.now)


def sealing(settings: Settings) -> Sealing:
    """How clients' identity is sealed and found again."""
    return Sealing(vault(settings), load_key(settings.keys, "index.key", DIGEST_KEY_BYTES))
