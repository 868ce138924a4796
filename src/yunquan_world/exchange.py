"""The matching host: the members' orders, other people's orders, and how they meet in each phase.

No clock, no socket, no disk: the moment comes in with each call, and what has changed is collected
in a batch that the caller makes durable before anybody hears of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from yunquan_world import rules
from yunquan_world.blotter import OPEN, At, Batch, Blotter, Counters, MemberOrder
from yunquan_world.book import BUY, SELL, Book, Fill
from yunquan_world.halts import Halts
from yunquan_world.hours import AFTER_HOURS
from yunquan_world.messages import Cancel, NewOrder
from yunquan_world.pit import Pit, Terms
from yunquan_world.statuses import EXCHANGE_HALT, HALTED, TRADING, Status
from yunquan_world.tape import Tape

_SIDES = {"B": BUY, "S": SELL}
_LETTERS = {BUY: "B", SELL: "S"}
_AFTER = "after_hours"


@dataclass(frozen=True)
class Print:
    """A trade on the tape. side: the letter of who came last, empty for a trade of an auction or
    after hours. price in milli, qty in shares. number: of the symbol's trades today."""

    symbol: str
    seq: int
    stamp: str
    price_milli: int
    qty: int
    side: str
    number: int = 0


class Exchange:
    """One trading day after the other on one matching host."""

    def __init__(self, counters: Counters, find: Callable[[str, str], MemberOrder | None]):
        """find: looks for an order of an earlier day by gateway and id."""
        self.blotter = Blotter(counters, find)
        self.halts = Halts(self.blotter)
        self.instruments: dict[str, rules.Instrument] = {}
        self.pits: dict[str, Pit] = {}
        self.books: dict[str, Book] = {}
        self.tapes: dict[str, Tape] = {}
        self.kind_of_day = "trading"
        self._prints: list[Print] = []
        self._changed: set[str] = set()

    @property
    def counters(self) -> Counters:
        return self.blotter.counters

    # Days.

    def open_day(
        self,
        instruments: list[rules.Instrument],
        tapes: dict[str, Tape],
        kind_of_day: str = "trading",
    ) -> None:
        """Start a day with empty books. tapes: those of a day that goes on after a restart."""
        self.blotter.open_day()
        self.kind_of_day = kind_of_day
        self.instruments = {instrument.symbol: instrument for instrument in instruments}
        self.pits = {}
        for symbol, instrument in self.instruments.items():
            tape = tapes.get(symbol)
            if tape is None or tape.prev_close_milli != instrument.prev_close_milli:
                tape = Tape(symbol, instrument.trading_day, instrument.prev_close_milli)
            self.pits[symbol] = Pit(instrument, tape)
        self.halts.open_day(self.pits)
        self.books = {symbol: pit.book for symbol, pit in self.pits.items()}
        self.tapes = {symbol: pit.tape for symbol, pit in self.pits.items()}

    def restore(self, orders: list[MemberOrder], at: At, statuses: Iterable[Status] = ()) -> None:
        """Put the open orders of the day back into the books, in their old priority."""
        self.halts.restore(statuses)
        for order in sorted(orders, key=lambda order: order.number):
            self.blotter.restore(order)
            if order.state == OPEN:
                self._put_back(order, at)

    def _put_back(self, order: MemberOrder, at: At) -> None:
        pit = self.pits.get(order.symbol)
        price_milli = order.price_milli
        if (
            pit is None
            or order.trading_day != pit.instrument.trading_day
            or not pit.instrument.limit_down_milli <= price_milli <= pit.instrument.limit_up_milli
        ):
            # The bars were changed under a running day: the order has no market any more.
            self.blotter.cancel(order, "expired", at)
            return
        side = _SIDES[order.order.side]
        if order.order.kind == _AFTER:
            pit.late.add(order.number, side, price_milli, order.leaves)
            return
        matching = pit.mode(at.phase).matching
        pit.put_back(order.number, side, price_milli, order.leaves, matching)

    # Orders.

    def find(self, gateway: str, order_id: str) -> MemberOrder | None:
        return self.blotter.find(gateway, order_id)

    def place(self, gateway: str, order: NewOrder, at: At, refused: str = "") -> bool:
        """Take or reject a member's order. refused: a code with which it is rejected in any case.

        Returns False for a repetition of one already known: nothing happens then, and the member
        should be sent the reports it has had.
        """
        blotter = self.blotter
        known = blotter.find(gateway, order.id)
        if known is not None and known.order == order:
            return False
        placed = MemberOrder(gateway, blotter.next_number(), at.stamp[:10], order)
        pit = self.pits.get(placed.symbol)
        code = "V106_duplicate" if known else refused or self._refusal(pit, order, at)
        if code or pit is None:
            blotter.reject(placed, code, at)
            return True
        side = _SIDES[order.side]
        # The terms of a market order are those of the book before it comes in.
        terms = self._terms(pit, order, side)
        blotter.accept(placed, at)
        if terms is not None:
            self._trade_at_market(pit, placed.number, side, order.qty, terms, at)
        else:
            kind = order.kind
            self._enter(pit, placed.number, side, kind, order.price_milli, order.qty, at)
        return True

    def cancel(self, gateway: str, cancel: Cancel, at: At) -> None:
        order = self.blotter.find(gateway, cancel.id)
        if order is None:
            self.blotter.refuse_cancel(gateway, cancel.id, "V201_unknown_order", at)
        elif order.state != OPEN:
            self.blotter.refuse_cancel(gateway, cancel.id, "V202_already_done", at)
        elif not self._may_cancel(order, at):
            self.blotter.refuse_cancel(gateway, cancel.id, "V203_no_cancel_now", at)
        else:
            self.pits[order.symbol].remove(order.number)
            self._changed.add(order.symbol)
            self.blotter.cancel(order, "user", at)

    def place_other(
        self, symbol: str, side: int, price_milli: int, qty: int, at: At, kind: str = "limit"
    ) -> int:
        """Take an order of nobody in particular, which must be valid; returns its number.

        While the phase or a halt takes no orders, it is not taken either. kind: as a member's;
        price_milli is then what it is there, a protection price or 0 for a market order.
        """
        number = self.blotter.next_number()
        pit = self.pits[symbol]
        if not self._takes_others(pit, kind, at):
            return number
        if kind in ("limit", _AFTER):
            self._enter(pit, number, side, kind, price_milli, qty, at)
        elif terms := pit.terms(kind, side, price_milli, qty):
            self._trade_at_market(pit, number, side, qty, terms, at)
        return number

    def cancel_other(self, symbol: str, number: int) -> int:
        """Take such an order out again; returns the shares it had left."""
        self._changed.add(symbol)
        return self.pits[symbol].remove(number)

    def _refusal(self, pit: Pit | None, order: NewOrder, at: At) -> str:
        instrument = pit.instrument if pit else None
        if pit is not None and self.kind_of_day == "test":
            return "V116_test_day"
        if pit is not None and self.halts.is_halted(pit.instrument.market):
            return "V115_exchange_halt"
        code = rules.refusal(
            instrument,
            # A halt for a large move is a call of its own; it keeps no after-hours order out.
            pit.phase(at.phase) if pit and order.kind != _AFTER else at.phase,
            kind=order.kind,
            side=order.side,
            price_milli=order.price_milli,
            qty=order.qty,
        )
        if code or pit is None:
            return code
        if pit.status.status == HALTED:
            return "V107_halted"
        if order.kind == _AFTER:
            return ""
        side = _SIDES[order.side]
        if order.kind != "limit":
            there = pit.terms(order.kind, side, order.price_milli, order.qty)
            return "" if there else "V112_no_opposite"
        caged = pit.mode(at.phase).matching == rules.AT_ONCE and rules.outside_cage(
            pit.instrument,
            order.side,
            order.price_milli,
            opposite_milli=pit.best(SELL if side == BUY else BUY),
            own_milli=pit.best(side),
            last_milli=pit.tape.last_milli,
        )
        return "V111_cage" if caged else ""

    def _terms(self, pit: Pit, order: NewOrder, side: int) -> Terms | None:
        if order.kind in ("limit", _AFTER):
            return None
        return pit.terms(order.kind, side, order.price_milli, order.qty)

    def _may_cancel(self, order: MemberOrder, at: At) -> bool:
        if self.halts.is_halted(order.order.market):
            return False
        if order.order.kind == _AFTER:
            return rules.cancels_after_hours(at.phase)
        return self.pits[order.symbol].mode(at.phase).cancels

    def _takes_others(self, pit: Pit, kind: str, at: At) -> bool:
        if self.halts.is_halted(pit.instrument.market) or pit.status.status == HALTED:
            return False
        if kind == _AFTER:
            row = rules.after_hours(pit.instrument)
            return row is not None and at.phase in row.takes_in
        mode = pit.mode(at.phase)
        return mode.orders and (kind == "limit" or mode.matching == rules.AT_ONCE)

    # How orders meet.

    def _enter(
        self, pit: Pit, number: int, side: int, kind: str, price_milli: int, qty: int, at: At
    ) -> None:
        """Let a limit or an after-hours order in and tell what it has traded."""
        if kind == _AFTER:
            pit.late.add(number, side, price_milli, qty)
            if at.phase == AFTER_HOURS:
                self._match_late(pit, at)
            return
        self._changed.add(pit.instrument.symbol)
        fills = pit.enter(number, side, price_milli, qty, pit.mode(at.phase).matching)
        if fills:
            self._traded(pit, number, side, fills, at)

    def _trade_at_market(
        self, pit: Pit, number: int, side: int, qty: int, terms: Terms, at: At
    ) -> None:
        self._changed.add(pit.instrument.symbol)
        fills = pit.book.take(side, terms.upto_milli, qty)
        left = qty - sum(shares for _, _, shares in fills)
        rests_milli = fills[-1][1] if fills and terms.rests_at_last else terms.rests_milli
        order = self.blotter.open_order(number)
        if left and rests_milli:
            pit.book.rest(number, side, rests_milli, left)
            if order:
                self.blotter.rests(order, rests_milli)
        self._traded(pit, number, side, fills, at)
        if left and not rests_milli and order:
            self.blotter.cancel(order, "rest", at)

    def _traded(self, pit: Pit, number: int, side: int, fills: list[Fill], at: At) -> None:
        """Report the fills of an order that came in, and print them."""
        printed: dict[int, int] = {}
        fill = self.blotter.fill
        for maker_number, fill_milli, shares in fills:
            printed[fill_milli] = printed.get(fill_milli, 0) + shares
            fill(number, fill_milli, shares, at)
            fill(maker_number, fill_milli, shares, at)
        for fill_milli, shares in printed.items():
            pit.tape.trade(fill_milli, shares, int(at.market_s))
            self._print(pit, fill_milli, shares, _LETTERS[side], at)
        if fills and pit.volatility:
            self.halts.check_move(pit, at)

    def _uncross(self, pit: Pit, at: At) -> int:
        """Hold the call auction of a security; returns its price, 0 if nobody traded."""
        outcome = pit.indicative()
        if outcome is None:
            return 0
        price_milli = outcome.price_milli
        traded = 0
        for buyer, seller, shares in pit.book.uncross(price_milli):
            self.blotter.fill(buyer, price_milli, shares, at)
            self.blotter.fill(seller, price_milli, shares, at)
            traded += shares
        assert traded == outcome.matched
        self._changed.add(pit.instrument.symbol)
        pit.tape.trade(price_milli, traded, int(at.market_s))
        self._print(pit, price_milli, traded, "", at)
        return price_milli

    def _match_late(self, pit: Pit, at: At) -> None:
        if pit.status.status == HALTED or self.halts.is_halted(pit.instrument.market):
            return
        close_milli = pit.tape.close_milli
        for buyer, seller, shares in pit.late.match(close_milli):
            self.blotter.fill(buyer, close_milli, shares, at)
            self.blotter.fill(seller, close_milli, shares, at)
            pit.tape.trade_late(shares)
            self._print(pit, close_milli, shares, "", at)
            self._changed.add(pit.instrument.symbol)

    def _print(self, pit: Pit, price_milli: int, shares: int, side: str, at: At) -> None:
        tape = pit.tape
        seq = tape.next_seq()
        self._prints.append(
            Print(tape.symbol, seq, at.stamp, price_milli, shares, side, tape.trades)
        )

    # Phases. The caller says when one ends or begins.

    def end_call(self, at: At) -> dict[str, int]:
        """Hold the auctions of all securities that trade by call in the phase of `at`; returns
        their prices."""
        prices: dict[str, int] = {}
        for symbol, pit in self.pits.items():
            if self.halts.is_still(pit) or pit.mode(at.phase).matching != rules.IN_CALL:
                continue
            price_milli = self._uncross(pit, at)
            if price_milli:
                prices[symbol] = price_milli
        return prices

    def begin_continuous(self, at: At) -> None:
        """Match what was taken in the pause before, and what a halt kept from its call."""
        for pit in self.pits.values():
            self._resume(pit, at)

    def end_session(self, auction_milli: dict[str, int], at: At) -> dict[str, int]:
        """Set the official closes and let the day's auction orders lapse; returns the closes.

        auction_milli: the prices of the closing calls.
        """
        for symbol, pit in self.pits.items():
            pit.tape.close_milli = pit.official_close(auction_milli.get(symbol, 0))
            self._changed.add(symbol)
        for order in list(self.blotter.open_orders()):
            if order.order.kind != _AFTER:
                self._expire(order, at)
        return {symbol: tape.close_milli for symbol, tape in self.tapes.items()}

    def begin_after_hours(self, at: At) -> None:
        for pit in self.pits.values():
            self._match_late(pit, at)

    def expire(self, at: At) -> None:
        """Cancel what is left of every member's order: they all are day orders."""
        for order in list(self.blotter.open_orders()):
            self._expire(order, at)

    def _expire(self, order: MemberOrder, at: At) -> None:
        shares = self.pits[order.symbol].remove(order.number)
        assert shares == order.leaves
        self._changed.add(order.symbol)
        self.blotter.cancel(order, "expired", at)

    # Halts.

    def halt_exchange(self, market: str, reason: str, at: At) -> None:
        """Halt everything of an exchange until it is resumed."""
        self.halts.set_market(market, EXCHANGE_HALT, reason, at)

    def resume_exchange(self, market: str, at: At) -> None:
        """Go on; what came together in a call that was not held is matched now."""
        self.halts.set_market(market, TRADING, "", at)
        for pit in self.pits.values():
            if pit.instrument.market == market:
                self._resume(pit, at)

    def halt(self, symbol: str, reason: str, at: At) -> None:
        """Halt one security until it is resumed: its orders may be cancelled, none are taken."""
        self.halts.set(self.pits[symbol], HALTED, reason, at)

    def resume(self, symbol: str, at: At) -> None:
        pit = self.pits[symbol]
        self.halts.set(pit, TRADING, "", at)
        self._resume(pit, at)

    def end_halts(self, at: At) -> None:
        """Let those securities trade again whose halt for a large move is over: by a call auction,
        unless the closing call takes their orders over."""
        for pit in self.halts.ending(at):
            self._resume(pit, at)

    def _resume(self, pit: Pit, at: At) -> None:
        """Match what waits, if the security is now matched at once."""
        if self.halts.is_still(pit) or pit.mode(at.phase).matching != rules.AT_ONCE:
            return
        if self._uncross(pit, at) and pit.volatility:
            self.halts.check_move(pit, at)
        held, pit.held = pit.held, {}
        for number, (side, price_milli, qty) in held.items():
            self._enter(pit, number, side, "limit", price_milli, qty, at)

    # What the caller takes away.

    def resting_count(self) -> int:
        return self.blotter.open_count()

    def take_batch(self) -> Batch:
        return self.blotter.take_batch()

    def take_prints(self) -> list[Print]:
        prints, self._prints = self._prints, []
        return prints

    def changed(self) -> set[str]:
        """The symbols whose book has changed; the caller takes out those it has shown."""
        return self._changed
