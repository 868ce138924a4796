"""The market at a glance: what leads, what lags, what stands at its limit, what was turned over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from yunquan.market.types import InstrumentNotice, TradingStatus
from yunquan.quotes.types import Quote

INDEX: Final = "index"
SHARE_BOARDS: Final = ("main", "star", "chinext", "bse")
MOST_LEADERS: Final = 10
_E4: Final = 10_000


@dataclass(frozen=True, slots=True)
class Listed:
    """One instrument with its latest. change_e4: parts in ten thousand, None before it traded."""

    notice: InstrumentNotice
    quote: Quote | None
    stopped: TradingStatus | None
    change_e4: int | None

    @property
    def symbol(self) -> str:
        return self.notice.instrument.symbol

    @property
    def board(self) -> str:
        return self.notice.instrument.board

    @property
    def product(self) -> str:
        return self.notice.instrument.product

    @property
    def industry(self) -> str:
        return self.notice.industry

    @property
    def turnover_fen(self) -> int:
        return self.quote.turnover_fen if self.quote else 0

    @property
    def volume(self) -> int:
        return self.quote.volume if self.quote else 0

    @property
    def at_limit(self) -> int:
        """1 at its upper limit, -1 at its lower one, else 0."""
        if self.change_e4 is None or self.quote is None:
            return 0
        if self.quote.last_milli >= self.notice.limit_up_milli:
            return 1
        return -1 if self.quote.last_milli <= self.notice.limit_down_milli else 0


@dataclass(frozen=True, slots=True)
class IndustryMove:
    """One line of business: how many shares, their mean change, the turnover; how many rose and
    fell, and the share that leads it.
    """

    industry: str
    name_zh: str
    name_en: str
    count: int
    up: int
    down: int
    leader: Listed
    change_e4: int
    turnover_fen: int


@dataclass(frozen=True, slots=True)
class Glance:
    """Shares only, but for the indices and the turnover of everything."""

    indices: tuple[Listed, ...]
    leaders: tuple[Listed, ...]
    losers: tuple[Listed, ...]
    busiest: tuple[Listed, ...]
    up: int
    down: int
    flat: int
    limit_up: int
    limit_down: int
    stopped: int
    turnover_fen: int
    industries: tuple[IndustryMove, ...]


def listed(
    notices: Iterable[InstrumentNotice],
    quotes: Mapping[str, Quote],
    stopped: Callable[[str], TradingStatus | None],
) -> list[Listed]:
    """Every instrument with its latest."""
    found: list[Listed] = []
    for notice in notices:
        symbol = notice.instrument.symbol
        quote = quotes.get(symbol)
        change = None
        if quote is not None and quote.last_milli > 0 and quote.prev_close_milli > 0:
            moved = (quote.last_milli - quote.prev_close_milli) * _E4
            change = (2 * moved + quote.prev_close_milli) // (2 * quote.prev_close_milli)
        found.append(Listed(notice, quote, stopped(symbol), change))
    return found


def _last(one: Listed) -> int:
    return one.quote.last_milli if one.quote else 0


# By what a list may be put in order: words of an instrument, and figures of its day.
WORDS: Final[dict[str, Callable[[Listed], str]]] = {
    "symbol": lambda one: one.symbol,
    "name": lambda one: one.notice.instrument.initials + one.notice.instrument.name_zh,
    "name_en": lambda one: one.notice.instrument.name_en.casefold(),
}
FIGURES: Final[dict[str, Callable[[Listed], int]]] = {
    "price": _last,
    "change": lambda one: one.change_e4 or 0,
    "volume": lambda one: one.volume,
    "turnover": lambda one: one.turnover_fen,
}
# What people choose from: a name is that of their language.
SORTS: Final = ("symbol", "name", *FIGURES)


def sorted_by(found: Iterable[Listed], sort: str, *, falling: bool) -> list[Listed]:
    """By a word or a figure, rising or falling. Equals stand by symbol; by a figure, what hasn't
    traded comes last in both ways.
    """
    known = sorted(found, key=lambda one: one.symbol)
    if sort in WORDS:
        return sorted(known, key=WORDS[sort], reverse=falling)
    traded = [one for one in known if one.change_e4 is not None]
    rest = [one for one in known if one.change_e4 is None]
    sign = -1 if falling else 1
    return [*sorted(traded, key=lambda one: sign * FIGURES[sort](one)), *rest]


def glance(found: Iterable[Listed]) -> Glance:
    """The whole market of today."""
    everything = list(found)
    shares = [one for one in everything if one.board in SHARE_BOARDS]
    traded = [one for one in shares if one.change_e4 is not None]
    risen = [one for one in traded if (one.change_e4 or 0) > 0]
    fallen = [one for one in traded if (one.change_e4 or 0) < 0]
    leaders = sorted_by(risen, "change", falling=True)[:MOST_LEADERS]
    losers = sorted_by(fallen, "change", falling=False)[:MOST_LEADERS]
    moved = [one for one in traded if one.turnover_fen]
    busiest = sorted_by(moved, "turnover", falling=True)[:MOST_LEADERS]
    changes = [one.change_e4 or 0 for one in traded]
    indices = [one for one in everything if one.product == INDEX]
    return Glance(
        indices=tuple(sorted_by(indices, "symbol", falling=False)),
        leaders=tuple(leaders),
        losers=tuple(losers),
        busiest=tuple(busiest),
        up=sum(change > 0 for change in changes),
        down=sum(change < 0 for change in changes),
        flat=sum(change == 0 for change in changes),
        limit_up=sum(one.at_limit > 0 for one in traded),
        limit_down=sum(one.at_limit < 0 for one in traded),
        stopped=sum(one.stopped is not None or one.notice.halted for one in shares),
        turnover_fen=sum(one.turnover_fen for one in everything if one.product != INDEX),
        industries=_industries(traded),
    )


def _industries(traded: Iterable[Listed]) -> tuple[IndustryMove, ...]:
    groups: dict[str, list[Listed]] = {}
    for one in traded:
        if one.industry:
            groups.setdefault(one.industry, []).append(one)
    moves = [
        IndustryMove(
            code,
            group[0].notice.industry_zh or code,
            group[0].notice.industry_en or code,
            len(group),
            sum((one.change_e4 or 0) > 0 for one in group),
            sum((one.change_e4 or 0) < 0 for one in group),
            sorted_by(group, "change", falling=True)[0],
            sum(one.change_e4 or 0 for one in group) // len(group),
            sum(one.turnover_fen for one in group),
        )
        for code, group in groups.items()
    ]
    return tuple(sorted(moves, key=lambda move: (-move.change_e4, move.industry)))
