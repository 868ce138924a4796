"""What the floor shows to everybody, as messages: instruments, quotes, minutes, the time."""

from __future__ import annotations

from yunquan_world.book import BUY, SELL
from yunquan_world.exchange import Print
from yunquan_world.floor import Floor
from yunquan_world.hours import Moment
from yunquan_world.messages import Closes, InstrumentInfo, Market, Minutes, Quote, Trade
from yunquan_world.rules import Instrument

_LEVELS = 5


def instrument_message(instrument: Instrument) -> InstrumentInfo:
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
        risk_warned=False,
        simulated=instrument.simulated,
    )


def market_message(trading_day: str, moment: Moment, speed: float, last_report: int = 0) -> Market:
    """last_report: index of a member's last report, by which it finds out what it has missed."""
    return Market(trading_day, moment.text, moment.phase, speed, last_report)


def quote_message(floor: Floor, symbol: str) -> Quote:
    tape = floor.tape(symbol)
    book = floor.exchange.books[symbol]
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
        bids=book.depth(BUY, _LEVELS),
        asks=book.depth(SELL, _LEVELS),
    )


def trade_message(trade: Print) -> Trade:
    return Trade(trade.symbol, trade.seq, trade.stamp, trade.price_milli, trade.qty, trade.side)


def minutes_message(floor: Floor, symbol: str) -> Minutes:
    """The day so far."""
    return Minutes(symbol, floor.trading_day, floor.minutes(symbol))


def closes_message(floor: Floor, symbol: str, last: int) -> Closes:
    """The closes of the last days before today."""
    simulated = floor.instruments[symbol].simulated
    return Closes(symbol, simulated, floor.history(symbol)[-last:])
