"""The engine: watches the market for everything that waits, and sends what triggers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Sequence
from typing import Any, Final

from yunquan.bars import load_bars
from yunquan.bars.types import MinuteBar
from yunquan.conditions import rules, store
from yunquan.conditions.service import keeping
from yunquan.conditions.service.watching import WatchRoom
from yunquan.conditions.types import Condition, ConditionState, NewTrigger, Trigger
from yunquan.counter import Counters
from yunquan.counter.types import Answer, PlaceOrder, Side
from yunquan.kernel.clock import to_ms
from yunquan.kernel.errors import Conflict, Unavailable, YunquanError
from yunquan.kernel.transaction import Database
from yunquan.market.types import InstrumentNotice, MarketStatus, TradingStatus, VenueNotice
from yunquan.quotes import QuoteBoard
from yunquan.quotes.types import Quote, Trade

logger = logging.getLogger("yunquan.conditions")

ACTOR: Final = "system:conditions"
# How soon a condition confirmed in another process is watched, at the latest.
LOOK_EVERY_S: Final = 0.5
# A change is looked for this far back: its transaction may have begun long before it committed.
SLACK_MS: Final = 15_000
RETRY_EVERY_S: Final = 3.0
MOST_AT_ONCE: Final = 200
PAGE: Final = 5_000
SIDES: Final = {"buy": Side.BUY, "sell": Side.SELL}


class ConditionEngine:
    """Hears the feed after the board it reads. One runs in the firm; if two do, the row's version
    lets one of them trigger.

    Nothing is lost by ending it anywhere: a trigger is durable before its order is submitted, and
    whoever starts next submits it again under the same id.
    """

    def __init__(self, database: Database, counters: Counters, quotes: QuoteBoard) -> None:
        self.room = WatchRoom(quotes)
        self._database = database
        self._counters = counters
        self._quotes = quotes
        self._clock = database.clock
        self._wake = asyncio.Event()
        self._since_ms = 0
        self._whole = True
        self._retry_at_s = 0.0
        self._out: set[tuple[str, str, int]] = set()
        self._flights: set[asyncio.Task[None]] = set()

    # What the feed calls (QuoteListener). Nothing here waits.

    def on_instrument(self, notice: InstrumentNotice) -> None:
        """The board keeps it."""

    def on_quote(self, quote: Quote) -> None:
        self.room.look(quote.symbol)
        self._wake_if_due()

    def on_minutes(self, symbol: str, trading_day: str, bars: Sequence[MinuteBar]) -> None:
        """Nothing waits for bars."""

    def on_trade(self, trade: Trade) -> None:
        """The quote that follows says it."""

    def on_market(self, status: MarketStatus) -> None:
        if status.trading_day != self.room.day:
            self._wake.set()
        self.room.tick(status)
        self._wake_if_due()

    def on_trading_status(self, status: TradingStatus) -> None:
        self.room.look_again()
        self._wake_if_due()

    def on_notice(self, notice: VenueNotice) -> None:
        """Told to people."""

    def on_day_end(self, trading_day: str) -> None:
        """What is over ends when the next day begins."""

    def on_heard(self) -> None:
        """The board keeps it."""

    def on_pulse(self) -> None:
        self.room.look_again()
        self._wake_if_due()

    def _wake_if_due(self) -> None:
        if self.room.hits or self.room.gapped:
            self._wake.set()

    # What the process calls.

    async def run(self) -> None:
        """Watch and trigger until cancelled."""
        while True:
            try:
                await self.step()
            except Exception as error:
                # Whatever it is, conditions of others must go on; what is durable is read again.
                known = isinstance(error, YunquanError)
                logger.warning("conditions wait", extra={"reason": str(error)}, exc_info=not known)
                self.reload()
                await asyncio.sleep(LOOK_EVERY_S)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._wake.wait()
            self._wake.clear()

    def reload(self) -> None:
        """Forget what is known in memory; the next step reads it again."""
        self._whole = True

    async def step(self) -> None:
        """Everything that is due now: the day's turn, triggers, changes made elsewhere, orders
        whose answer is still out.
        """
        status = self._quotes.view().status
        if status is None:
            return
        if status.trading_day != self.room.day or self._whole:
            await self._begin(status.trading_day)
        await self._act()
        await self._read_changes()
        await self._act()
        if self._clock.monotonic() >= self._retry_at_s:
            self._retry_at_s = self._clock.monotonic() + RETRY_EVERY_S
            await self.finish()

    async def _act(self) -> None:
        while self.room.hits or self.room.gapped:
            hits, self.room.hits = self.room.hits[:MOST_AT_ONCE], self.room.hits[MOST_AT_ONCE:]
            gapped, self.room.gapped = self.room.gapped, []
            if gapped:
                await asyncio.to_thread(self._pause, gapped)
            self.submit(await asyncio.to_thread(self._keep, hits))

    async def _begin(self, day: str) -> None:
        """A trading day, or this process, begins: what is over ends, all that waits is read."""
        self._since_ms = to_ms(self._clock.now()) - SLACK_MS
        await asyncio.to_thread(self._expire, day)
        found, closes = await asyncio.to_thread(self._load, day)
        self.room.begin(day, found, closes)
        self._whole = False

    async def _read_changes(self) -> None:
        now_ms = to_ms(self._clock.now())
        changed, closes = await asyncio.to_thread(self._load_changes, self.room.day)
        self._since_ms = now_ms - SLACK_MS
        self.room.change(changed, closes)

    async def finish(self) -> None:
        """Submit what was triggered and not answered: after a restart, or a silent counter."""
        self.submit(await asyncio.to_thread(self._pending))

    def submit(self, made: Sequence[Trigger]) -> None:
        """Hand orders over, those of each counter on their own: a silent one holds up no other."""
        by_counter: dict[int, list[Trigger]] = {}
        for one in made:
            key = (one.condition, one.day, one.turn)
            if key not in self._out:
                self._out.add(key)
                by_counter.setdefault(self._counters.number_of(one.account), []).append(one)
        for batch in by_counter.values():
            flight = asyncio.create_task(self._fly(batch))
            self._flights.add(flight)
            flight.add_done_callback(self._flights.discard)

    async def settle(self) -> None:
        """Wait until every order that is out has its answer, or has none for now."""
        while self._flights:
            await asyncio.gather(*self._flights)

    async def _fly(self, made: Sequence[Trigger]) -> None:
        try:
            origins = await asyncio.to_thread(self._origins, made)
            placed = (self._place(one, origins[one.condition]) for one in made)
            answers = await asyncio.gather(*placed)
            told = [(one, answer) for one, answer in zip(made, answers, strict=True) if answer]
            if told:
                self.room.change(*await asyncio.to_thread(self._record, told))
        except YunquanError as error:
            # It stays triggered, so it is submitted again under the same id.
            logger.warning("answer waits", extra={"reason": error.code})
        finally:
            self._out.difference_update((one.condition, one.day, one.turn) for one in made)

    def _origins(self, made: Sequence[Trigger]) -> dict[str, str]:
        with self._database.read() as tx:
            return store.origins_of(tx, {one.condition for one in made})

    async def _place(self, made: Trigger, origin: str) -> Answer | None:
        command = PlaceOrder(
            rules.trigger_command(made.condition, made.day, made.turn),
            made.account,
            made.symbol,
            SIDES[made.side],
            made.price_milli,
            made.qty,
            made.day,
            origin=origin,
        )
        try:
            return await self._counters.of(made.account).submit(command)
        except Unavailable as error:
            logger.info("order waits", extra={"command": command.id, "reason": error.code})
            return None
        except Conflict as error:
            return Answer(command.id, error.code)

    # Transactions, off the event loop.

    def _keep(self, hits: Sequence[NewTrigger]) -> list[Trigger]:
        if not hits:
            return []
        with self._database.transaction(actor=ACTOR) as tx:
            made = [keeping.trigger(tx, hit) for hit in hits]
        return [one for one in made if one is not None]

    def _pause(self, gapped: Iterable[tuple[str, dict[str, Any]]]) -> None:
        with self._database.transaction(actor=ACTOR) as tx:
            for condition_id, facts in gapped:
                if found := store.find_condition(tx, condition_id):
                    keeping.pause_for(tx, found, "condition.ex_right", facts)

    def _record(
        self, told: Sequence[tuple[Trigger, Answer]]
    ) -> tuple[list[Condition], dict[str, int]]:
        with self._database.transaction(actor=ACTOR) as tx:
            done = [
                keeping.answer(tx, one, answer.order, answer.code, dict(answer.facts))
                for one, answer in told
            ]
            found = [one for one in done if one is not None]
            return found, self._closes(tx, found, self.room.day)

    def _expire(self, day: str) -> None:
        while True:
            with self._database.transaction(actor=ACTOR) as tx:
                if not keeping.expire(tx, day):
                    return

    def _load(self, day: str) -> tuple[list[Condition], dict[str, int]]:
        found: list[Condition] = []
        with self._database.read() as tx:
            while page := store.load_active(tx, found[-1].id if found else "", PAGE):
                found += page
            return found, self._closes(tx, found, day)

    def _load_changes(self, day: str) -> tuple[list[Condition], dict[str, int]]:
        with self._database.read() as tx:
            found = store.load_changed(tx, self._since_ms)
            waiting = [one for one in found if one.state is ConditionState.ACTIVE]
            return found, self._closes(tx, waiting, day)

    def _closes(self, tx: Any, found: Iterable[Condition], day: str) -> dict[str, int]:
        """The last close we kept of each symbol that somebody set a price for on an earlier day."""
        symbols = {one.symbol for one in found if one.set_on < day}
        closes: dict[str, int] = {}
        for symbol in symbols - self.room.closes.keys() if day == self.room.day else symbols:
            if bars := load_bars(tx, symbol, day, 1):
                closes[symbol] = bars[-1].close_milli
        return closes

    def _pending(self) -> list[Trigger]:
        with self._database.read() as tx:
            return store.list_pending(tx, keeping.DECIDED, MOST_AT_ONCE)
