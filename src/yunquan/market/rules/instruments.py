"""What a symbol is, and what one trading day allows for it."""

from __future__ import annotations

from typing import Final

from yunquan.kernel.errors import Invalid
from yunquan.market.rules.limits import limit_prices
from yunquan.market.rules.rows import ProductRules, RuleBook
from yunquan.market.types import (
    AFTER_HOURS,
    MARKET_KINDS,
    UNLIMITED_UP_MILLI,
    Instrument,
    InstrumentDay,
)

# Code prefixes by market, the longest that fits counts: (market, prefix, board, product). B-shares
# aren't here: they aren't traded. Which fund may be sold on the day of purchase, or moves 20 %,
# hangs on its contract and not on its code: what the venue announces is finer than this.
_PREFIXES: Final = (
    ("SH", "60", "main", "stock"),
    ("SH", "688", "star", "stock"),
    ("SH", "689", "star", "stock"),
    ("SH", "50", "fund", "lof"),
    ("SH", "508", "fund", "reit"),
    ("SH", "51", "fund", "etf"),
    ("SH", "511", "fund", "etf_bond"),
    ("SH", "5116", "fund", "etf_money"),
    ("SH", "5117", "fund", "etf_money"),
    ("SH", "5118", "fund", "etf_money"),
    ("SH", "5119", "fund", "etf_money"),
    ("SH", "513", "fund", "etf_cross_border"),
    ("SH", "518", "fund", "etf_gold"),
    ("SH", "56", "fund", "etf"),
    ("SH", "58", "fund", "etf"),
    ("SH", "588", "fund", "etf_wide"),
    ("SH", "589", "fund", "etf_wide"),
    ("SH", "110", "bond", "convertible"),
    ("SH", "111", "bond", "convertible"),
    ("SH", "113", "bond", "convertible"),
    ("SH", "118", "bond", "convertible"),
    ("SH", "019", "bond", "treasury"),
    ("SH", "000", "index", "index"),
    ("SZ", "00", "main", "stock"),
    ("SZ", "300", "chinext", "stock"),
    ("SZ", "301", "chinext", "stock"),
    ("SZ", "302", "chinext", "stock"),
    ("SZ", "15", "fund", "etf"),
    ("SZ", "16", "fund", "lof"),
    ("SZ", "180", "fund", "reit"),
    ("SZ", "123", "bond", "convertible"),
    ("SZ", "127", "bond", "convertible"),
    ("SZ", "128", "bond", "convertible"),
    ("SZ", "10", "bond", "treasury"),
    ("SZ", "399", "index", "index"),
    ("BJ", "92", "bse", "stock"),
    ("BJ", "43", "bse", "stock"),
    ("BJ", "83", "bse", "stock"),
    ("BJ", "87", "bse", "stock"),
)
_BY_PREFIX: Final = {
    (market, prefix): (board, product) for market, prefix, board, product in _PREFIXES
}
_LONGEST_PREFIX: Final = 4
_CODE_DIGITS: Final = 6


def split_symbol(symbol: str) -> tuple[str, str]:
    """("600519", "SH") of "600519.SH". Raises Invalid market.malformed_symbol."""
    code, _, market = symbol.partition(".")
    if len(code) != _CODE_DIGITS or not (code.isascii() and code.isdigit()):
        raise Invalid("market.malformed_symbol", symbol=symbol[:20])
    if market not in ("SH", "SZ", "BJ"):
        raise Invalid("market.malformed_symbol", symbol=symbol[:20])
    return code, market


def place_of(symbol: str) -> tuple[str, str]:
    """(board, product) a code belongs to. Raises Invalid market.malformed_symbol or
    market.unknown_board.
    """
    code, market = split_symbol(symbol)
    for length in range(_LONGEST_PREFIX, 1, -1):
        if found := _BY_PREFIX.get((market, code[:length])):
            return found
    raise Invalid("market.unknown_board", symbol=symbol)


def board_of(symbol: str) -> str:
    """The board a code belongs to. Raises as place_of does."""
    return place_of(symbol)[0]


def product_of(symbol: str) -> str:
    """The product a code belongs to, as far as a code can tell. Raises as place_of does."""
    return place_of(symbol)[1]


def judged_by_code(symbol: str) -> Instrument:
    """What a code alone tells of an instrument. Raises as place_of does."""
    board, product = place_of(symbol)
    return Instrument(symbol, symbol[-2:], board, "", "", product=product)


def trades(instrument: Instrument) -> bool:
    """Whether orders can be for it: an index is only looked at."""
    return instrument.product != "index"


