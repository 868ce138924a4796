"""From the counter's integers to what people read. Pure: figures in, text out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import msgspec

from yunquan.bars.types import DayBar, MinuteBar
from yunquan.counter.rules.reference import session_now
from yunquan.counter.types import AccountView, BalanceView, OrderState, OrderView
from yunquan.desk.types import (
    Assets,
    IndustryLine,
    KindView,
    MarketGlance,
    OrderLine,
    OrderStep,
    PositionLine,
    PostingLine,
    QuoteView,
    Reason,
)
from yunquan.kernel.errors import Invalid
from yunquan.kernel.i18n import readable
from yunquan.kernel.money import fen_to_text, milli_to_text, signed_fen, signed_milli
from yunquan.ledger.types import BUCKET_NAMES
from yunquan.market.rules import RuleBook, day_phases, seconds_of
from yunquan.market.rules.fees import notional_fen
from yunquan.market.rules.sessions import phase_announced, phase_taking, phase_text
from yunquan.market.types import (
    AFTER_HOURS,
    MARKET_KINDS,
    ORDER_KINDS,
    InstrumentDay,
    InstrumentNotice,
    MarketStatus,
    Phase,
    TradingStatus,
)
from yunquan.quotes.rules.glance import Glance, Listed
from yunquan.quotes.rules.levels import LEVEL_1_PRICES
from yunquan.quotes.types import DepthView, Level, Quote, TradeLine, TradeList, TradesUpdate

Text = Callable[..., str]
SIDES = {1: "buy", 2: "sell"}
SIDE_NUMBERS = {"buy": 1, "sell": 2}
_RATIO_PLACES = Decimal("0.0001")


def percent_of_e8(rate_e8: int) -> str:
    """A rate in hundred-millionths as per cent, without trailing zeros ("0.025")."""
    return f"{(Decimal(rate_e8) / 10**6).normalize():f}"


def ratio_text(part: int, whole: int) -> str | None:
    """part / whole as a fraction with four places and sign ("+0.0079"); None when the whole is
    zero.
    """
    if not whole:
        return None
    return f"{(Decimal(part) / Decimal(whole)).quantize(_RATIO_PLACES, ROUND_HALF_UP):+}"


def clock_text(second: int) -> str:
    """Seconds after midnight as "HH:MM:SS"; "" where the exchange's time wasn't written down."""
    if not second:
        return ""
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


def reason_of(code: str, facts: dict[str, Any], text: Text) -> Reason | None:
    """The reason in the reader's language. The exchange's own codes are looked up under
    "venue.".
    """
    if not code or code in ("user", "unsent"):
        return None
    name = code if "." in code else f"venue.{code}"
    return Reason(name, readable(facts), text(name, **facts))


def unit_text(product: str, text: Text) -> str:
    """What one of a product is called: a share, a fund unit, a bond of 100 face."""
    if product in ("convertible", "treasury"):
        return text("unit.bond")
    return text("unit.fund" if product in ("lof", "reit") or product[:3] == "etf" else "unit.share")


def order_line(order: OrderView, day: str, name: str, unit: str, text: Text) -> OrderLine:
    """An order as its owner sees it. day: the trading day it belongs to."""
    state = OrderState(order.state)
    if order.cancel_wanted and order.open and state is OrderState.SENDING:
        state = OrderState.CANCELLING
    average = None
    if order.filled:
        cents = (Decimal(order.amount) / 100 / order.filled).quantize(
            Decimal("0.001"), ROUND_HALF_UP
        )
        average = milli_to_text(int(cents * 1000))
    english = state.name.lower()
    return OrderLine(
        id=order.id,
        account=order.account,
        day=day,
        symbol=order.symbol,
        name=name,
        side=SIDES.get(order.side, "buy"),
        price=milli_to_text(order.price),
        qty=order.qty,
        filled=order.filled,
        cancelled=order.cancelled,
        average=average,
        amount=fen_to_text(order.amount),
        commission=fen_to_text(order.commission),
        state=english,
        state_text=text(f"state.{english}"),
        open=order.open,
        cancellable=order.open and not order.cancel_wanted,
        cancel_wanted=order.cancel_wanted,
        at_ms=order.at_ms,
        kind=order.kind,
        kind_text=text(f"kind.{order.kind}") if order.kind in ORDER_KINDS else order.kind,
        named_price=order.asked != 0,
        time=clock_text(order.clock_s),
        waits=state is OrderState.UNSENT and order.open,
        unit=unit,
        reason=reason_of(order.reason, order.facts, text),
    )


def kinds_of(
    book: RuleBook, day: InstrumentDay, status: MarketStatus | None, text: Text
) -> tuple[KindView, ...]:
    """The kinds of orders an instrument takes today, limit first, by our own reading of its day."""
    phases = day_phases(book, day.market, day.board, day.product, day.trading_day)
    announced, second = (status.phase, seconds_of(status.time)) if status else ("", 0)
    session = session_now(phases, announced, second)
    now = phase_announced(phases, announced, second)
    return tuple(
        KindView(
            kind=kind,
            text=text(f"kind.{kind}"),
            about=text(f"kind.about.{kind}"),
            price=_price_meaning(kind, day),
            max_qty=_most(kind, day),
            now=kind in session.takes,
            waits=kind in session.waits,
            when=_when(phases, kind, now, text) if kind in session.waits else "",
        )
        for kind in day.kinds
    )


def _when(day: Sequence[Phase], kind: str, now: Phase, text: Text) -> str:
    """When an order that waits goes out, in words."""
    taking = phase_taking(day, kind, now)
    if taking is None:
        return ""
    begins = clock_text(taking.start_s)[:5]
    code = "order.waits_night" if now.name == "pre_open" else "order.waits_later"
    return text(code, time=begins, phase=text(phase_text(taking.name)))


def _price_meaning(kind: str, day: InstrumentDay) -> str:
    if kind not in MARKET_KINDS:
        return "limit"
    return "protection" if day.market_price == "protection" else "none"


def _most(kind: str, day: InstrumentDay) -> int:
    if kind in MARKET_KINDS:
        return day.max_market_qty
    return day.max_after_hours_qty if kind == AFTER_HOURS else day.max_qty


def position_line(
    balance: BalanceView,
    name: str,
    unit: str,
    cost: tuple[int, int] | None,
    last: int | None,
    in_price: int = 0,
    *,
    stale: bool,
) -> PositionLine:
    """One holding. cost: (shares, fen paid) as far as bought here; last: milli, None without a
    quote; in_price: new shares of it that this price has in it already, before its ex day.
    """
    qty = balance.owned
    value = notional_fen(last, qty - in_price) if last is not None else None
    known = cost is not None and cost[0] >= qty > 0
    paid = cost[1] * qty // cost[0] if known and cost else None
    profit = value - paid if value is not None and paid is not None else None
    return PositionLine(
        symbol=balance.asset,
        name=name,
        qty=qty,
        sellable=balance.available,
        settling=balance.settling,
        frozen=balance.frozen,
        held=balance.held,
        cost=milli_to_text((paid * 20 + qty) // (2 * qty)) if paid is not None else None,
        last=milli_to_text(last) if last is not None else None,
        value=fen_to_text(value) if value is not None else None,
        profit=signed_fen(profit) if profit is not None else None,
        profit_ratio=ratio_text(profit, paid) if profit is not None and paid else None,
        stale=stale,
        unit=unit,
    )


def assets_of(
    view: AccountView, positions: tuple[PositionLine, ...], value: int | None, profit: int | None
) -> Assets:
    """Everything a client owns. value, profit: fen over all positions, None when a price is
    missing.
    """
    cash = view.cash
    return Assets(
        account=view.account,
        day=view.day,
        seq=view.seq,
        total=fen_to_text(cash.owned + value) if value is not None else None,
        cash=fen_to_text(cash.owned),
        usable=fen_to_text(cash.usable),
        withdrawable=fen_to_text(cash.available),
        settling=fen_to_text(cash.settling),
        frozen=fen_to_text(cash.frozen),
        held=fen_to_text(cash.held),
        market_value=fen_to_text(value) if value is not None else None,
        profit=signed_fen(profit) if profit is not None else None,
        positions=positions,
    )


def quote_view(
    notice: InstrumentNotice,
    quote: Quote | None,
    stale_since_ms: int | None,
    locale: str,
    stopped: TradingStatus | None = None,
) -> QuoteView:
    """One instrument's latest; before the first quote only its name and previous close are
    known.
    """
    instrument = notice.instrument
    prev = quote.prev_close_milli if quote else notice.prev_close_milli
    traded = quote is not None and quote.last_milli > 0
    change = quote.last_milli - prev if quote and traded else None
    return QuoteView(
        symbol=instrument.symbol,
        name=instrument.name_zh if locale == "zh_CN" else instrument.name_en,
        board=instrument.board,
        last=milli_to_text(quote.last_milli) if quote and traded else None,
        change=signed_milli(change) if change is not None else None,
        change_ratio=ratio_text(change, prev) if change is not None else None,
        open=_price(quote.open_milli) if quote else None,
        high=_price(quote.high_milli) if quote else None,
        low=_price(quote.low_milli) if quote else None,
        prev_close=milli_to_text(prev),
        volume=quote.volume if quote else 0,
        turnover=fen_to_text(quote.turnover_fen if quote else 0),
        bids=_levels(quote.bids[:LEVEL_1_PRICES]) if quote else (),
        asks=_levels(quote.asks[:LEVEL_1_PRICES]) if quote else (),
        seq=quote.seq if quote else 0,
        stale_since_ms=stale_since_ms,
        simulated=instrument.simulated,
        indicative=_price(quote.indicative_milli) if quote else None,
        matched=quote.matched_qty if quote else 0,
        unmatched=quote.unmatched_qty if quote else 0,
        standing=stopped.status if stopped else "halted" if notice.halted else "",
        until=stopped.until if stopped else "",
    )


def depth_view(symbol: str, quote: Quote | None, stale_since_ms: int | None) -> DepthView:
    """Every price the venue shows."""
    if quote is None:
        return DepthView(symbol, (), (), 0, stale_since_ms)
    return DepthView(symbol, _levels(quote.bids), _levels(quote.asks), quote.seq, stale_since_ms)


def trade_list(symbol: str, update: TradesUpdate | None, stale_since_ms: int | None) -> TradeList:
    """Trades as text."""
    trades = update.trades if update else ()
    lines = tuple(
        TradeLine(
            trade.seq, trade.at[11:19], milli_to_text(trade.price_milli), trade.qty, trade.side
        )
        for trade in trades
    )
    return TradeList(symbol, lines, update.missed if update else 0, stale_since_ms)


def glance_view(found: Glance, stale_since_ms: int | None, locale: str) -> MarketGlance:
    """The whole market as text."""

    def views(group: tuple[Listed, ...]) -> tuple[QuoteView, ...]:
        return tuple(
            quote_view(one.notice, one.quote, stale_since_ms, locale, one.stopped) for one in group
        )

    return MarketGlance(
        indices=views(found.indices),
        leaders=views(found.leaders),
        losers=views(found.losers),
        busiest=views(found.busiest),
        up=found.up,
        down=found.down,
        flat=found.flat,
        limit_up=found.limit_up,
        limit_down=found.limit_down,
        stopped=found.stopped,
        turnover=fen_to_text(found.turnover_fen),
        industries=tuple(
            IndustryLine(
                one.industry,
                one.name_zh if locale == "zh_CN" else one.name_en,
                one.count,
                one.up,
                one.down,
                views((one.leader,))[0].name,
                ratio_text(one.change_e4, 10_000) or "+0.0000",
                fen_to_text(one.turnover_fen),
            )
            for one in found.industries
        ),
        stale_since_ms=stale_since_ms,
    )


def day_or_none(text: str) -> str:
    """An ISO day as typed, "" for none. Raises Invalid level.day."""
    if not text.strip():
        return ""
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise Invalid("level.day", day=text[:20]) from None


def chart_rows(day: str, bars: Sequence[MinuteBar]) -> list[list[Any]]:
    """["day HH:MM", open, high, low, close, volume] of each bar, oldest first."""
    return [
        [
            f"{day} {bar.minute}",
            milli_to_text(bar.open_milli),
            milli_to_text(bar.high_milli),
            milli_to_text(bar.low_milli),
            milli_to_text(bar.close_milli),
            bar.volume,
        ]
        for bar in bars
    ]


def minute_rows(bars: Sequence[MinuteBar]) -> list[list[Any]]:
    """["HH:MM", open, high, low, close, volume, turnover] of each minute, oldest first."""
    return [
        [
            bar.minute,
            milli_to_text(bar.open_milli),
            milli_to_text(bar.high_milli),
            milli_to_text(bar.low_milli),
            milli_to_text(bar.close_milli),
            bar.volume,
            fen_to_text(bar.turnover_fen),
        ]
        for bar in bars
    ]


def day_rows(bars: Sequence[DayBar]) -> list[list[Any]]:
    """[day, open, high, low, close, volume] of each day; None where the source has only closes."""
    return [
        [
            bar.trading_day,
            _known(bar.open_milli),
            _known(bar.high_milli),
            _known(bar.low_milli),
            milli_to_text(bar.close_milli),
            bar.volume,
        ]
        for bar in bars
    ]


def _known(milli: int | None) -> str | None:
    return milli_to_text(milli) if milli is not None else None


def _price(milli: int) -> str | None:
    return milli_to_text(milli) if milli > 0 else None


def _levels(levels: tuple[tuple[int, int], ...]) -> tuple[Level, ...]:
    return tuple(Level(milli_to_text(price), qty) for price, qty in levels)


def sequence_of(before: str | None) -> int | None:
    """A paging position as a log sequence. Raises Invalid list.before."""
    if before is None:
        return None
    if not before.isascii() or not before.isdigit() or len(before) > 18:
        raise Invalid("list.before", before=before[:40])
    return int(before)


def view_of_row(row: Any) -> OrderView:
    """An order of the projection as the counter would show it."""
    return OrderView(
        row.id,
        row.account,
        row.symbol,
        row.side,
        row.price,
        row.qty,
        row.state,
        row.at_ms,
        row.filled,
        row.cancelled,
        row.amount,
        row.commission,
        0,
        row.cancel_wanted,
        row.is_open,
        row.reason,
        msgspec.json.decode(row.facts),
        row.kind,
        row.asked,
        row.clock_s,
    )


def step_line(row: Any, text: Text) -> OrderStep:
    """One event of an order's life in words."""
    detail: dict[str, Any] = msgspec.json.decode(row.detail)
    for name in ("price",):
        if name in detail:
            detail[name] = milli_to_text(detail[name])
    for name in ("amount", "commission", "stamp", "transfer"):
        if name in detail:
            detail[name] = fen_to_text(detail[name])
    return OrderStep(
        row.stream, row.seq, row.at_ms, row.event, text(f"step.{row.event}", **detail), detail
    )


def posting_line(row: Any) -> PostingLine:
    """One posting with its buckets named. Symbols have a dot ("600519.SH"), currencies none."""
    amount = str(row.amount) if "." in row.asset else fen_to_text(row.amount)
    source_bucket: int = row.source_bucket
    target_bucket: int = row.target_bucket
    return PostingLine(
        row.stream,
        row.seq,
        row.at_ms,
        row.source,
        BUCKET_NAMES[source_bucket],
        row.target,
        BUCKET_NAMES[target_bucket],
        row.asset,
        amount,
    )
