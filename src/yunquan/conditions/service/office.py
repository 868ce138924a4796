"""The office of conditional orders: shown, confirmed, listed, paused, resumed, taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from yunquan.conditions import rules, store
from yunquan.conditions.service import keeping
from yunquan.conditions.types import (
    Condition,
    ConditionDetail,
    ConditionFields,
    ConditionId,
    ConditionKind,
    ConditionLine,
    ConditionPage,
    ConditionPreview,
    ConditionState,
    Crossing,
    Terms,
    Trigger,
    TriggerLine,
)
from yunquan.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from yunquan.kernel.i18n import Catalogue
from yunquan.kernel.money import milli_to_text
from yunquan.kernel.transaction import Database, Tx
from yunquan.market import day_of_notice, load_calendar
from yunquan.market.rules import RuleBook, day_phases
from yunquan.market.rules.sessions import phase_at_second, seconds_of
from yunquan.market.types import DayKind, InstrumentDay
from yunquan.quotes import QuoteBoard

LONGEST_PAGE: Final = 100
INDEX: Final = "index"
VIEWS: Final = {
    "open": tuple(state for state in ConditionState if state not in rules.ENDED),
    "ended": rules.ENDED,
    "all": tuple(ConditionState),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client confirms: who they are, the fields, the digest they were shown, and whether
    they ticked the notice of risks. key: the caller's, "actor:key". origin: "program" for what a
    program sent, else "".
    """

    account: str
    client: str
    actor: str
    key: str
    fields: ConditionFields
    digest: str
    ticked: bool
    origin: str = ""

    @property
    def ticks(self) -> tuple[str, ...]:
        """What was ticked, by name, as evidence keeps it."""
        return ("risk",) if self.ticked else ()


