"""The one door: every verb of a client and of staff. Pages and API answer from these."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from yunquan.counter import Counters
from yunquan.desk import rules
from yunquan.desk.readers import AccountNews, NoticeWatch
from yunquan.desk.rules.notices import notice_list, seen_of
from yunquan.desk.service.accounts import LONGEST_LIST, Accounts
from yunquan.desk.service.control import Control
from yunquan.desk.service.orders import Orders
from yunquan.desk.service.screen import Screen
from yunquan.desk.service.transfers import Transfers
from yunquan.desk.types import CancelTally, InstrumentView, NoticeList, QuoteView
from yunquan.funding import Funding
from yunquan.kernel.clock import Clock, to_ms
from yunquan.kernel.errors import Invalid, NotFound, Unavailable
from yunquan.kernel.i18n import Catalogue
from yunquan.kernel.money import fen_to_text, milli_to_text
from yunquan.kernel.transaction import Database
from yunquan.kernel.zone import day_of
from yunquan.market import day_of_notice
from yunquan.market.rules import RuleBook
from yunquan.market.types import UNLIMITED_UP_MILLI, MarketStatus
from yunquan.quotes import QuoteBoard
from yunquan.quotes.rules.glance import INDEX
from yunquan.restrictions import Restrictions
from yunquan.switches import Switches


class Desk:
    """What a logged-in client or staff member may do. Whose account it is was checked by the
    face.
    """

    def __init__(
        self,
        database: Database,
        counters: Counters,
        quotes: QuoteBoard,
        rule_book: RuleBook,
        catalogue: Catalogue,
        clock: Clock,
        news: AccountNews,
        funding: Funding,
        *,
        simulated: bool,
    ) -> None:
        self.database = database
        self.counters = counters
        self.quotes = quotes
        self.rule_book = rule_book
        self.catalogue = catalogue
        self.clock = clock
        self.news = news
        self.funding = funding
        self.simulated = simulated
        self.screen = Screen(database, quotes, catalogue)
        self.watch = NoticeWatch(counters, clock)

        # The verbs of the desk, each kept by the part whose business it is.
        accounts = Accounts(database, counters, quotes, catalogue, clock)
        self.text = accounts.text
        self.name = accounts.name
        self.assets = accounts.assets
        self.account_view = accounts.account_view
        self.postings = accounts.postings
        self.projected = accounts.projected

        self._orders = orders = Orders(accounts)
        self.estimate = orders.estimate
        self.place = orders.place
        self.cancel = orders.cancel
        self.orders = orders.orders
        self.order_life = orders.order_life
        self.order_of_row = orders.order_of_row
        self.fills = orders.fills

        transfers = Transfers(accounts, funding)
        self.pay = transfers.pay
        self.transfers = transfers.transfers
        self.transfer = transfers.transfer
        self.transfer_terms = transfers.transfer_terms

        control = Control(database, counters)
        self.health = control.health
        self.reader_lags = control.reader_lags

        parts = (database, counters, catalogue, clock)
        self.restrictions = Restrictions(*parts, self.trading_day)
        self.switches = Switches(*parts, self.symbols, accounts.name)
        self.switch = self.switches.switch
        self.agree = self.switches.agree
        self.decline = self.switches.decline
        self.switch_board = self.switches.board

    # --- market ---

    def market_status(self) -> MarketStatus | None:
        return self.quotes.view().status

    def trading_day(self) -> str:
        """The market's day; before the market was heard, the day in Beijing."""
        status = self.market_status()
        if status:
            return status.trading_day
        return day_of(to_ms(self.clock.now()))

    def quote(self, symbol: str, locale: str) -> QuoteView:
        """The latest of an instrument. Raises NotFound market.unknown_symbol."""
        notice = self.quotes.notice(symbol)
        stopped = self.quotes.book.trading_status(symbol)
        return rules.quote_view(
            notice, self.quotes.quote(symbol), self.quotes.stale_since_ms(), locale, stopped
        )

    def quotes_of(self, symbols: Sequence[str], locale: str) -> list[QuoteView]:
        """Several, in the order asked; symbols that don't exist are left out."""
        known = self.quotes.book.instruments
        return [self.quote(symbol, locale) for symbol in symbols[:LONGEST_LIST] if symbol in known]

    def symbols(self) -> list[str]:
        """Everything that trades today: an index is only looked at."""
        known = self.quotes.book.instruments.values()
        return sorted(one.instrument.symbol for one in known if one.instrument.board != INDEX)

    def search(self, text: str, locale: str, limit: int = 10) -> list[QuoteView]:
        """Instruments by code, pinyin initials or name, best first."""
        return [self.quote(found.symbol, locale) for found in self.quotes.search(text, limit)]

    def instrument(self, symbol: str, locale: str) -> InstrumentView:
        """An instrument with what holds for it today. Raises NotFound market.unknown_symbol, also
        for an index, which nobody can trade.
        """
        notice = self.quotes.notice(symbol)
        if notice.instrument.board == INDEX:
            raise NotFound("market.unknown_symbol", symbol=symbol[:20])
        day = day_of_notice(self.rule_book, notice)
        status = self.market_status()
        phase = status.phase if status else "closed"
        return InstrumentView(
            quote=self.quote(symbol, locale),
            trading_day=day.trading_day,
            time=status.time if status else "",
            phase=phase,
            phase_text=self.catalogue.text(f"market.phase.{phase}", locale),
            limit_up=milli_to_text(day.limit_up_milli),
            limit_down=milli_to_text(day.limit_down_milli),
            tick=milli_to_text(day.tick_milli),
            buy_min=day.buy_min,
            buy_step=day.buy_step,
            lot=day.lot,
            max_qty=day.max_qty,
            permission=day.permission,
            halted=day.halted,
            product=day.product,
            t0=day.t0,
            limited=day.limit_up_milli < UNLIMITED_UP_MILLI,
            unit=rules.unit_text(day.product, self.text(locale)),
            kinds=rules.kinds_of(self.rule_book, day, status, self.text(locale)),
            commission=rules.percent_of_e8(day.commission_e8),
            commission_min=fen_to_text(day.commission_min_fen),
            stamp=rules.percent_of_e8(day.stamp_e8),
            transfer=rules.percent_of_e8(day.transfer_e8),
            industry=self.screen.industry_name(notice.industry, locale),
            units=notice.units,
        )

    def minutes(self, symbol: str) -> list[list[Any]]:
        """Today's minutes: ["HH:MM", open, high, low, close, volume, turnover], oldest first."""
        self.quotes.notice(symbol)
        update = self.quotes.minutes(symbol)
        return rules.minute_rows(update.bars if update else ())

    # --- several orders at once ---

    async def cancel_all(
        self, caller: str, key: str, account: str, symbol: str, locale: str
    ) -> CancelTally:
        """Ask for a cancel of every open order of today, of one symbol or ("") of all."""
        return await self._orders.cancel_all(caller, key, account, symbol, locale)

    async def export(self, account: str, what: str, from_day: str, to_day: str, locale: str) -> str:
        """Orders or ("fills") executions of a period as CSV text."""
        return await self._orders.export(account, what, from_day, to_day, locale)

    # --- notices ---

    async def notices(self, account: str, locale: str, symbol: str = "") -> NoticeList:
        """What a page of this account says on top. symbol: the one it is about, "" for none.

        A counter that doesn't answer leaves the page without, rather than the client without a
        page: whatever they order says why it is refused.
        """
        try:
            view = await self.watch.of(account)
        except Unavailable:
            return NoticeList((), "")
        name, text = lambda found: self.name(found, locale), self.text(locale)
        return notice_list(view, symbol, locale, name, text)

    async def _notices_seen(self, account: str) -> dict[str, str]:
        return {"seen": seen_of(await self.watch.of(account))}

    # --- live ---

    def loader(self, topic: str, locale: str) -> Callable[[], Awaitable[Any]]:
        """How to get the latest of an account topic or of health."""
        kind, _, account = topic.partition(":")
        if kind == "orders":
            return lambda: self.orders(account, locale, day="today")
        if kind == "assets":
            return lambda: self.assets(account, locale)
        if kind == "notices":
            return lambda: self._notices_seen(account)
        if kind == "health":
            return self.health
        raise Invalid("market.unknown_topic", topic=topic[:40])
