"""Conditional orders in the simulation: clients who set them, an engine that hears the real feed
and dies now and then, and what must hold of every trigger.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import date, timedelta
from typing import Any

from tests.sim.audit import Audit
from tests.sim.houses import SHARES, CounterHouse, ExchangeHouse, PowerCut
from tests.sim.mortal import MortalRooms
from yunquan.app.locale import catalogue
from yunquan.conditions import ConditionEngine, Conditions, Wish
from yunquan.conditions import store as tables
from yunquan.conditions.rules import trigger_command
from yunquan.conditions.types import ConditionFields, Crossing
from yunquan.counter import Counters
from yunquan.counter import events as e
from yunquan.kernel.errors import YunquanError
from yunquan.kernel.money import milli_to_text
from yunquan.market import load_rule_book
from yunquan.quotes import Listeners, QuoteBoard
from yunquan.venues.adapters.feed import ExchangeFeed

RULES = load_rule_book()
SYMBOLS = tuple(SHARES)
MEAN_PAUSE_S = 1.5
LOOK_EVERY_S = 0.25
ODDS = 0.02
PREFIX = "condition:"


class WaitingRoom:
    """The readers' process, as far as conditions go. had: how often what happened."""

    def __init__(
        self, seed: int, house: CounterHouse, exchange: ExchangeHouse, audit: Audit, client: Any
    ) -> None:
        self.chance = random.Random(f"{seed}:conditions")
        self.house = house
        self.exchange = exchange
        self.audit = audit
        self.had: Counter[str] = Counter()
        self.odds = ODDS
        self.board = QuoteBoard(house.clock)
        self.counters = Counters([client])
        self.office = Conditions(audit.rooms, self.board, RULES, catalogue())
        self.engine = self._another()
        self.live: list[tuple[str, str]] = []
        audit.on_event = self._event

    def _another(self) -> ConditionEngine:
        """A process that starts."""
        self.rooms = MortalRooms(self.audit.rooms, self.chance, self.odds)
        rooms: Any = self.rooms
        return ConditionEngine(rooms, self.counters, self.board)

    def __getattr__(self, name: str) -> Any:
        """What the feed tells goes to the engine that runs when it is told."""
        if not name.startswith("on_"):
            raise AttributeError(name)

        def tell(*told: Any, **named: Any) -> None:
            getattr(self.engine, name)(*told, **named)

        return tell

    async def hear(self) -> None:
        """The feed, over its real line."""
        feed = ExchangeFeed(self.exchange.settings.venue, SYMBOLS)
        listener: Any = self
        await feed.run(Listeners(self.board, listener))

    async def watch(self) -> None:
        """Trigger until cancelled; whoever dies is followed by another."""
        while True:
            await asyncio.sleep(self.chance.uniform(0.2, 1.0) * LOOK_EVERY_S)
            try:
                await self.engine.step()
            except PowerCut:
                """It is dead."""
            except YunquanError:
                self.engine.reload()
            if self.rooms.dead:
                # A set's order is another in every process.
                for flight in sorted(self.engine._flights, key=lambda task: task.get_name()):
                    flight.cancel()
                self.had["engine killed"] += 1
                self.engine = self._another()

    # --- what clients do ---

    async def live_on(self, accounts: list[str]) -> None:
        """Set conditions, pause them, take them back, until everybody goes home."""
        while not self.audit.closing:
            await asyncio.sleep(self.chance.expovariate(1 / MEAN_PAUSE_S))
            try:
                await (
                    self.change()
                    if self.live and self.chance.random() < 0.3
                    else self.set_one(accounts)
                )
            except YunquanError as error:
                self.had[error.code] += 1
                self.audit.readable(error.code, error.facts)

    async def set_one(self, accounts: list[str]) -> None:
        account = self.chance.choice(accounts)
        fields = self.wish()
        if fields is None or account not in self.house.driver.state.accounts:
            return
        shown = self.office.preview(fields, "en")
        key = f"client:{account}:{self.had['set']}"
        wish = Wish(account, "cli", f"client:{account}", key, fields, shown.digest, ticked=True)
        line = await self.office.confirm(wish, "en", self._shown)
        again = await self.office.confirm(wish, "en", self._shown)
        self.audit.expect(again.id == line.id, f"{line} was made twice")
        self.live = [*self.live[-40:], (account, line.id)]
        self.had["set"] += 1
        self.had[f"set {fields.kind}"] += 1

    async def _shown(self, _preview: Any) -> None:
        """Evidence keeps it; here nothing does."""

    async def change(self) -> None:
        account, condition = self.chance.choice(self.live)
        deed = self.chance.choice(("pause", "resume", "resume", "cancel"))
        await self.office.act(f"client:{account}", account, condition, deed, "en")
        self.had[deed] += 1

    def wish(self) -> ConditionFields | None:
        chance = self.chance
        symbol = chance.choice(SYMBOLS)
        quote, status = self.board.quote(symbol), self.board.view().status
        if quote is None or status is None or not quote.last_milli:
            return None
        last, today = quote.last_milli, date.fromisoformat(status.trading_day)
        until = (today + timedelta(days=chance.randrange(0, 6))).isoformat()
        qty, side = chance.choice((200, 400, 1_000)), chance.choice(("buy", "sell"))
        kind = chance.choice(("stop", "stop", "timed", "grid"))
        common: dict[str, Any] = {"kind": kind, "symbol": symbol, "qty": qty, "expires_on": until}
        if kind == "timed":
            day = today if chance.random() < 0.7 else today + timedelta(days=1)
            at = f"{chance.choice((9, 10, 11, 13, 14))}:{chance.randrange(60):02}".zfill(5)
            common |= {"expires_on": day.isoformat(), "at": at, "side": side, "offset": "0.02"}
            return ConditionFields(**common)
        step = max(last // 300 // 10, 1) * 10
        if kind == "grid":
            bounds = {"low": last - 12 * step, "high": last + 12 * step, "base": last, "step": step}
            texts = {name: milli_to_text(milli // 10 * 10) for name, milli in bounds.items()}
            return ConditionFields(**common, **texts, side="both", rounds=chance.randrange(1, 8))
        crossing = chance.choice(tuple(Crossing))
        away = step * chance.randrange(-1, 4)
        threshold = last + away if crossing is Crossing.AT_OR_ABOVE else last - away
        threshold = threshold // 10 * 10
        price = milli_to_text(threshold + chance.randrange(-2, 5) * 10)
        by = {"price": price} if chance.random() < 0.5 else {"offset": "0.03"}
        named = {"crossing": crossing.value, "threshold": milli_to_text(threshold)}
        return ConditionFields(**common, **by, **named, side=side)

    # --- what must hold ---

    def _event(self, event: Any) -> None:
        """The evidence is durable before its order is."""
        if type(event) not in (e.OrderPlaced, e.OrderRefused) or not _ours(event.command):
            return
        with self.audit.rooms.read() as tx:
            _, condition, day, turn = event.command.split(":")
            known = [
                one for one in tables.list_triggers(tx, condition, 200) if one.turn == int(turn)
            ]
        assert len(known) == 1, f"{event.command} was submitted and isn't written down"
        assert known[0].day == day
        wanted = (known[0].account, known[0].symbol, known[0].qty)
        assert wanted == (event.account, event.symbol, event.qty), f"{event} for {known[0]}"

    def check(self) -> None:
        """Each condition triggered as often as it may, each trigger placed at most one order, and
        each has seen what it says."""
        self.audit.read_log()
        logged = self.audit.logged
        commands = {name for name in logged if _ours(name)}
        with self.audit.rooms.read() as tx:
            rows = [row for row in tx.execute(tables.conditions.select())]
            made = {row.id: tables.list_triggers(tx, row.id, 200) for row in rows}
            found = {row.id: tables.find_condition(tx, row.id) for row in rows}
        for name, triggers in made.items():
            condition = found[name]
            assert condition is not None
            most = condition.terms.rounds or 1
            turns = sorted(one.turn for one in triggers)
            assert turns == list(range(1, condition.turn + 1)), f"{name}: turns {turns}"
            # A grid's refused order is no round of it.
            placed = [one for one in triggers if one.state == "placed"]
            assert len(placed) <= most, f"{name}: {len(placed)} orders, {most} allowed"
            assert condition.terms.rounds or len(turns) <= 1, f"{name} triggered twice: {turns}"
            for one in triggers:
                self._check_trigger(condition, one, logged, commands)
        assert not commands, f"orders without a trigger: {sorted(commands)[:5]}"

    def _check_trigger(
        self, condition: Any, one: Any, logged: dict[str, tuple[str, str]], left: set[str]
    ) -> None:
        command = trigger_command(one.condition, one.day, one.turn)
        left.discard(command)
        self.had[f"trigger {one.state}"] += 1
        if one.state == "placed":
            assert logged[command] == ("", one.order), f"{one}: {logged[command]} in the log"
        elif one.state == "failed" and command in logged:
            assert logged[command][0] == one.code, f"{one}: {logged[command]} in the log"
        seen = one.seen
        assert seen.last_milli > 0, f"{one} saw no price"
        assert seen.quote_at[:10] == one.day, f"{one} acted on a quote of another day"
        assert one.day <= condition.expires_on, f"{one} after {condition.expires_on}"
        if seen.crossing == Crossing.AT_OR_ABOVE:
            assert seen.last_milli >= seen.threshold_milli, one
        elif seen.crossing == Crossing.AT_OR_BELOW:
            assert seen.last_milli <= seen.threshold_milli, one
        else:
            assert seen.market_time >= condition.terms.at, one


def _ours(command: str) -> bool:
    return command.startswith(PREFIX)