@dataclass(frozen=True, slots=True)
class Conditions:
    """The office of conditional orders 条件单. Whose account it is was checked by the face."""

    database: Database
    quotes: QuoteBoard
    rule_book: RuleBook
    catalogue: Catalogue

    def preview(self, fields: ConditionFields, locale: str) -> ConditionPreview:
        """What the client is asked to confirm. Raises Invalid condition.*, NotFound
        market.unknown_symbol, Unavailable market.not_heard_yet.
        """
        terms = self._terms(fields)
        name, unit = self.name(terms.symbol, locale), self._unit(terms.symbol, locale)
        sentence = rules.sentence_of(terms, name, unit, self._text(locale))
        risk = self._text(locale)("condition.risk")
        digest = rules.digest_of(terms, sentence, risk)
        return ConditionPreview(sentence, risk, digest, self._note(terms, locale))

    async def confirm(
        self, wish: Wish, locale: str, keep: Callable[[ConditionPreview], Awaitable[Any]]
    ) -> ConditionLine:
        """Let it wait from now on. The same caller and key give the same condition.

        keep: makes what was shown durable, before anything takes effect. Raises Invalid
        condition.risk_not_ticked, condition.too_many, Conflict condition.changed when the terms or
        texts aren't those that were shown, command.reused; and what `preview` raises.
        """
        known = await self._known(wish, locale)
        if known is not None:
            return known
        shown = self.preview(wish.fields, locale)
        await keep(shown)
        if not wish.ticked:
            raise Invalid("condition.risk_not_ticked")
        if shown.digest != wish.digest:
            raise Conflict("condition.changed")
        terms = msgspec.structs.replace(self._terms(wish.fields), origin=wish.origin)
        today = self.today()

        def create(tx: Tx) -> Condition:
            now_ms = tx.now_ms()
            return keeping.create(
                tx,
                Condition(
                    id=tx.ids.new(ConditionId),
                    account=wish.account,
                    client=wish.client,
                    symbol=terms.symbol,
                    state=ConditionState.ACTIVE,
                    version=1,
                    turn=0,
                    base_milli=terms.base_milli,
                    terms=terms,
                    set_on=today,
                    expires_on=terms.expires_on,
                    sentence=shown.sentence,
                    risk=shown.risk,
                    digest=shown.digest,
                    reason="",
                    facts={},
                    request=wish.key,
                    created_at_ms=now_ms,
                    changed_at_ms=now_ms,
                ),
            )

        return self._line(await self._write(wish.actor, create), locale)

    async def _known(self, wish: Wish, locale: str) -> ConditionLine | None:
        found = await self._read(lambda tx: store.find_request(tx, wish.account, wish.key))
        if found is not None and found.digest != wish.digest:
            raise Conflict("command.reused", command=wish.key)
        return None if found is None else self._line(found, locale)

    async def act(
        self, actor: str, account: str, condition: str, action: str, locale: str
    ) -> ConditionLine:
        """Pause, resume or cancel. Raises NotFound condition.unknown, Conflict
        condition.wrong_state, condition.over, condition.moved.
        """
        if action not in rules.ACTIONS:
            raise NotFound("request.no_such_page")
        today = self.today()
        done = await self._write(
            actor, lambda tx: keeping.act(tx, account, condition, action, today)
        )
        return self._line(done, locale)

    async def page(
        self,
        account: str,
        locale: str,
        *,
        view: str = "open",
        before: str | None = None,
        limit: int = 50,
    ) -> ConditionPage:
        """An account's conditions, newest first. view: "open", "ended" or "all"."""
        limit = max(1, min(limit, LONGEST_PAGE))
        states = VIEWS.get(view, VIEWS["all"])
        found = await self._read(
            lambda tx: store.list_conditions(tx, account, states, before, limit)
        )
        lines = tuple(self._line(one, locale) for one in found)
        return ConditionPage(lines, lines[-1].id if len(lines) == limit else None)

    async def detail(self, account: str, condition: str, locale: str) -> ConditionDetail:
        """One condition with what was seen at each trigger. Raises NotFound condition.unknown."""

        def read(tx: Any) -> tuple[Condition, list[Trigger]]:
            found = keeping.load(tx, account, condition)
            return found, store.list_triggers(tx, found.id, keeping.MOST_TRIGGERS)

        found, made = await self._read(read)
        lines = tuple(self._trigger_line(one, locale) for one in made)
        return ConditionDetail(self._line(found, locale), lines)

    def today(self) -> str:
        """The venue's trading day. Raises Unavailable market.not_heard_yet."""
        status = self.quotes.view().status
        if status is None:
            raise Unavailable("market.not_heard_yet")
        return status.trading_day

    def instrument(self, symbol: str) -> InstrumentDay:
        """What holds for a symbol today. Raises NotFound market.unknown_symbol, of an index too."""
        notice = self.quotes.notice(symbol)
        if notice.instrument.board == INDEX:
            raise NotFound("market.unknown_symbol", symbol=symbol[:20])
        return day_of_notice(self.rule_book, notice)

    def name(self, symbol: str, locale: str) -> str:
        """What a symbol is called in the reader's language."""
        notice = self.quotes.book.instruments.get(symbol)
        if notice is None:
            return symbol
        return notice.instrument.name_zh if locale == "zh_CN" else notice.instrument.name_en

    def _unit(self, symbol: str, locale: str) -> str:
        notice = self.quotes.book.instruments.get(symbol)
        product = notice.instrument.product if notice else "stock"
        return self.catalogue.text(rules.unit_of(product), locale)

    def _terms(self, fields: ConditionFields) -> Terms:
        day = self.instrument(fields.symbol)
        today = self.today()
        status = self.quotes.view().status
        time = status.time if status else ""
        ground = rules.Ground(today, time, day.tick_milli, day.buy_min, day.buy_step)
        terms = rules.read_terms(fields, ground)
        if terms.kind is ConditionKind.TIMED:
            self._check_time(terms, day)
        return terms

    def _check_time(self, terms: Terms, day: InstrumentDay) -> None:
        phases = day_phases(self.rule_book, day.market, day.board, day.product, day.trading_day)
        if phase_at_second(phases, seconds_of(terms.at)).name != "continuous":
            raise Invalid("condition.time_closed", at=terms.at)
        with self.database.read() as tx:
            kind = load_calendar(tx).known_kind(terms.day)
        if kind not in (None, DayKind.TRADING):
            raise Invalid("condition.not_trading_day", day=terms.day)

    def _note(self, terms: Terms, locale: str) -> str:
        """What is worth knowing before: a stop that the price has passed already acts at once."""
        quote = self.quotes.quote(terms.symbol)
        if terms.kind is not ConditionKind.STOP or quote is None or not quote.last_milli:
            return ""
        rising = terms.crossing == Crossing.AT_OR_ABOVE
        passed = quote.last_milli >= terms.threshold_milli
        if not rising:
            passed = quote.last_milli <= terms.threshold_milli
        text = self._text(locale)
        return text("condition.passed_already", last_milli=quote.last_milli) if passed else ""

    def _text(self, locale: str) -> rules.Text:
        return lambda code, /, **facts: self.catalogue.text(code, locale, **facts)

    def _why(self, code: str, facts: dict[str, Any], locale: str) -> str:
        if not code:
            return ""
        name = code if "." in code else f"venue.{code}"
        return self.catalogue.text(name, locale, **facts)

    def _line(self, one: Condition, locale: str) -> ConditionLine:
        text, terms = self._text(locale), one.terms
        name = self.name(one.symbol, locale)
        standing = terms
        if terms.kind is ConditionKind.GRID:
            standing = rules.moved(terms, one.base_milli)
        return ConditionLine(
            id=str(one.id),
            account=one.account,
            kind=terms.kind.value,
            kind_text=text(f"condition.kind.{terms.kind.value}"),
            symbol=one.symbol,
            name=name,
            side=terms.side,
            qty=terms.qty,
            state=one.state.value,
            state_text=text(f"condition.state.{one.state.value}"),
            summary=rules.summary_of(standing, name, self._unit(one.symbol, locale), text),
            sentence=one.sentence,
            risk=one.risk,
            digest=one.digest,
            reason=self._why(one.reason, one.facts, locale),
            turn=one.turn,
            rounds=terms.rounds,
            expires_on=one.expires_on,
            created_at_ms=one.created_at_ms,
            changed_at_ms=one.changed_at_ms,
            actions=tuple(
                name for name, (states, _) in rules.ACTIONS.items() if one.state in states
            ),
        )

    def _trigger_line(self, made: Trigger, locale: str) -> TriggerLine:
        seen = made.seen
        return TriggerLine(
            day=made.day,
            turn=made.turn,
            at_ms=made.at_ms,
            quote_seq=seen.quote_seq,
            quote_at=seen.quote_at,
            market_time=seen.market_time,
            last=_price(seen.last_milli),
            prev_close=_price(seen.prev_close_milli),
            bid=_price(seen.bid_milli),
            ask=_price(seen.ask_milli),
            threshold=_price(seen.threshold_milli),
            side=made.side,
            price=milli_to_text(made.price_milli),
            qty=made.qty,
            state=made.state,
            state_text=self._text(locale)(f"condition.state.{made.state}"),
            order=made.order,
            reason=self._why(made.code, made.facts, locale),
            command=rules.trigger_command(made.condition, made.day, made.turn),
            answered_at_ms=made.answered_at_ms,
        )

    async def _read(self, work: Callable[[Any], Any]) -> Any:
        def read() -> Any:
            with self.database.read() as tx:
                return work(tx)

        return await asyncio.to_thread(read)

    async def _write(self, actor: str, work: Callable[[Tx], Condition]) -> Condition:
        def write() -> Condition:
            with self.database.transaction(actor=actor) as tx:
                return work(tx)

        return await asyncio.to_thread(write)


def _price(milli: int) -> str | None:
    return milli_to_text(milli) if milli else None
