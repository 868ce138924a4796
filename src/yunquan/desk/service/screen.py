"""What people see of the market: depth, trades, charts, lists and the whole at a glance."""

from __future__ import annotations

from typing import Any, Final

from yunquan.actions import list_of_symbols
from yunquan.bars import load_bars, load_minutes
from yunquan.bars.rules.adjust import NONE
from yunquan.bars.rules.periods import MINUTES, joined_minutes
from yunquan.desk import rules
from yunquan.desk.rules.news import news_of
from yunquan.desk.types import MarketGlance, QuotePage, StandingView
from yunquan.kernel.errors import Invalid, NotFound
from yunquan.kernel.i18n import Catalogue
from yunquan.kernel.transaction import Database
from yunquan.quotes import (
    QuoteBoard,
    end_level,
    grant_level,
    level_of,
    load_entitlements,
)
from yunquan.quotes.rules.glance import SORTS, Listed, glance, listed, sorted_by
from yunquan.quotes.rules.levels import LEVEL_2
from yunquan.quotes.types import DepthView, Entitlement, NewsLine, Quote, TradeList, TradesUpdate

LONGEST_PAGE: Final = 100
MOST_NEWS: Final = 20
_EVER: Final = "9999-12-31"


class Screen:
    """The market for readers: everything as text, from the board and from kept bars."""

    def __init__(self, database: Database, quotes: QuoteBoard, catalogue: Catalogue) -> None:
        self.database = database
        self.quotes = quotes
        self.catalogue = catalogue

    def day(self) -> str:
        """Today at the venue; beyond every day before it has spoken."""
        status = self.quotes.view().status
        return status.trading_day if status else _EVER

    # --- levels ---

    def level(self, subject: str, *, staff: bool) -> int:
        """The level of market data a client has today; staff see everything."""
        if staff:
            return LEVEL_2
        with self.database.read() as tx:
            return level_of(tx, subject, self.day())

    def entitlements(self, client: str) -> list[Entitlement]:
        """What a client was ever entitled to, oldest first."""
        with self.database.read() as tx:
            return load_entitlements(tx, client)

    def grant(self, actor: str, client: str, until: str, basis: str) -> None:
        """Entitle a client to Level 2 from today on, until a day or "". Raises Invalid level.*."""
        day = self.day()
        if day == _EVER:
            raise Invalid("market.not_heard_yet")
        with self.database.transaction(actor=actor) as tx:
            grant_level(tx, client, day, rules.day_or_none(until), basis)

    def end(self, actor: str, client: str, basis: str) -> None:
        """End a client's Level 2 from today on. Raises NotFound level.not_granted."""
        with self.database.transaction(actor=actor) as tx:
            end_level(tx, client, self.day(), basis)

    # --- one instrument ---

    def depth(self, symbol: str) -> DepthView:
        """Ten prices a side. Raises NotFound market.unknown_symbol."""
        self.quotes.notice(symbol)
        quote = self.quotes.quote(symbol)
        return rules.depth_view(symbol, quote, self.quotes.stale_since_ms())

    def trades(self, symbol: str) -> TradeList:
        """The last trades of today, oldest first. Raises NotFound market.unknown_symbol."""
        self.quotes.notice(symbol)
        return rules.trade_list(symbol, self.quotes.trades(symbol), self.quotes.stale_since_ms())

    def standing(self, symbol: str, locale: str) -> StandingView | None:
        """Why an instrument doesn't trade now, None while it may."""
        stopped = self.quotes.book.trading_status(symbol)
        if stopped is None and self.quotes.notice(symbol).halted:
            text = self.catalogue.text("market.standing.halted", locale)
            return StandingView("halted", text, "", "")
        if stopped is None:
            return None
        text = self.catalogue.text(f"market.standing.{stopped.status}", locale)
        return StandingView(stopped.status, text, stopped.until, stopped.reason)

    def news(self, symbol: str, locale: str) -> tuple[NewsLine, ...]:
        """What is told of an instrument, newest first: corporate actions of the last year and to
        come, halts, the exchange's notices. Raises NotFound market.unknown_symbol.
        """
        notice, book = self.quotes.notice(symbol), self.quotes.book
        since = f"{int(notice.trading_day[:4]) - 1}{notice.trading_day[4:]}"
        with self.database.read() as tx:
            known = list_of_symbols(tx, (symbol,), since, MOST_NEWS)

        def text(code: str, /, **facts: Any) -> str:
            return self.catalogue.text(code, locale, **facts)

        return news_of(notice, book.trading_status(symbol), book.notice, known, text)

    def bars(
        self, symbol: str, limit: int = 250, *, period: str = "day", adjust: str = NONE
    ) -> list[list[Any]]:
        """Bars before today, oldest first; those of minutes with today's so far.

        [day or "day HH:MM", open, high, low, close, volume]; None where the source has only
        closes. Raises NotFound market.unknown_symbol, Invalid market.period or market.adjust.
        """
        self.quotes.notice(symbol)
        before = self.day()
        with self.database.read() as tx:
            if period not in MINUTES:
                bars = load_bars(tx, symbol, before, limit, period=period, adjust_way=adjust)
                return rules.day_rows(bars)
            days = load_minutes(tx, symbol, before, limit, period=period, adjust_way=adjust)
        rows = [row for day in days for row in rules.chart_rows(day.trading_day, day.bars)]
        today = self.quotes.minutes(symbol)
        if today is not None:
            joined = joined_minutes(today.bars, MINUTES[period])
            rows += rules.chart_rows(today.trading_day, joined)
        return rows[-limit:]

    def shown(self, topic: str, data: Any, locale: str) -> Any:
        """An update of the board as streams show it."""
        stale = self.quotes.stale_since_ms()
        if isinstance(data, TradesUpdate):
            return rules.trade_list(data.symbol, data, stale)
        if not isinstance(data, Quote):
            return data
        if topic.startswith("depth:"):
            return rules.depth_view(data.symbol, data, stale)
        stopped = self.quotes.book.trading_status(data.symbol)
        notice = self.quotes.notice(data.symbol)
        return rules.quote_view(notice, data, stale, locale, stopped)

    # --- many ---

    def _listed(self) -> list[Listed]:
        book = self.quotes.book
        return listed(book.instruments.values(), book.quotes, book.trading_status)

    def glance(self, locale: str) -> MarketGlance:
        """Indices, leaders and losers, turnover, how many stand at their limits."""
        return rules.glance_view(glance(self._listed()), self.quotes.stale_since_ms(), locale)

    def page(
        self,
        locale: str,
        *,
        sort: str = "symbol",
        falling: bool = False,
        group: str = "",
        industry: str = "",
        start: int = 0,
        limit: int = 50,
    ) -> QuotePage:
        """A page of everything that trades. group: a board, a product or "" for all.

        sort: one of SORTS. Raises Invalid list.sort.
        """
        if sort not in SORTS:
            raise Invalid("list.sort", sort=sort[:20])
        key = "name_en" if sort == "name" and locale != "zh_CN" else sort
        limit = max(1, min(limit, LONGEST_PAGE))
        wanted = [
            one
            for one in self._listed()
            if (not group or group in (one.board, one.product))
            and (not industry or one.industry == industry)
        ]
        found = sorted_by(wanted, key, falling=falling)[start : start + limit]
        stale = self.quotes.stale_since_ms()
        views = tuple(
            rules.quote_view(one.notice, one.quote, stale, locale, one.stopped) for one in found
        )
        following = start + limit if start + limit < len(wanted) else None
        return QuotePage(views, len(wanted), start, following)

    def industry_name(self, industry: str, locale: str) -> str:
        """A line of business in the reader's language, "" for none and where no share is in it."""
        if not industry:
            return ""
        known = self.quotes.book.instruments.values()
        one = next((notice for notice in known if notice.industry == industry), None)
        if one is None:
            return ""
        return (one.industry_zh if locale == "zh_CN" else one.industry_en) or industry

    def require(self, symbol: str) -> None:
        """Raises NotFound market.unknown_symbol."""
        if symbol not in self.quotes.book.instruments:
            raise NotFound("market.unknown_symbol", symbol=symbol[:20])
