"""What the floor shows to everybody, as messages: instruments, quotes, minutes, the time."""

from __future__ import annotations

from yunquan_world.book import BUY, SELL
from yunquan_world.corporate import Announcement
from yunquan_world.exchange import Print
from yunquan_world.floor import Floor
from yunquan_world.hours import Moment, clock_text
from yunquan_world.messages import (
    Closes,
    CorporateAction,
    InstrumentInfo,
    Market,
    Minutes,
    Quote,
    Trade,
    TradingStatus,
)
from yunquan_world.names import INDUSTRY_NAMES
from yunquan_world.rules import IN_CALL, Instrument
from yunquan_world.statuses import HALTED, Status


def instrument_message(instrument: Instrument) -> InstrumentInfo:
    industry, industry_en = INDUSTRY_NAMES.get(instrument.industry, ("", ""))
    return InstrumentInfo(
        symbol=instrument.symbol,
        security=instrument.security,
        market=instrument.market,
        name=instrument.name,
        name_en=instrument.name_en,
        board=instrument.board,
        trading_day=instrument.trading_day,
        prev_close_milli=instrument.prev_close_milli,
        limit_up_milli=instrument.limit_up_milli,
        limit_down_milli=instrument.limit_down_milli,
        status="halted" if instrument.halted else "trading",
        risk_warned=instrument.risk_warned,
        simulated=instrument.simulated,
        product=instrument.product,
        listed_on=instrument.listed_on,
        listing_day=instrument.listing_day,
        delisting_day=instrument.delisting_day,
        t0=instrument.t0,
        issue_price_milli=instrument.issue_price_milli,
        industry=instrument.industry,
        industry_name=industry,
        industry_name_en=industry_en,
        units=instrument.units,
    )


_E6 = 10**6


def action_message(one: Announcement, day: str) -> CorporateAction:
    """An announcement as it stands on a day: once an issue's outcome is known it has that too."""
    ended = one.ended(day)
    return CorporateAction(
        id=one.id,
        version=2 if ended else 1,
        state="ended" if ended else "announced",
        symbol=one.symbol,
        announced_on=one.announced_on,
        record_day=one.record_day,
        ex_day=one.ex_day,
        pay_day=one.pay_day,
        listing_day=one.listing_day,
        # From milli a share to 10^-6 CNY for ten.
        cash_e6=one.cash_milli * 10 * 1_000,
        bonus_e6=one.bonus * _E6,
        capital_e6=one.capital * _E6,
        rights_e6=one.rights * _E6,
        rights_price_milli=one.rights_price_milli,
        rights_from=one.rights_from,
        rights_to=one.rights_to,
        rights_code=one.rights_code,
        taken_e4=one.taken_e4 if ended else -1,
        interest_e6=one.interest_e6 if ended else 0,
    )


def market_message(
    trading_day: str, moment: Moment, speed: float, kind_of_day: str, last_report: int = 0
) -> Market:
    """last_report: index of a member's last report, by which it finds out what it has missed."""
    return Market(trading_day, moment.text, moment.phase, speed, last_report, kind_of_day)


def status_message(status: Status) -> TradingStatus:
    until = clock_text(status.until_s) if status.until_s else ""
    return TradingStatus(
        status.symbol, status.market, status.status, until, status.reason, status.at
    )


def status_messages(floor: Floor) -> list[TradingStatus]:
    """Whatever does not trade now, for whoever logs on."""
    all_day = [
        TradingStatus(each.symbol, each.market, HALTED, "", "all_day", floor.stamp())
        for each in floor.instruments.values()
        if each.halted
    ]
    return all_day + [status_message(status) for status in floor.exchange.halts.told()]


def quote_message(floor: Floor, symbol: str, levels: int) -> Quote:
    """levels: prices a side. In a call auction that would trade, both sides show its price and
    volume alone, as real quotes do: the orders behind it cross each other."""
    pit = floor.exchange.pits[symbol]
    tape, book = pit.tape, pit.book
    bids, asks = [], []
    indicative = None
    if pit.mode(floor.moment.phase).matching == IN_CALL:
        indicative = pit.indicative()
    if indicative:
        bids = asks = [(indicative.price_milli, indicative.matched)]
    elif not book.is_crossed:
        bids, asks = book.depth(BUY, levels), book.depth(SELL, levels)
    return Quote(
        symbol=symbol,
        seq=tape.next_seq(),
        at=floor.stamp(),
        last_milli=tape.price_milli,
        open_milli=tape.open_milli,
        high_milli=tape.high_milli,
        low_milli=tape.low_milli,
        prev_close_milli=tape.prev_close_milli,
        volume=tape.volume,
        turnover_fen=tape.turnover_fen,
        bids=bids,
        asks=asks,
        indicative_milli=indicative.price_milli if indicative else 0,
        matched_qty=indicative.matched if indicative else 0,
        unmatched_qty=indicative.unmatched if indicative else 0,
        trades=tape.trades,
    )


def trade_message(trade: Print) -> Trade:
    return Trade(
        trade.symbol,
        trade.seq,
        trade.stamp,
        trade.price_milli,
        trade.qty,
        trade.side,
        trade.number,
    )


def minutes_message(floor: Floor, symbol: str) -> Minutes:
    """The day so far."""
    return Minutes(symbol, floor.trading_day, floor.minutes(symbol))


def closes_message(floor: Floor, symbol: str, last: int) -> Closes:
    """The closes of the last days before today."""
    simulated = floor.instruments[symbol].simulated
    return Closes(symbol, simulated, floor.history(symbol)[-last:])
