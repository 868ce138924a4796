"""What the market does: keep the calendar and the instruments, give their rules of a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from yunquan.kernel.errors import Invalid
from yunquan.kernel.money import milli_to_text
from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.market import store
from yunquan.market.adapters.holidays import SOURCE, known_days
from yunquan.market.events import CalendarDaysRecorded
from yunquan.market.rules.calendar import Calendar, day_kind_text, horizon, is_day
from yunquan.market.rules.explain import Text, phase_lines, product_text, rule_lines
from yunquan.market.rules.initials import pinyin_initials
from yunquan.market.rules.instruments import (
    instrument_day,
    judged_by_code,
    limits_on,
    rule_product,
    trades,
)
from yunquan.market.rules.rows import RuleBook
from yunquan.market.rules.search import find_instruments
from yunquan.market.types import (
    UNLIMITED_UP_MILLI,
    CalendarDay,
    DayKind,
    Instrument,
    InstrumentDay,
    InstrumentNotice,
    LimitDisagreement,
    RuleSheet,
)

# --- calendar -------------------------------------------------------------------------------------


def load_calendar(tx: ReadTx, first: str = "", last: str = "9999") -> Calendar:
    """The days whose kind is known, from first to last."""
    days = store.load_calendar_days(tx, first, last)
    trading = [day.day for day in days if day.kind is DayKind.TRADING]
    return Calendar(trading, {day.day: day.kind for day in days if day.kind is not DayKind.TRADING})


def load_days(tx: ReadTx, first: str, last: str) -> list[CalendarDay]:
    """Days whose kind is known, from first to last, in order. Plain weekends have no row."""
    return store.load_calendar_days(tx, first, last)


def record_trading_days(tx: Tx, days: Iterable[str]) -> None:
    """Keep days on which the exchanges traded, by bars; what is known of a day already stays."""
    known = {day.day for day in store.load_calendar_days(tx)}
    missing = sorted(set(days) - known)
    store.save_calendar_days(tx, [CalendarDay(day, DayKind.TRADING, "bars") for day in missing])


def record_days(tx: Tx, days: Iterable[CalendarDay], source: str) -> int:
    """Keep the kinds of days, in place of what was known of them; how many are new or changed.

    source: where all of them come from, for the audit trail. What bars or a package said gives way
    to a later word; telling the same again changes nothing.
    """
    known = {day.day: day.kind for day in store.load_calendar_days(tx)}
    changed = [day for day in days if known.get(day.day) is not day.kind]
    if changed:
        store.save_calendar_days(tx, changed)
        told = tuple((day.day, str(day.kind)) for day in changed)
        tx.emit(CalendarDaysRecorded(source, told, tx.actor))
    return len(changed)


def seed_calendar(tx: Tx) -> int:
    """Learn the days of all published public holidays; how many are new.

    Only days nobody has spoken of, and those told by bars: a person's word stays.
    """
    known = {day.day: day.source for day in store.load_calendar_days(tx)}
    fresh = [day for day in known_days() if known.get(day.day, "bars") == "bars"]
    return record_days(tx, fresh, SOURCE)


def next_trading_day(tx: ReadTx, day: str) -> str:
    """The first trading day after this one."""
    return load_calendar(tx).next_trading_day(day)


def last_announced_day(tx: ReadTx) -> str:
    """The trading day at the venue as last heard, "" before the first."""
    return store.last_announced_day(tx)


# --- instruments ----------------------------------------------------------------------------------


def record_instruments(
    tx: Tx, notices: Sequence[InstrumentNotice], book: RuleBook
) -> list[LimitDisagreement]:
    """Keep what the venue announced; return where its limits aren't the ones our rules give."""
    store.save_instruments(tx, map(with_initials, notices))
    found = [(notice, _limits(book, notice)) for notice in notices]
    return [
        LimitDisagreement(
            symbol=notice.instrument.symbol,
            trading_day=notice.trading_day,
            ours=ours,
            theirs=(notice.limit_up_milli, notice.limit_down_milli),
        )
        for notice, ours in found
        if ours != (notice.limit_up_milli, notice.limit_down_milli)
    ]


