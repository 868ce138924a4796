"""What a symbol is, and what one trading day allows for it."""

from __future__ import annotations

from typing import Final

from yunquan.kernel.errors import Invalid
from yunquan.market.rules.limits import limit_prices
from yunquan.market.rules.rows import RuleBook
from yunquan.market.types import UNLIMITED_UP_MILLI, Instrument, InstrumentDay

PERMISSIONS: Final = {"main": "", "star": "star", "chinext": "chinext", "bse": "bse"}

# Code prefixes of A-shares by market; what isn't here (B-shares, funds, bonds) isn't traded yet.
_PREFIXES: Final = (
    ("SH", "688", "star"),
    ("SH", "689", "star"),
    ("SH", "60", "main"),
    ("SZ", "00", "main"),
    ("SZ", "300", "chinext"),
    ("SZ", "301", "chinext"),
    ("SZ", "302", "chinext"),
    ("BJ", "92", "bse"),
    ("BJ", "43", "bse"),
    ("BJ", "83", "bse"),
    ("BJ", "87", "bse"),
)
_CODE_DIGITS: Final = 6


def split_symbol(symbol: str) -> tuple[str, str]:
    """("600519", "SH") of "600519.SH". Raises Invalid market.malformed_symbol."""
    code, _, market = symbol.partition(".")
    if len(code) != _CODE_DIGITS or not (code.isascii() and code.isdigit()):
        raise Invalid("market.malformed_symbol", symbol=symbol[:20])
    if market not in ("SH", "SZ", "BJ"):
        raise Invalid("market.malformed_symbol", symbol=symbol[:20])
    return code, market


def board_of(symbol: str) -> str:
    """The board a share's code belongs to. Raises Invalid market.malformed_symbol or
    market.unknown_board.
    """
    code, market = split_symbol(symbol)
    for place, prefix, board in _PREFIXES:
        if place == market and code.startswith(prefix):
            return board
    raise Invalid("market.unknown_board", symbol=symbol)


def board_text(board: str) -> str:
    """Code of the sentence that names a board."""
    return f"market.board.{board}"


def simulated_text(simulated: str) -> str:
    """Code of the sentence that says what is simulated, "" when nothing is."""
    return f"market.simulated.{simulated}" if simulated else ""


def limits_on(
    book: RuleBook,
    instrument: Instrument,
    prev_close_milli: int,
    trading_day: str,
    listing_day: int = 0,
) -> tuple[int, int]:
    """(up, down) of the day, inclusive. On days without a limit: the highest price we take, and
    one tick.

    listing_day: 1 on the first trading day after an IPO, 2 on the second; 0 when that is long ago.
    """
    rules, market, board = book.on(trading_day), instrument.market, instrument.board
    product = "stock_st" if instrument.risk_warned else instrument.product
    tick_milli = rules.number("tick_milli", market, board, product)
    if 0 < listing_day <= rules.number("no_limit_days", market, board, product):
        return UNLIMITED_UP_MILLI, tick_milli
    return limit_prices(
        prev_close_milli,
        rules.number("price_limit_bp", market, board, product),
        tick_milli,
        rules.number("limit_least_ticks", market, board, product) * tick_milli,
    )


def instrument_day(
    book: RuleBook,
    instrument: Instrument,
    prev_close_milli: int,
    trading_day: str,
    *,
    halted: bool = False,
    listing_day: int = 0,
) -> InstrumentDay:
    """The instrument's rules on a trading day. prev_close_milli: ex-rights reference price on
    ex-days.

    Raises RuleMissing when the table has no row for that day.
    """
    market, board = instrument.market, instrument.board
    product = "stock_st" if instrument.risk_warned else instrument.product
    rules = book.on(trading_day)
    up, down = limits_on(book, instrument, prev_close_milli, trading_day, listing_day)

    def number(rule: str) -> int:
        return rules.number(rule, market, board, product)

    return InstrumentDay(
        symbol=instrument.symbol,
        market=market,
        board=board,
        name_zh=instrument.name_zh,
        name_en=instrument.name_en,
        trading_day=trading_day,
        prev_close_milli=prev_close_milli,
        limit_up_milli=up,
        limit_down_milli=down,
        tick_milli=number("tick_milli"),
        buy_min=number("buy_min"),
        buy_step=number("buy_step"),
        sell_step=number("sell_step"),
        lot=number("odd_lot_below"),
        max_qty=number("max_limit_qty"),
        permission=PERMISSIONS[board],
        halted=halted,
        simulated=instrument.simulated,
        commission_e8=number("commission_e8"),
        commission_min_fen=number("commission_min_fen"),
        stamp_e8=number("stamp_sell_e8"),
        transfer_e8=number("transfer_e8"),
    )
