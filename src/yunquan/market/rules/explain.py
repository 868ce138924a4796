"""Every rule of a product on a day with its reason: which row, what it follows, what comes next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final

from yunquan.market.rules.rows import FALLBACK, RuleBook, RuleMissing
from yunquan.market.rules.sessions import day_phases, phase_text
from yunquan.market.types import HeldRule, Phase, PhaseLine, RuleLine, RuleRow, RuleValue

# Sentences by code in one language.
Text = Callable[..., str]

# Group -> names of its rules, in the order people ask for them.
GROUPS: Final[dict[str, str]] = {
    "prices": "price_limit_bp limit_least_ticks no_limit_days first_day_up_bp first_day_down_bp"
    " delisting_free_days delisting_limit_bp tick_milli",
    "quantities": "buy_min buy_step sell_step odd_lot_below max_limit_qty max_market_qty"
    " max_after_hours_qty daily_buy_cap",
    "orders": "order_kinds market_price market_needs_limit cage_bp cage_ticks t0 permission",
    "sessions": "session after_hours after_hours_entry",
    "auction": "auction_tie halt_scope halt_levels_bp halt_lasts_s halt_resumes_s",
    "fees": "commission_e8 commission_min_fen commission_cap_e8 stamp_sell_e8 transfer_e8"
    " handling_e8 levy_e8",
}
_BOTH_WAYS: Final = ("price_limit_bp", "delisting_limit_bp", "cage_bp")
_FLAGS: Final = ("t0", "market_needs_limit")
_DAYS: Final = ("no_limit_days", "delisting_free_days")
_TICKS: Final = ("limit_least_ticks", "cage_ticks")
_PER_BP: Final = -2
_PER_E8: Final = -6


def held_rules(
    book: RuleBook, market: str, board: str, product: str, trading_day: str
) -> list[HeldRule]:
    """Every rule there is, in groups, for one product on one day."""
    key = (market, board, product)
    return [
        _held(book, group, rule, key, trading_day)
        for group, rules in GROUPS.items()
        for rule in rules.split()
    ]


def _held(book: RuleBook, group: str, rule: str, key: tuple[str, str, str], day: str) -> HeldRule:
    row = book.on(day).row(rule, *key)
    chain = _chain(key[2])
    about = [
        other
        for other in book.rows
        if other.rule == rule and (other.market, other.board) == key[:2] and other.product in chain
    ]
    cuts = {cut for other in about if other.operative for cut in _ends(other) if cut > day}
    changes = ((cut, book.on(cut).row(rule, *key)) for cut in sorted(cuts))
    told = row.value if row else None
    next_on, next_row = next(
        ((cut, later) for cut, later in changes if (later.value if later else None) != told),
        ("", None),
    )
    waiting = next((other for other in about if not other.operative), None)
    return HeldRule(group, rule, row, next_on, next_row, waiting)


def _chain(product: str) -> tuple[str, ...]:
    """The product, and those whose rows it follows."""
    follows = FALLBACK.get(product)
    return (product, follows) if follows else (product,)


def _ends(row: RuleRow) -> Iterator[str]:
    yield row.effective_from
    if row.effective_to:
        yield row.effective_to


# --- in words -------------------------------------------------------------------------------------


def rule_lines(
    book: RuleBook, market: str, board: str, product: str, trading_day: str, text: Text
) -> tuple[RuleLine, ...]:
    """The rules in people's units and language."""
    found = held_rules(book, market, board, product, trading_day)
    return tuple(_line(held, board, product, text) for held in found)


def _line(held: HeldRule, board: str, product: str, text: Text) -> RuleLine:
    row = held.row
    next_text = waiting = ""
    if held.next_on:
        next_text = _next_text(held, board, text)
    if held.waiting:
        value = value_text(held.rule, held.waiting.value, board, text)
        waiting = text("market.rule_waiting", value=value)
    return RuleLine(
        group=held.group,
        rule=held.rule,
        label=text(f"market.rule.{held.rule}"),
        value=_plain(row.value) if row else "",
        value_text=value_text(held.rule, row.value, board, text)
        if row
        else absent(held.rule, text),
        why=_why(row, product, text),
        follows=row is not None and row.product != product,
        source=row.source if row else "",
        certainty=row.certainty if row else "",
        certainty_text=text(f"market.certainty.{row.certainty}") if row else "",
        effective_from=row.effective_from if row else "",
        effective_to=row.effective_to if row else "",
        next_on=held.next_on,
        next_text=next_text,
        waiting=waiting,
    )


def product_text(product: str) -> str:
    """Code of the sentence that names a product."""
    return f"market.product.{product}"


def absent(rule: str, text: Text) -> str:
    """What stands where a product has no such rule."""
    return text("market.value.no" if rule in _FLAGS else "market.value.none")


def _next_text(held: HeldRule, board: str, text: Text) -> str:
    """What comes next; of a day's phases only those that are new."""
    later, row = held.next_row, held.row
    if later is None:
        return absent(held.rule, text)
    if isinstance(later.value, tuple):
        now = row.value if row and isinstance(row.value, tuple) else ()
        return _spans(tuple(span for span in later.value if span not in now), text)
    return value_text(held.rule, later.value, board, text)