def _limits(book: RuleBook, notice: InstrumentNotice) -> tuple[int, int]:
    if not trades(notice.instrument):
        return notice.limit_up_milli, notice.limit_down_milli
    return limits_on(
        book,
        notice.instrument,
        notice.prev_close_milli,
        notice.trading_day,
        notice.listing_day,
        delisting_day=notice.delisting_day,
        issue_price_milli=notice.issue_price_milli,
    )


def day_of_notice(book: RuleBook, notice: InstrumentNotice) -> InstrumentDay:
    """Our rules for an instrument on the day the venue announced it for."""
    return instrument_day(
        book,
        notice.instrument,
        notice.prev_close_milli,
        notice.trading_day,
        halted=notice.halted,
        listing_day=notice.listing_day,
        delisting_day=notice.delisting_day,
        issue_price_milli=notice.issue_price_milli,
    )


def load_instrument_days(tx: ReadTx, book: RuleBook) -> list[InstrumentDay]:
    """Rules of everything that trades on the day it was last announced for, by symbol."""
    notices = store.load_instruments(tx)
    return [day_of_notice(book, notice) for notice in notices if trades(notice.instrument)]


def load_instruments(tx: ReadTx) -> list[Instrument]:
    """Every instrument, by symbol."""
    return [notice.instrument for notice in store.load_instruments(tx)]


def search(tx: ReadTx, text: str, limit: int = 10) -> list[Instrument]:
    """Instruments by code, initials or name, best first, from the database; see also the
    search of the quote board.
    """
    return find_instruments(load_instruments(tx), text, limit)


def with_initials(notice: InstrumentNotice) -> InstrumentNotice:
    """The notice, its instrument's pinyin initials filled in from the Chinese name if it has
    none.
    """
    if notice.instrument.initials:
        return notice
    initials = pinyin_initials(notice.instrument.name_zh)
    instrument = msgspec.structs.replace(notice.instrument, initials=initials)
    return msgspec.structs.replace(notice, instrument=instrument)


# --- what holds, and why --------------------------------------------------------------------------


def explain(
    tx: ReadTx,
    book: RuleBook,
    symbol: str,
    day: str,
    heard: InstrumentNotice | None,
    locale: str,
    text: Text,
) -> RuleSheet:
    """Everything that holds for an instrument on a day, each rule with its row and what comes next.

    heard: what the venue announces of it now, None to take what was last kept; an instrument nobody
    announced is judged by its code. Raises Invalid market.malformed_symbol, market.unknown_board or
    market.malformed_day.
    """
    if not is_day(day):
        raise Invalid("market.malformed_day", day=day[:20])
    notice = heard or store.find_instrument(tx, symbol)
    instrument = notice.instrument if notice else judged_by_code(symbol)
    product = rule_product(instrument)
    place = (instrument.market, instrument.board, product)
    calendar = load_calendar(tx)
    kind = calendar.known_kind(day)
    announced = notice if notice and notice.trading_day == day else None
    prev_close, limit_up, limit_down = _prices(book, announced)
    return RuleSheet(
        symbol=symbol,
        name=instrument.name_zh if locale == "zh_CN" else instrument.name_en,
        market=instrument.market,
        board=instrument.board,
        product=product,
        product_text=text(product_text(product)),
        trading_day=day,
        kind_of_day=str(kind or ""),
        kind_text=text(day_kind_text(kind)),
        days_left=horizon(calendar, day),
        known_to=calendar.known_to,
        prev_close=prev_close,
        limit_up=limit_up,
        limit_down=limit_down,
        phases=phase_lines(book, *place, day, text),
        rules=rule_lines(book, *place, day, text),
    )


def _prices(book: RuleBook, notice: InstrumentNotice | None) -> tuple[str, str, str]:
    """(previous close, upper, lower limit) in CNY, "" for what there isn't."""
    if notice is None or not trades(notice.instrument):
        return "", "", ""
    up, down = _limits(book, notice)
    prev_close = milli_to_text(notice.prev_close_milli)
    if up == UNLIMITED_UP_MILLI:
        return prev_close, "", ""
    return prev_close, milli_to_text(up), milli_to_text(down)