def rule_product(instrument: Instrument) -> str:
    """The product whose rows rule: "stock_st" for a risk-warned share."""
    if instrument.risk_warned and instrument.product == "stock":
        return "stock_st"
    return instrument.product


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
    *,
    delisting_day: int = 0,
    issue_price_milli: int = 0,
) -> tuple[int, int]:
    """(up, down) of the day, inclusive. Without a limit: the highest price we take, and one tick.

    listing_day: 1 on the first trading day after an IPO, 2 on the second; 0 when that is long ago.
    delisting_day: the same for the delisting period 退市整理期. issue_price_milli: what a listing
    day's limits hang on, where they do; 0 takes the previous close, which then is that price.
    """
    rules = rules_of(book, instrument, trading_day)
    tick_milli = rules.number("tick_milli")
    free = (UNLIMITED_UP_MILLI, tick_milli)
    if 0 < delisting_day <= rules.optional("delisting_free_days"):
        return free
    reference_milli = prev_close_milli
    up_bp = down_bp = rules.number("price_limit_bp")
    if listing_day == 1 and (own_bp := rules.optional("first_day_up_bp")):
        up_bp, down_bp = own_bp, rules.optional("first_day_down_bp")
        reference_milli = issue_price_milli or prev_close_milli
    elif 0 < listing_day <= rules.number("no_limit_days"):
        return free
    elif delisting_day:
        up_bp = down_bp = rules.optional("delisting_limit_bp") or up_bp
    if not up_bp:
        return free
    least = rules.number("limit_least_ticks") * tick_milli
    up, _ = limit_prices(reference_milli, up_bp, tick_milli, least)
    _, down = limit_prices(reference_milli, down_bp, tick_milli, least)
    return up, down


def rules_of(book: RuleBook, instrument: Instrument, trading_day: str) -> ProductRules:
    """The rules of an instrument on a trading day."""
    product = rule_product(instrument)
    return book.on(trading_day).of(instrument.market, instrument.board, product)


def instrument_day(
    book: RuleBook,
    instrument: Instrument,
    prev_close_milli: int,
    trading_day: str,
    *,
    halted: bool = False,
    listing_day: int = 0,
    delisting_day: int = 0,
    issue_price_milli: int = 0,
) -> InstrumentDay:
    """The instrument's rules on a trading day. prev_close_milli: ex-rights reference price on
    ex-days.

    Raises RuleMissing when the table has no row for that day, as for an index, which never trades.
    """
    rules = rules_of(book, instrument, trading_day)
    days = {"delisting_day": delisting_day, "issue_price_milli": issue_price_milli}
    up, down = limits_on(book, instrument, prev_close_milli, trading_day, listing_day, **days)
    kinds = kinds_on(rules, limited=up != UNLIMITED_UP_MILLI)
    with_market = any(kind in MARKET_KINDS for kind in kinds)
    after_hours = AFTER_HOURS in kinds
    return InstrumentDay(
        symbol=instrument.symbol,
        market=instrument.market,
        board=instrument.board,
        name_zh=instrument.name_zh,
        name_en=instrument.name_en,
        trading_day=trading_day,
        prev_close_milli=prev_close_milli,
        limit_up_milli=up,
        limit_down_milli=down,
        tick_milli=rules.number("tick_milli"),
        buy_min=rules.number("buy_min"),
        buy_step=rules.number("buy_step"),
        sell_step=rules.number("sell_step"),
        lot=rules.number("odd_lot_below"),
        max_qty=rules.number("max_limit_qty"),
        permission=rules.text("permission"),
        halted=halted,
        simulated=instrument.simulated,
        commission_e8=rules.number("commission_e8"),
        commission_min_fen=rules.number("commission_min_fen"),
        stamp_e8=rules.number("stamp_sell_e8"),
        transfer_e8=rules.number("transfer_e8"),
        product=instrument.product,
        t0=bool(rules.optional("t0")),
        max_market_qty=rules.number("max_market_qty") if with_market else 0,
        kinds=kinds,
        cage_bp=rules.optional("cage_bp"),
        cage_ticks=rules.optional("cage_ticks"),
        after_hours=after_hours,
        daily_buy_cap=rules.optional("daily_buy_cap"),
        market_price=rules.text("market_price") if with_market else "",
        max_after_hours_qty=rules.number("max_after_hours_qty") if after_hours else 0,
    )


def kinds_on(rules: ProductRules, *, limited: bool) -> tuple[str, ...]:
    """Order kinds a product takes at some time of the day. limited: it has price limits today."""
    kinds = rules.words("order_kinds")
    if not limited and rules.optional("market_needs_limit"):
        kinds = [kind for kind in kinds if kind not in MARKET_KINDS]
    if rules.spans("after_hours"):
        kinds.append(AFTER_HOURS)
    return tuple(kinds)