def _why(row: RuleRow | None, product: str, text: Text) -> str:
    if row is None:
        return text("market.why.none")
    if row.product == product:
        return text("market.why.own", product=text(product_text(product)))
    return text(
        "market.why.follows",
        product=text(product_text(product)),
        followed=text(product_text(row.product)),
    )


def _plain(value: RuleValue) -> int | str:
    if isinstance(value, tuple):
        return ", ".join(f"{_clock(p.start_s)}-{_clock(p.end_s)} {p.name}" for p in value)
    return value


def value_text(rule: str, value: RuleValue, board: str, text: Text) -> str:
    """A value as people say it: percent, CNY, shares, times of the day, names of kinds."""
    if isinstance(value, tuple):
        return _session(value, text) if rule == "session" else _spans(value, text)
    if isinstance(value, str):
        return _words(rule, value, text)
    return _number(rule, value, board, text)


def _number(rule: str, value: int, board: str, text: Text) -> str:
    if rule in _FLAGS:
        return text("market.value.yes" if value else "market.value.no")
    if rule in _DAYS:
        return _counted("day", value, text)
    if rule in _TICKS:
        return _counted("tick", value, text)
    if rule == "price_limit_bp" and not value:
        return text("market.value.no_limit")
    if rule.endswith("_bp"):
        sign = "±" if rule in _BOTH_WAYS else "−" if "down" in rule else "+"
        return sign + _percent(value, _PER_BP)
    if rule.endswith("_e8"):
        return _percent(value, _PER_E8)
    if rule.endswith("_milli"):
        return text("market.value.yuan", amount=_decimal(value, -3))
    if rule.endswith("_fen"):
        return text("market.value.yuan", amount=_decimal(value, -2))
    if rule.endswith("_s"):
        return _clock(value)
    unit = "bond" if board == "bond" else "unit" if board == "fund" else "share"
    return _counted(unit, value, text)


def _counted(unit: str, count: int, text: Text) -> str:
    """So many of a unit; languages differ on one and many."""
    if not count:
        return text("market.value.none")
    if count == 1:
        return text(f"market.value.one.{unit}")
    return text(f"market.value.many.{unit}", count=f"{count:,}")


def _words(rule: str, value: str, text: Text) -> str:
    words = value.split()
    if rule == "halt_levels_bp":
        return text("market.value.and").join(_percent(int(word), _PER_BP) for word in words)
    if rule == "halt_lasts_s":
        return text("market.value.and").join(_lasts(int(word), text) for word in words)
    if rule == "order_kinds":
        return kinds_text(words, text)
    return text("market.value.and").join(text(f"market.value.{rule}.{word}") for word in words)


def kinds_text(kinds: tuple[str, ...] | list[str], text: Text) -> str:
    """Kinds of orders by name."""
    return text("market.value.and").join(text(f"market.order_kind.{kind}") for kind in kinds)


def _lasts(seconds: int, text: Text) -> str:
    if not seconds:
        return text("market.value.to_the_end")
    return text("market.value.minutes", minutes=seconds // 60)


def _session(phases: tuple[Phase, ...], text: Text) -> str:
    """A session in short; its phases have lines of their own."""
    starts, ends = _clock(phases[0].start_s), _clock(phases[-1].end_s)
    return text("market.value.session", starts=starts, ends=ends, count=len(phases))


def _spans(phases: tuple[Phase, ...], text: Text) -> str:
    if not phases:
        return text("market.value.none")
    return text("market.value.and").join(_span(phase, text) for phase in phases)


def _span(phase: Phase, text: Text) -> str:
    times = f"{_clock(phase.start_s)}–{_clock(phase.end_s)}"
    return f"{times} {text(phase_text(phase.name))}" if phase.name else times


def _percent(value: int, exponent: int) -> str:
    return f"{_decimal(value, exponent)}%"


def _decimal(value: int, exponent: int) -> str:
    scaled = Decimal(value).scaleb(exponent)
    return f"{scaled.normalize():f}" if scaled % 1 else f"{int(scaled):,}"


def _clock(second: int) -> str:
    return f"{second // 3600:02d}:{second // 60 % 60:02d}"


def phase_lines(
    book: RuleBook, market: str, board: str, product: str, trading_day: str, text: Text
) -> tuple[PhaseLine, ...]:
    """The day's phases in words; none for what has no session, as an index or a day before the
    first row.
    """
    try:
        found = day_phases(book, market, board, product, trading_day)
    except RuleMissing:
        return ()
    return tuple(
        PhaseLine(
            name=phase.name,
            label=text(phase_text(phase.name)),
            starts=_clock(phase.start_s),
            ends=_clock(phase.end_s),
            takes=phase.takes,
            cancels=phase.cancels,
            takes_text=kinds_text(phase.takes, text),
            cancels_text=_cancels(phase, text),
            matches=phase.matches,
        )
        for phase in found
    )


def _cancels(phase: Phase, text: Text) -> str:
    if phase.cancels and set(phase.takes) <= set(phase.cancels):
        return text("market.value.all_kinds")
    return kinds_text(phase.cancels, text)
