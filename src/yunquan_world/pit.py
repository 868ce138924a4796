"""One security's place of trading for one day: its book, its tape, and what waits beside them."""

from __future__ import annotations

from dataclasses import dataclass

from yunquan_world import rules
from yunquan_world.auction import Outcome, clear
from yunquan_world.book import BUY, SELL, Book, Fill
from yunquan_world.hours import CONTINUOUS
from yunquan_world.late import LateQueue
from yunquan_world.rules.instruments import half_up
from yunquan_world.rules.rows import Volatility
from yunquan_world.statuses import TRADING, VOLATILITY_HALT, Status
from yunquan_world.tape import Tape


@dataclass(frozen=True)
class Terms:
    """How a market order trades. upto_milli: the worst price it takes. rests_milli: where what is
    left then waits, 0 for nowhere. rests_at_last: at the price of its own last fill, if any."""

    upto_milli: int
    rests_milli: int
    rests_at_last: bool = False


class Pit:
    """A security on a day. late: its after-hours orders. held: orders taken in a pause, which are
    matched when it is over: number to (side, price, shares)."""

    def __init__(self, instrument: rules.Instrument, tape: Tape):
        self.instrument = instrument
        self.tape = tape
        self.book = Book(
            instrument.limit_down_milli, instrument.limit_up_milli, instrument.rule.tick_milli
        )
        self.late = LateQueue()
        self.held: dict[int, tuple[int, int, int]] = {}
        self._modes: dict[str, rules.Mode] = {}
        self.volatility: Volatility | None = rules.volatility(instrument)
        self.status = Status(instrument.symbol, instrument.market, instrument.trading_day, TRADING)

    def phase(self, phase: str) -> str:
        """The phase this security is in when the exchange is in `phase`."""
        if phase == CONTINUOUS and self.status.status == VOLATILITY_HALT:
            return rules.VOLATILITY_CALL
        return phase

    def mode(self, phase: str) -> rules.Mode:
        """How orders meet when the exchange is in `phase`, and what is taken."""
        own = self.phase(phase)
        known = self._modes.get(own)
        if known is None:
            known = self._modes[own] = rules.mode(self.instrument, own)
        return known

    def best(self, side: int) -> int:
        """The best price of a side in milli, 0 if it is empty."""
        return self.book.bid_milli() if side == BUY else self.book.ask_milli()

    def enter(
        self, number: int, side: int, price_milli: int, qty: int, matching: str
    ) -> list[Fill]:
        """Let a limit order in; returns its fills."""
        if matching == rules.AT_ONCE:
            return self.book.add(number, side, price_milli, qty)
        if matching == rules.IN_CALL:
            self.book.rest(number, side, price_milli, qty)
        else:
            self.held[number] = (side, price_milli, qty)
        return []

    def put_back(self, number: int, side: int, price_milli: int, qty: int, matching: str) -> None:
        """Put an order of before a restart where it was. In a pause only those that were held can
        cross the book."""
        other = self.best(SELL if side == BUY else BUY)
        crosses = other and (price_milli >= other if side == BUY else price_milli <= other)
        if matching == rules.NOT_NOW and crosses:
            self.held[number] = (side, price_milli, qty)
        else:
            self.book.rest(number, side, price_milli, qty)

    def remove(self, number: int) -> int:
        """Take an order out from wherever it waits; returns the shares it had left."""
        if number in self.held:
            return self.held.pop(number)[2]
        return self.book.cancel(number) or self.late.cancel(number)

    def indicative(self) -> Outcome | None:
        """What a call auction would come to now."""
        book = self.book
        if not book.is_crossed:
            return None
        return clear(
            book.through(BUY, book.ask_milli()),
            book.through(SELL, book.bid_milli()),
            tick_milli=book.tick,
            tie=rules.TIES[self.instrument.market],
            reference_milli=self.tape.last_milli or self.instrument.prev_close_milli,
        )

    def terms(self, kind: str, side: int, price_milli: int, qty: int) -> Terms | None:
        """How a market order would trade now; None if it finds nobody.

        price_milli: its protection price, 0 for none.
        """
        book, limits = self.book, self.instrument
        bound = price_milli or (limits.limit_up_milli if side == BUY else limits.limit_down_milli)
        opposite = book.depth(SELL if side == BUY else BUY, 5)
        own_milli = self.best(side)
        closer = min if side == BUY else max
        at_own = closer(own_milli, bound) if own_milli else 0
        match kind:
            case "own_best":
                return Terms(at_own, at_own) if own_milli else None
            case "best5_limit" if not opposite:
                return Terms(at_own, at_own) if own_milli else None
            case _ if not opposite:
                return None
            case "best5_limit":
                return Terms(closer(opposite[-1][0], bound), at_own, rests_at_last=True)
            case "counter_best":
                price_milli = closer(opposite[0][0], bound)
                return Terms(price_milli, price_milli)
            case "best5_cancel":
                return Terms(closer(opposite[-1][0], bound), 0)
            case "fill_or_kill":
                there = book.shares_through(SELL if side == BUY else BUY, bound)
                # All or nothing: no price is so low, or so high, that anything of it could trade.
                nothing = 0 if side == BUY else limits.limit_up_milli + book.tick
                return Terms(bound if there >= qty else nothing, 0)
            case _:
                return Terms(bound, 0)

    def volatility_step(self) -> tuple[tuple[str, ...], int] | None:
        """The steps that the last price has newly reached, and the minutes they halt trading; None
        if it has reached none. 0 minutes: until the closing call."""
        row, tape = self.volatility, self.tape
        if row is None or self.status.status != TRADING:
            return None
        reference_milli = tape.open_milli if row.of == "open" else self.instrument.prev_close_milli
        move = tape.last_milli - reference_milli
        direction = "up" if move > 0 else "down"
        reached = [
            (f"{direction}{percent}", minutes)
            for percent, minutes in row.steps
            if abs(move) * 100 >= percent * reference_milli
        ]
        fresh = [minutes for step, minutes in reached if step not in self.status.used]
        if not fresh:
            return None
        used = (*self.status.used, *(step for step, _ in reached if step not in self.status.used))
        return used, fresh[-1]

    def official_close(self, auction_milli: int) -> int:
        """The day's close, auction_milli being the price of the closing call or 0.

        Without one it is the average of the last minute before the last trade, weighted by volume;
        in Beijing the last trade; without any trade the previous close.
        """
        tape = self.tape
        if auction_milli:
            return auction_milli
        if not tape.last_milli:
            return tape.prev_close_milli
        if self.instrument.market == "BJ":
            return tape.last_milli
        amount, shares = tape.average_milli()
        tick = self.book.tick
        return half_up(amount, shares * tick) * tick
