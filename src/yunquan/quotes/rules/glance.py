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
    """One line of business: how many shares, their mean change, the turnover."""

    industry: str
    count: int
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


def _by_change(one: Listed) -> tuple[int, str]:
    return (-(one.change_e4 or 0), one.symbol)


# By name: the order, and whether those that haven't traded come last.
SORTS: Final[dict[str, Callable[[Listed], tuple[int, str]]]] = {
    "symbol": lambda one: (0, one.symbol),
    "leaders": _by_change,
    "losers": lambda one: (one.change_e4 or 0, one.symbol),
    "turnover": lambda one: (-one.turnover_fen, one.symbol),
    "volume": lambda one: (-one.volume, one.symbol),
}


def sorted_by(found: Iterable[Listed], sort: str) -> list[Listed]:
    """In one of SORTS; what hasn't traded comes last where its move decides."""
    key = SORTS[sort]
    moves = sort in ("leaders", "losers")
    return sorted(found, key=lambda one: (moves and one.change_e4 is None, *key(one)))


def glance(found: Iterable[Listed]) -> Glance:
    """The whole market of today."""
    everything = list(found)
    shares = [one for one in everything if one.board in SHARE_BOARDS]
    traded = [one for one in shares if one.change_e4 is not None]
    leaders = sorted_by(traded, "leaders")[:MOST_LEADERS]
    losers = sorted_by(traded, "losers")[:MOST_LEADERS]
    busiest = sorted_by([one for one in shares if one.turnover_fen], "turnover")[:MOST_LEADERS]
    changes = [one.change_e4 or 0 for one in traded]
    indices = [one for one in everything if one.product == INDEX]
    return Glance(
        indices=tuple(sorted_by(indices, "symbol")),
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
            name,
            len(group),
            sum(one.change_e4 or 0 for one in group) // len(group),
            sum(one.turnover_fen for one in group),
        )
        for name, group in groups.items()
    ]
    return tuple(sorted(moves, key=lambda move: (-move.change_e4, move.industry)))
