"""What waits, in memory: looks at each quote and says what it triggers. Nothing here is durable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from heapq import heapify, heappop, heappush
from typing import Any

from yunquan.conditions import rules
from yunquan.conditions.types import (
    Attention,
    Condition,
    ConditionKind,
    ConditionState,
    NewTrigger,
    Seen,
    Sight,
    Watch,
)
from yunquan.market.rules.sessions import CONTINUOUS
from yunquan.market.types import MarketStatus
from yunquan.quotes import QuoteBoard
from yunquan.quotes.types import Quote


class WatchRoom:
    """Everything that waits on one trading day. Use on one event loop.

    hits: triggers to be written down. gapped: conditions to be paused since their symbol goes
    ex-right, with the two closes. closes: the last close we kept, by symbol, until its first quote
    of the day has been compared with it.
    """

    def __init__(self, quotes: QuoteBoard) -> None:
        self.day = ""
        self.hits: list[NewTrigger] = []
        self.gapped: list[tuple[str, dict[str, Any]]] = []
        self.closes: dict[str, int] = {}
        self._quotes = quotes
        self._waiting: dict[str, Condition] = {}
        self._versions: dict[str, int] = {}
        self._index = rules.WatchIndex()
        self._times: list[tuple[str, str]] = []
        self._missed: dict[str, None] = {}  # in the order they were missed

    def __len__(self) -> int:
        return len(self._waiting)

    # --- what waits ---

    def begin(self, day: str, waiting: Iterable[Condition], closes: Mapping[str, int]) -> None:
        """A day begins with all that waits."""
        self.day = day
        self.hits, self.gapped, self.closes = [], [], dict(closes)
        self._waiting = {str(one.id): one for one in waiting}
        self._versions = {name: one.version for name, one in self._waiting.items()}
        self._index = rules.WatchIndex()
        self._missed = {}
        self._times = []
        watches: list[Watch] = []
        for one in self._waiting.values():
            if one.terms.kind is ConditionKind.TIMED:
                self._times.append((_moment(one), str(one.id)))
            else:
                watches += rules.arm(one)
        heapify(self._times)
        self._index.load(watches)
        if status := self._quotes.view().status:
            self.tick(status)
        for symbol in dict.fromkeys(one.symbol for one in self._waiting.values()):
            self.look(symbol)

    def change(self, changed: Iterable[Condition], closes: Mapping[str, int]) -> None:
        """Conditions as they stand now; older news than what is known is passed over."""
        for symbol, close in closes.items():
            self.closes.setdefault(symbol, close)
        for one in changed:
            name = str(one.id)
            if one.version <= self._versions.get(name, 0):
                continue
            self._forget(name)
            self._versions[name] = one.version
            if one.state is ConditionState.ACTIVE and one.expires_on >= self.day:
                self._waiting[name] = one
                self._arm(one)
                self.look(one.symbol)

    def _arm(self, one: Condition) -> None:
        if one.terms.kind is ConditionKind.TIMED:
            heappush(self._times, (_moment(one), str(one.id)))
            if status := self._quotes.view().status:
                self.tick(status)
            return
        for watch in rules.arm(one):
            self._index.add(watch)

    def _forget(self, name: str) -> None:
        self._waiting.pop(name, None)
        for leg in rules.LEGS:
            self._index.drop(f"{name}{leg}")

    # --- what is seen ---

    def tick(self, status: MarketStatus) -> None:
        """The venue's clock: timed conditions whose time has come take the next price."""
        if status.trading_day != self.day:
            return
        now = f"{status.trading_day} {status.time}"
        while self._times and self._times[0][0] <= now:
            _, name = heappop(self._times)
            one = self._waiting.get(name)
            if one is not None and _moment(one) <= now:
                for watch in rules.arm(one):
                    self._index.add(watch)
                self.look(one.symbol)

    def look_again(self) -> None:
        """At everything whose price could not be acted on when it came."""
        missed, self._missed = self._missed, {}
        for symbol in missed:
            self.look(symbol)

    def look(self, symbol: str) -> None:
        """At one symbol's latest quote. Costs what it triggers."""
        quote = self._quotes.quote(symbol, 1)
        if quote is None or not self._index.waits(symbol):
            return
        match rules.attend(self._sight(quote)):
            case Attention.EX_RIGHT:
                self._set_aside(quote)
                self.look(symbol)
            case Attention.WAIT:
                self._missed[symbol] = None
            case Attention.ACT:
                self.closes.pop(symbol, None)
                for watch in self._index.take(symbol, quote.last_milli):
                    self._hit(watch, quote)

    def _sight(self, quote: Quote) -> Sight:
        board, symbol = self._quotes, quote.symbol
        status, notice = board.view().status, board.book.instruments.get(symbol)
        # A quote of another day, or before this day was begun here, says nothing about today.
        today = status is not None and status.trading_day == self.day == quote.at[:10]
        return Sight(
            symbol,
            last_milli=quote.last_milli if quote.volume else 0,
            prev_close_milli=quote.prev_close_milli,
            closed_milli=self.closes.get(symbol, 0) if today else 0,
            is_continuous=status is not None and status.phase == CONTINUOUS,
            is_halted=notice is None
            or notice.halted
            or board.book.trading_status(symbol) is not None,
            is_stale=not today or board.stale_since_ms() is not None,
        )

    def _set_aside(self, quote: Quote) -> None:
        """The gap of an ex-right day: prices agreed to before it mean something else now."""
        closed = self.closes.pop(quote.symbol)
        facts = {"closed_milli": closed, "prev_close_milli": quote.prev_close_milli}
        for name, one in list(self._waiting.items()):
            if one.symbol == quote.symbol and one.set_on < self.day:
                self._forget(name)
                self.gapped.append((name, facts))

    def _hit(self, watch: Watch, quote: Quote) -> None:
        name = watch.condition.partition(":")[0]
        one = self._waiting.get(name)
        if one is None:
            return
        outside = rules.wait_outside(one, quote.last_milli)
        for leg in rules.LEGS:
            self._index.drop(f"{name}{leg}")
        if outside is not None:
            self._index.add(outside)
            return
        if watch.condition.endswith(f":{rules.BACK}"):
            for line in rules.arm(one):
                self._index.add(line)
            self.look(one.symbol)
            return
        self._waiting.pop(name)
        notice = self._quotes.book.instruments[one.symbol]
        limits = (notice.limit_up_milli, notice.limit_down_milli)
        seen = self._seen(watch, one, quote)
        self.hits.append(rules.decide(one, watch, self.day, seen, limits))

    def _seen(self, watch: Watch, one: Condition, quote: Quote) -> Seen:
        status = self._quotes.view().status
        timed = one.terms.kind is ConditionKind.TIMED
        return Seen(
            quote_seq=quote.seq,
            quote_at=quote.at,
            market_time=status.time if status else "",
            last_milli=quote.last_milli,
            prev_close_milli=quote.prev_close_milli,
            bid_milli=quote.bids[0][0] if quote.bids else 0,
            ask_milli=quote.asks[0][0] if quote.asks else 0,
            crossing="" if timed else watch.crossing.value,
            threshold_milli=watch.threshold_milli,
        )


def _moment(one: Condition) -> str:
    return f"{one.terms.day} {one.terms.at}"
