"""What the market does: keep the calendar and the instruments, give their rules of a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.market import store
from yunquan.market.rules.calendar import Calendar
from yunquan.market.rules.initials import pinyin_initials
from yunquan.market.rules.instruments import instrument_day, limits_on
from yunquan.market.rules.rows import RuleBook
from yunquan.market.rules.search import find_instruments
from yunquan.market.types import (
    Instrument,
    InstrumentDay,
    InstrumentNotice,
    LimitDisagreement,
)

# --- calendar -------------------------------------------------------------------------------------


def load_calendar(tx: ReadTx) -> Calendar:
    """The trading days as far as bars tell, weekdays beyond."""
    return Calendar(store.load_trading_days(tx))


def is_trading_day(tx: ReadTx, day: str) -> bool:
    """Whether the exchanges trade on this day ("YYYY-MM-DD")."""
    return load_calendar(tx).is_trading_day(day)


def record_trading_days(tx: Tx, days: Iterable[str]) -> None:
    """Keep days on which the exchanges traded; those already known stay as they are."""
    store.add_trading_days(tx, days)


def next_trading_day(tx: ReadTx, day: str) -> str:
    """The first trading day after this one."""
    return load_calendar(tx).next_trading_day(day)


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
    return limits_on(book, notice.instrument, notice.prev_close_milli, notice.trading_day)


def day_of_notice(book: RuleBook, notice: InstrumentNotice) -> InstrumentDay:
    """Our rules for an instrument on the day the venue announced it for."""
    return instrument_day(
        book,
        notice.instrument,
        notice.prev_close_milli,
        notice.trading_day,
        halted=notice.halted,
    )


def load_instrument_days(tx: ReadTx, book: RuleBook) -> list[InstrumentDay]:
    """Every instrument's rules on the day it was last announced for, by symbol."""
    return [day_of_notice(book, notice) for notice in store.load_instruments(tx)]


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
